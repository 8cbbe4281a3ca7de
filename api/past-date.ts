/**
 * A go-live that has passed when somebody sends it. A wave takes a date until its window for a late start ends, because a message may reach it late: a worker was
 * away, and the date was still to come when it was sent. What is past already is a mistake in the date, and would go live at once.
 */
import { instantText } from '../domain/time/instant.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import { Problem } from './errors.ts';
import type { Services } from './route.ts';
import type { Target } from './target.ts';

/** Real time: who means 'now' has read a clock a moment ago. */
const justNowMs = 60_000;

/** Throws `in-the-past`, with a date that would go live at once. What there is no plan for is refused elsewhere. */
export async function refusePastDate({ store }: Pick<Services, 'store'>, { plan }: Target, { goLiveMs }: Record<string, unknown>): Promise<void> {
  const latest = await store.latestOutline(plan);
  const nowMs = Date.now();
  if (!latest || typeof goLiveMs !== 'number' || goLiveMs >= toPlan(nowMs - justNowMs, latest.clock)) return;
  const soon = new Date(toPlan(nowMs + justNowMs, latest.clock)).toISOString();
  throw new Problem(
    'in-the-past',
    `${instantText(goLiveMs)} is in the past; it is now ${instantText(toPlan(nowMs, latest.clock))}. To go live at once, choose a date in a minute: ${soon.slice(0, 19)}Z.`,
  );
}
