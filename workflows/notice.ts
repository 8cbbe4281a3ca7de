/**
 * Delivers one notice to every recipient through every channel. Each delivery is retried on its own for about a day. A delivery that still fails goes
 * to the dead-letter list. It is its own workflow, so that no other workflow waits for a mail server and each attempt is visible.
 */
import { ActivityFailure, TimeoutFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { NoticeActivities } from '../activities/contract.ts';
import type { NoticeInput } from '../domain/notices/notice-run.ts';
import type { Delivery } from '../domain/records.ts';
import { startedWith } from './shared/started-with.ts';

/** Servers can be down for a night. Escalation does not wait for that: the delegate and on-call are notified much sooner. */
const attempts = 34;
/** Within a minute at first, every hour in the end, for about a day of attempts. Time without a worker does not count. */
const pauses = { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1 hour', maximumAttempts: attempts } as const;
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
  return retryState === 'NON_RETRYABLE_FAILURE' ? last : `${last}; tried ${attempts} times in a day`;
}
