/**
 * Delivers one notice to every recipient through every channel. Each delivery is retried on its own, until the activity says that it was tried long enough
 * (activities/sending.ts): what waits for its turn has not been tried. A delivery that still fails goes to the dead-letter list. It is its own workflow, so that no other workflow waits for a mail server and each attempt is visible.
 */
import { ActivityFailure, TimeoutFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { NoticeActivities } from '../activities/contract.ts';
import type { NoticeInput } from '../domain/notices/notice-run.ts';
import type { Delivery } from '../domain/records.ts';
import { startedWith } from './shared/started-with.ts';

/** When nothing says how long to wait: the worker died, or had no store. */
const pauses = { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1 hour' } as const;
const heartbeatTimeout = '20s';

const store = proxyActivities<NoticeActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** Summaries contain the channel but no person. */
const channel = (name: string) =>
  proxyActivities<NoticeActivities>({
    summary: `by ${name}`,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    retry: pauses,
  });

export async function notice(started: NoticeInput): Promise<{ sent: number; failed: number; notNeeded: number }> {
  const { notice: id, again } = startedWith('notice', started);
  const deliveries = await store.deliveriesOf(id, again);
  const ends = await Promise.all(deliveries.map((delivery) => deliver(id, delivery, again)));
  const count = (end: End) => ends.filter((each) => each === end).length;
  return { sent: count('sent'), failed: count('failed'), notNeeded: count('notNeeded') };
}

type End = 'sent' | 'failed' | 'notNeeded';

async function deliver(id: string, delivery: Delivery, again: NoticeInput['again']): Promise<End> {
  try {
    const end = await channel(delivery.channel).deliver(id, delivery, again);
    if (end === 'sent') await store.settleDelivery(id, delivery, { state: 'sent' });
    return end;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await store.settleDelivery(id, delivery, { state: 'failed', why: whyNot(error) });
    return 'failed';
  }
}

function whyNot({ cause, message, retryState }: ActivityFailure): string {
  const last = cause instanceof TimeoutFailure ? 'no worker ran long enough to send it' : (cause?.message ?? message);
  return retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? `${last}; tried for a day` : last;
}
