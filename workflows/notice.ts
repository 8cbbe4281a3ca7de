/**
 * Delivers one notice to every recipient through every channel, a few at a time. Each delivery is retried on its own, until the activity says that it was tried
 * long enough (activities/sending.ts): what waits for its turn has not been tried. A delivery that still fails goes to the dead-letter list. It is its own workflow, so that no other workflow waits for a mail server and each attempt is visible.
 */
import { ActivityFailure, TimeoutFailure, condition, isCancellation, proxyActivities, sleep } from '@temporalio/workflow';
import type { NoticeActivities } from '../activities/contract.ts';
import { noticesTaskQueue } from '../domain/messages.ts';
import type { NoticeInput } from '../domain/notices/notice-run.ts';
import type { Delivery } from '../domain/records.ts';
import { isPatched } from './patches.ts';
import { startedWith } from './shared/started-with.ts';

/** When nothing says how long to wait: the worker died, or had no store. */
const pauses = { initialInterval: '5s', backoffCoefficient: 2, maximumInterval: '1 hour' } as const;
const heartbeatTimeout = '20s';

type Queue = { taskQueue?: string };
const store = (queue: Queue) =>
  proxyActivities<NoticeActivities>({
    ...queue,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
  });

/** Summaries contain the channel but no person. */
const channel = (name: string, queue: Queue) =>
  proxyActivities<NoticeActivities>({
    ...queue,
    summary: `by ${name}`,
    startToCloseTimeout: '1 minute',
    heartbeatTimeout,
    retry: pauses,
  });

/** It waits for its turn, and gives thousands their instants at most. */
const placing = proxyActivities<NoticeActivities>({
  taskQueue: noticesTaskQueue,
  summary: 'when it is sent, and to how many',
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '5 minutes' },
});

export async function notice(started: NoticeInput): Promise<{ sent: number; failed: number; notNeeded: number }> {
  const { notice: id, again } = startedWith('notice', started);
  const ends = isPatched('few-deliveries-at-once') ? await fewAtOnce(id, again) : await allAtOnce(id, again);
  const count = (end: End) => ends.filter((each) => each === end).length;
  return { sent: count('sent'), failed: count('failed'), notNeeded: count('notNeeded') };
}

type End = 'sent' | 'failed' | 'notNeeded';

async function allAtOnce(id: string, again: NoticeInput['again']): Promise<End[]> {
  const deliveries = await store({}).deliveriesOf(id, again);
  return Promise.all(deliveries.map((delivery) => deliver(id, delivery, again, {})));
}

/** Deliveries of one channel that are pending, as long as each succeeds or fails soon: as many as a worker sends of one plan at a time (activities/sending.ts). */
const lanes = 2;
/** One that is tried again and again, such as to a mailbox that takes no mail now, lets the next one go ahead meanwhile. */
const patienceMs = 60_000;
const minuteMs = 60_000;

/** In the order of their instants. A channel never waits for another one. */
async function fewAtOnce(id: string, again: NoticeInput['again']): Promise<End[]> {
  const placed = await placing.placeDeliveries(id, again);
  const placedMs = Date.now();
  const ends: Promise<End>[] = [];
  const lane = async (left: typeof placed) => {
    for (let next = left.shift(); next; next = left.shift()) {
      await until(placedMs + next.afterMs);
      let ended = false;
      const end = deliver(id, next.delivery, again, { taskQueue: noticesTaskQueue });
      const over = () => void (ended = true);
      end.then(over, over);
      ends.push(end);
      if (left.length > 0) await condition(() => ended, patienceMs, { summary: 'before the next one goes ahead' });
    }
  };
  const channels = [...Map.groupBy(placed, ({ delivery }) => delivery.channel).values()];
  await Promise.all(
    channels.flatMap((ofChannel) => {
      const left = ofChannel.toSorted((one, other) => one.afterMs - other.afterMs);
      return Array.from({ length: lanes }, () => lane(left));
    }),
  );
  return Promise.all(ends);
}

/** In whole minutes: of hundreds that are spread over an hour, several have one timer. */
async function until(dueMs: number): Promise<void> {
  const leftMs = dueMs - Date.now();
  if (leftMs > 0) await sleep(Math.ceil(leftMs / minuteMs) * minuteMs, { summary: 'as many as the site allows in an hour are sent' });
}

async function deliver(id: string, delivery: Delivery, again: NoticeInput['again'], queue: Queue): Promise<End> {
  try {
    const end = await channel(delivery.channel, queue).deliver(id, delivery, again);
    if (end === 'sent') await store(queue).settleDelivery(id, delivery, { state: 'sent' });
    return end;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await store(queue).settleDelivery(id, delivery, { state: 'failed', why: whyNot(error) });
    return 'failed';
  }
}

function whyNot({ cause, message, retryState }: ActivityFailure): string {
  const last = cause instanceof TimeoutFailure ? 'no worker ran long enough to send it' : (cause?.message ?? message);
  return retryState === 'MAXIMUM_ATTEMPTS_REACHED' ? `${last}; tried for a day` : last;
}
