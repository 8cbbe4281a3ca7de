/** Delivers a notice to its recipients. Names and addresses are the plan's latest, read at sending; no workflow history contains them. */
import { Undeliverable, type Channel, type NoticeRecipient } from '../channels/channel.ts';
import type { Plan } from '../domain/plan/schema.ts';
import type { NoticeView } from '../domain/views/notice.ts';
import { noticeRunIds, type Resend } from '../domain/notices/notice-run.ts';
import type { Delivery } from '../domain/records.ts';
import type { NoticeActivities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { callerId } from './caller.ts';
import { notFound, wrongWorkflow } from './failures.ts';
import type { Sending } from './sending.ts';

export function noticing(deps: ActivityDeps, { inTurn, place }: Sending): NoticeActivities {
  const { store, channels = [] } = deps;
  return {
    deliveriesOf: async (id, again) => {
      refuseOtherWorkflowsThan(id);
      return deliveriesOf(await find(deps, id), channels, again);
    },

    placeDeliveries: async (id, again) => {
      refuseOtherWorkflowsThan(id);
      const notice = await find(deps, id);
      const deliveries = deliveriesOf(notice, channels, again);
      if (deliveries.length === 0) return [];
      const plan = (await store.latestRevision(notice.plan))?.document;
      return place(
        notice,
        deliveries.map((delivery) => ({ delivery, mailbox: mailboxOf(plan, delivery) })),
        again,
      );
    },

    deliver: async (id, delivery, again) => {
      refuseOtherWorkflowsThan(id);
      const notice = await find(deps, id);
      if (isClosed(notice)) return 'notNeeded';
      // Another run has sent it by now, or one that died before reporting it to Temporal.
      if (again !== 'all' && wasSent(notice, delivery)) return 'sent';
      const plan = (await store.latestRevision(notice.plan))?.document;
      await inTurn({ notice, delivery, mailbox: mailboxOf(plan, delivery), again }, async () => {
        const channel = channels.find(({ name }) => name === delivery.channel);
        // Retried: another worker may have the channel, or this one after its next start.
        if (!channel) throw new Error(`this worker has no channel '${delivery.channel}': give all workers that run workflows the same settings for notices`);
        if (!channel.recipients(notice).includes(delivery.recipient)) throw new Undeliverable(`notice '${id}' is not for '${delivery.recipient}'`);
        await send(deps, channel, notice, plan, delivery.recipient);
      });
      return 'sent';
    },

    settleDelivery: async (id, delivery, outcome) => {
      refuseOtherWorkflowsThan(id);
      await store.saveDelivery(id, delivery, outcome);
    },
  };
}

/** A notice is delivered by the workflow that was started for it. */
function refuseOtherWorkflowsThan(notice: string): void {
  if (noticeRunIds(notice).includes(callerId() ?? '')) return;
  throw wrongWorkflow(`'${callerId() ?? 'no workflow'}' is not the workflow of notice '${notice}', so nothing was sent`);
}

async function find({ store }: ActivityDeps, id: string): Promise<NoticeView> {
  const [notice] = await store.notices({ id });
  if (!notice) throw notFound(`the store has no notice '${id}'`);
  return notice;
}

/** Subdomains are named separately. Addresses of a plan are its operators' words: without domains of the site, no mail goes to them. */
function reachable({ email, ...person }: NoticeRecipient, domains: string[] | undefined): NoticeRecipient {
  if (email === undefined) return person;
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  return domains?.includes(domain) ? { ...person, email } : { ...person, leftOut: domain };
}

/** Of each plan that is kept, once: a notice may go to a hundred of twenty thousand people. */
const byId = new WeakMap<Plan, Map<string, Plan['people'][number]>>();

function personIn(plan: Plan | undefined, id: string): Pick<NoticeRecipient, 'id' | 'name' | 'email'> {
  if (!plan) return { id };
  const known = byId.get(plan) ?? new Map(plan.people.map((person) => [person.id, person]));
  byId.set(plan, known);
  return known.get(id) ?? { id };
}

/** Many people of a plan may have one address, and one mailbox many: capitals, and what follows a plus, lead to the same for most servers. */
const mailboxOf = (plan: Plan | undefined, { recipient }: Delivery): string | undefined =>
  recipient === ''
    ? undefined
    : personIn(plan, recipient)
        .email?.toLowerCase()
        .replace(/\+.*(?=@)/, '');

function deliveriesOf(notice: NoticeView, channels: Channel[], again: Resend | undefined): Delivery[] {
  if (isClosed(notice)) return [];
  if (again === 'failed') return notice.deliveries.filter(({ state }) => state === 'failed').map(({ channel, recipient }) => ({ channel, recipient }));
  const all = channels.flatMap((channel) => channel.recipients(notice).map((recipient) => ({ channel: channel.name, recipient })));
  return again === 'all' ? all : all.filter((delivery) => !wasSent(notice, delivery));
}

const isClosed = ({ answeredAtMs, withdrawn }: NoticeView): boolean => answeredAtMs !== undefined || withdrawn !== undefined;

const wasSent = ({ deliveries }: NoticeView, { channel, recipient }: Delivery): boolean =>
  deliveries.some((each) => each.channel === channel && each.recipient === recipient && each.state === 'sent');

async function send(deps: ActivityDeps, channel: Channel, notice: NoticeView, plan: Plan | undefined, recipient: string): Promise<void> {
  const domains = deps.site().mail?.domains;
  const known = (id: string): NoticeRecipient => reachable(personIn(plan, id), domains);
  await channel.send({
    notice,
    notified: notice.to.map(known),
    ...(plan ? { plan } : {}),
    ...(deps.noticeLinks ? { links: deps.noticeLinks } : {}),
    ...(recipient === '' ? {} : { recipient: known(recipient) }),
  });
}
