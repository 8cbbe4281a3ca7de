/**
 * A workflow for a plan as a whole, built only from the shared parts and one message type of its own. It asks the operators for a milestone until
 * one of them reports it. A plan's program can be built in the same way.
 */
import * as wf from '@temporalio/workflow';
import { z } from 'zod';
import type { Address } from '../../domain/address.ts';
import { messageSchemas, type MessagesOf } from '../../domain/messages.ts';
import type { PersonRequest } from '../../domain/notices/request.ts';
import type { NoticeTerms } from '../../domain/plan/section.ts';
import { postRecords } from '../../workflows/shared/activities.ts';
import { emptyInbox, Inbox } from '../../workflows/shared/inbox.ts';
import { noRequests, requestViews, updateRequests } from '../../workflows/shared/requests.ts';
import { currentState } from '../../workflows/shared/signals.ts';

const bodies = { milestone: z.strictObject({ name: z.string().min(1), reference: z.string().min(1) }) };
type MilestoneMessage = MessagesOf<typeof bodies>;

export interface MilestonesInput {
  plan: string;
  awaited: string;
  operators: string[];
  notices: NoticeTerms;
  carried?: ReturnType<typeof nothingYet>;
}

const nothingYet = () => ({ reached: [] as string[], inbox: emptyInbox(), requests: noRequests() });

export async function milestones(input: MilestonesInput): Promise<{ reached: string[] }> {
  const { plan, awaited, operators, notices } = input;
  const address: Address = { plan };
  const data = input.carried ?? nothingYet();
  const inbox = new Inbox<MilestoneMessage>(data.inbox, address, messageSchemas(bodies));
  let changed = false;
  inbox.listen(
    () => (changed = true),
    ({ id, by, body: { name, reference } }) => {
      if (!operators.includes(by)) return { code: 'not-authorized', message: `a milestone is reported by ${operators.join(' or ')}` };
      data.reached.push(name);
      // No person is its actor: what messages of this type bring about is not in domain/authority/event-of-message.ts.
      inbox.log(Date.now(), 'rolewave', 'milestone-reached', `${name}: ${reference} (${by})`, { data: { message: id } });
      return undefined;
    },
  );
  const ask: PersonRequest = {
    key: awaited,
    kind: 'date',
    to: operators,
    delegates: [],
    text: `The program waits for '${awaited}'.`,
    action: { type: 'show', target: address, fields: {} },
    urgent: false,
  };
  const view = () => ({ reached: data.reached, requests: requestViews(data.requests, [ask]).requests ?? [] });
  wf.setHandler(currentState, view);
  for (;;) {
    changed = false;
    const done = data.reached.includes(awaited);
    updateRequests(data.requests, data.inbox, address, done ? [] : [ask], notices, Date.now());
    if (done) data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: view() });
    await postRecords(inbox);
    if (done) return { reached: data.reached };
    // Each report starts a new run, which must still know what was accepted before.
    if (data.reached.length > (input.carried?.reached.length ?? 0)) {
      // A message that waits for the keys would be lost.
      await wf.condition(wf.allHandlersFinished);
      await wf.continueAsNew<typeof milestones>({ ...input, carried: data });
    }
    await wf.condition(() => changed);
  }
}
