/**
 * Starts the workflows of the notices of a record. A wave may have hundreds at one instant, and each costs the server as much as a message: so a few records start
 * theirs at a time, the rights of the site take turns, and a record with many gives way to others. What is left is in the store, and is started when the record is
 * tried again: that it was not is known by the activity alone, which Temporal repeats until all are started.
 */
import type { Notice } from '../domain/notices/request.ts';
import { inTurn } from '../domain/in-turn.ts';
import { TooManyWait, turns, type TurnLimits } from '../domain/turns.ts';
import { nowMs, type ActivityDeps } from './deps.ts';
import { tooManyAtOnce } from './failures.ts';
import { shareOf } from './measuring.ts';

/** Records of one worker process: of its 32 places for them (worker/start.ts), 16 always only record. */
const usual: TurnLimits = {
  perPlan: 2,
  perRight: 4,
  inAll: 8,
  waiting: { perPlan: 1, perRight: 2, inAll: 8 },
  again: { afterMs: 1_000, perSecond: 10 },
};
/** A record has ten seconds. One wait, what is begun within the next time, and the five seconds that the last start may take, are fewer. */
const waitsForMs = 2_000;
const startsForMs = 2_000;
const soonMs = 500;
/** Notices of one record that are started at the same time; between them, the time is looked at. */
export const startsTogether = 2;

/** Fails with `TooManyAtOnce`, to be tried again, where others come first or more are left. Of what this process has started nothing is started again. */
export function startingNotices(deps: Pick<ActivityDeps, 'now' | 'site' | 'startNotices'>): (plan: string, notices: Notice[]) => Promise<void> {
  const line = turns(usual);
  return async (plan, notices) => {
    const { startNotices } = deps;
    if (notices.length === 0 || !startNotices) return;
    const turn = line.take(shareOf(deps, plan), AbortSignal.timeout(waitsForMs)).catch((error: unknown) => {
      throw tooManyAtOnce(plan, 'notices', error instanceof TooManyWait ? error.againMs : soonMs);
    });
    await inTurn(turn, async () => {
      const untilMs = nowMs(deps) + startsForMs;
      for (let at = 0; at < notices.length; at += startsTogether) {
        if (at > 0 && nowMs(deps) > untilMs) throw tooManyAtOnce(plan, 'notices', soonMs);
        await startNotices(notices.slice(at, at + startsTogether));
      }
    });
  };
}
