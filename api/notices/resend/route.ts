/** Sends a notice again: what failed, or all of it. A worker does it, in a separate workflow; only workers have the channels. */
import { z } from 'zod';
import { readsAt } from '../../../domain/authority/who-reads.ts';
import { workflowTypes } from '../../../domain/messages.ts';
import { noticeRun, type Resend } from '../../../domain/notices/notice-run.ts';
import { resendingView, type NoticeView } from '../../../domain/views/notice.ts';
import { isUnreachable } from '../../engine.ts';
import { Problem } from '../../errors.ts';
import { defineRoute } from '../../route.ts';
import type { Services } from '../../route.ts';
import { flag } from '../../lists/parameters.ts';

const resendQuery = z.strictObject({ all: flag('true: resend through every channel to everyone, not only what failed') });

export const routes = [
  defineRoute<undefined, z.output<typeof resendQuery>>({
    method: 'post',
    path: '/v1/notices/:id/resend',
    group: 'notices',
    reads: 'operators',
    summary: 'Resend the failed deliveries of a notice, or the whole notice if nothing was delivered yet; for operators of its plan',
    query: resendQuery,
    answers: { 202: { what: 'a worker sends it as soon as it can; the list of notices shows the result', schema: resendingView } },
    problems: ['malformed', 'unknown-notice', 'not-an-operator', 'nothing-to-resend', 'resent-too-often', 'engine-unreachable'],
    async handle({ params, query, caller }, services) {
      const id = String(params['id']);
      const [notice] = await services.store.notices({ id });
      const reading = notice ? await services.readings.of(notice.plan, caller) : undefined;
      if (!notice || !reading || !readsAt(reading, notice))
        throw new Problem('unknown-notice', `There is no notice '${id.slice(0, 200)}' about something for which you act.`);
      if (!reading.all) throw new Problem('not-an-operator', `You are not an operator of the plan '${notice.plan}'.`);
      const again = againOf(notice, query.all === true);
      await services.resends.count({ notice: notice.id, by: caller.id, toEveryone: again === 'all' });
      await resend(services, notice, again);
      return { status: 202, body: { status: 'sending', id } };
    },
  }),
];

/** A notice that reached nobody goes by every channel: none existed when it was recorded, or all of them are retried at long intervals by now. */
function againOf({ answeredAtMs, withdrawn, deliveries }: NoticeView, all: boolean): Resend {
  if (withdrawn) throw new Problem('nothing-to-resend', `Since revision ${withdrawn.revision} of the plan this is no longer asked.`);
  if (answeredAtMs !== undefined) throw new Problem('nothing-to-resend', 'The request has been answered in the meantime.');
  if (all || deliveries.length === 0) return 'all';
  if (deliveries.some(({ state }) => state === 'failed')) return 'failed';
  throw new Problem('nothing-to-resend', 'No delivery has failed. Each was sent or is still being tried.');
}

/** Replaces a resend that is still retrying; this one tries at once. */
async function resend({ engine, site }: Services, notice: NoticeView, again: Resend): Promise<void> {
  try {
    await engine.client.connection.withDeadline(Date.now() + 5_000, () =>
      engine.client.workflow.start(workflowTypes.notice, {
        ...noticeRun(site.now(), notice, again),
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'TERMINATE_EXISTING',
      }),
    );
  } catch (error) {
    throw isUnreachable(error)
      ? new Problem('engine-unreachable', 'The Temporal server did not answer in time. It is not known whether the notice was sent again.')
      : error;
  }
}
