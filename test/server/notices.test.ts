/** People who must act are notified (R7), by a real worker through a real mail server and a real webhook. Nothing is lost, whatever is down or killed (R5). */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startHookReceiver, startMailServer, webhookSecret, type HookReceiver, type MailServer } from '../support/receivers.ts';
import type { NoticeView } from '../../domain/views/notice.ts';
import { run } from '../../cli/program.ts';
import { testIo } from '../support/command-io.ts';
import type { PlanInput } from '../support/plan.ts';
import { erpPlan } from './plan.ts';
import { erpSite, startSite, untilSeen, type Site } from './site.ts';

let site: Site;
let hooks: HookReceiver;
let mails: MailServer;
beforeAll(async () => {
  [hooks, mails] = await Promise.all([startHookReceiver(), startMailServer()]);
  site = await startSite(
    {},
    {
      NOTICE_WEBHOOK_URL: hooks.url,
      NOTICE_WEBHOOK_SECRET: webhookSecret,
      SMTP_URL: mails.url,
      NOTICE_FROM: 'Rolewave <rolewave@example.com>',
      ROLEWAVE_PUBLIC_URL: 'https://rolewave.example.com',
    },
    { ...erpSite, mail: { domains: ['example.com'] } },
  );
});
afterAll(async () => {
  await site?.close();
  await Promise.all([hooks.close(), mails.close()]);
});
beforeEach(() => {
  hooks.answer = 204;
});

/** A plan that asks only its owner for a long time, although its days take two seconds. */
async function askingPlan(id: string): Promise<PlanInput> {
  const plan = erpPlan(id, { accounts: await site.erp.people(`${id}_p1`), roles: await site.erp.roles([`${id}_clerk`]) });
  const never = { delegateAfter: '3000d', onCallAfter: '3001d' };
  return {
    ...plan,
    people: plan.people.map((person) => (person.id === 'olga' ? { ...person, name: 'Olga Nowak', email: 'olga@example.com' } : person)),
    notices: { usual: never, urgent: never },
    waves: plan.waves.map((wave) => ({ ...wave, goLive: '2040-01-01' })),
  };
}

const listed = async (plan: string, query = ''): Promise<NoticeView[]> => {
  const { body } = await site.ask('ann', 'GET', `/v1/notices?plan=${plan}${query}`);
  return (body as unknown as { notices: NoticeView[] }).notices;
};
const states = (rows: NoticeView[]) => rows.map(({ kind, deliveries }) => [kind, ...deliveries.map(({ channel, state }) => `${channel} ${state}`)]);
const heardOf = (plan: string) => hooks.heard.filter(({ body }) => body.data['plan'] === plan);
const mailsOf = (plan: string) => mails.mails.filter(({ raw }) => new RegExp(`^Subject: .*: ${plan}/`, 'm').test(raw));
const bothAsked = (rows: NoticeView[]) => ['evidence', 'signOff'].every((kind) => rows.some((row) => row.kind === kind));
const isSent = ({ deliveries }: NoticeView) => deliveries.length === 2 && deliveries.every(({ state }) => state === 'sent');

async function rolewave(...args: string[]) {
  const io = testIo({ env: { ROLEWAVE_URL: site.api.url } });
  const code = await run(['--as', 'ines', ...args], io);
  return { code, said: [...io.written, ...io.errors].join('\n') };
}

test('a wave asks its owner for evidence and a sign-off, and each request arrives once by mail and once as a signed webhook', async () => {
  await site.apply(await askingPlan('asking'));
  const rows = await untilSeen(
    () => listed('asking'),
    (seen) => bothAsked(seen) && seen.every(isSent),
  );
  const heard = heardOf('asking');
  expect(heard.map(({ body }) => String(body.data['id'])).toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
  expect(heard.every(({ signed }) => signed)).toBe(true);
  expect(heard.map(({ body }) => body.data)).toContainEqual(
    expect.objectContaining({
      kind: 'signOff',
      to: [{ id: 'olga', name: 'Olga Nowak' }],
      why: 'olga (Olga Nowak) is asked.',
      action: expect.objectContaining({ type: 'signOff', target: { plan: 'asking', wave: 'wave-1', package: 'access' } }),
      link: 'https://rolewave.example.com/requests/asking/wave-1/access',
      by: '2040-01-01T00:00:00.000Z',
    }),
  );
  expect(mailsOf('asking').map(({ to }) => to)).toEqual(rows.map(() => ['olga@example.com']));
});

test('once the owner has answered, no request is open', async () => {
  await site.signOff('asking');
  const open = await untilSeen(
    () => listed('asking', '&open=true'),
    (rows) => rows.length === 0,
  );
  expect(open).toEqual([]);
  expect((await rolewave('notices', 'asking')).said).toBe('There are no open requests.');
});

test('when both channels are down and the worker is killed while it tries, each notice still arrives once after all are back', async () => {
  const { port } = mails;
  await mails.close();
  hooks.answer = 503;
  await site.apply(await askingPlan('killed'));
  await untilSeen(
    async () => heardOf('killed').length,
    (tries) => tries > 1,
  );
  await site.killWorker();
  expect((await listed('killed')).flatMap(({ deliveries }) => deliveries)).toEqual([]);
  const tried = heardOf('killed').length;
  mails = await startMailServer({ port });
  hooks.answer = 204;
  await site.startWorker();
  const rows = await untilSeen(
    () => listed('killed'),
    (seen) => bothAsked(seen) && seen.every(isSent),
  );
  expect(heardOf('killed')).toHaveLength(tried + rows.length);
  expect(new Set(heardOf('killed').map(({ id }) => id)).size).toBe(rows.length);
  expect(mailsOf('killed')).toHaveLength(rows.length);
});

test('a delivery that cannot work is on the dead-letter list with the reason, and an operator resends it once the cause is fixed', async () => {
  hooks.answer = 404;
  await site.apply(await askingPlan('dead'));
  const failed = await untilSeen(
    () => listed('dead', '&undelivered=true'),
    (rows) => bothAsked(rows) && rows.every(({ deliveries }) => deliveries.length === 2),
  );
  expect(states(failed)).toEqual(failed.map(({ kind }) => [kind, 'smtp sent', 'webhook failed']));
  const shown = await rolewave('notices', 'dead', '--failed');
  expect([shown.code, shown.said.replaceAll(/\s+/g, ' ')]).toEqual([0, expect.stringContaining('FAILED: the webhook answered 404')]);

  hooks.answer = 204;
  const before = [heardOf('dead').length, mailsOf('dead').length] as const;
  const [first] = failed;
  expect(await rolewave('notices', '--resend', first!.id)).toMatchObject({ code: 0, said: expect.stringContaining('is being resent') });
  await untilSeen(
    () => listed('dead', '&undelivered=true'),
    (rows) => rows.length === failed.length - 1,
  );
  expect(await rolewave('notices', 'dead', '--resend-all')).toMatchObject({ code: 0 });
  await untilSeen(
    () => listed('dead', '&undelivered=true'),
    (rows) => rows.length === 0,
  );
  expect([heardOf('dead').length, mailsOf('dead').length]).toEqual([before[0] + failed.length, before[1]]);
  expect(await rolewave('notices', 'dead', '--failed')).toEqual({ code: 0, said: 'No delivery of an open request has failed.' });
  expect(await rolewave('notices', '--resend', first!.id)).toMatchObject({ code: 3, said: expect.stringContaining('Each was sent or is still being tried') });
});
