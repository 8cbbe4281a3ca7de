/**
 * Takes one notice to everybody whom it is for, by every channel that there is; each delivery is tried for itself, patiently, and what fails in the
 * end stands on the dead-letter list. A workflow of its own, so that nobody waits for a mail server, and each try can be seen.
 */
import { ActivityFailure, TimeoutFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { NoticeActivities } from '../activities/contract.ts';
import type { NoticeInput } from '../domain/notices/notice-run.ts';
import type { Delivery } from '../domain/records.ts';

/** Servers are down for a night at times. Who is silent because they were not told is not waited for: delegate and on-call are told much sooner. */
const attempts = 34;
/** Within a minute at first, every hour in the end, for about a day of tries; a day without any worker is none of these. */
const pauses = { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1 hour', maximumAttempts: attempts } as const;
const heartbeatTimeout = '20s';

const store = proxyActivities<NoticeActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

/** Summaries name the channel and no person. */
const channel = (name: string) =>
  proxyActivities<NoticeActivities>({
    summary: `by ${name}`,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    retry: pauses,
  });

export async function notice({ notice: id, again }: NoticeInput): Promise<{ sent: number; failed: number; notNeeded: number }> {
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
  const last = cause instanceof TimeoutFailure ? 'no worker lived long enough to send it' : (cause?.message ?? message);
  return retryState === 'NON_RETRYABLE_FAILURE' ? last : `${last}; tried ${attempts} times in a day`;
}
