/**
 * How many requests of one person are answered at a time: each of the others waits for its turn, and too many are refused. An answer that is not read is
 * memory of the endpoint, so it keeps its turn, and a client that reads too slowly is disconnected.
 */
import type { Response } from 'express';
import { TooManyWait, turns, type TurnLimits } from '../domain/turns.ts';
import { Problem } from './errors.ts';
import { whenClosed } from './when-closed.ts';

/** As many as a browser sends at a time. The share of a right is that of all people. */
const usual: TurnLimits = { perPlan: 6, perRight: 400, inAll: 400, waiting: { perPlan: 200, perRight: 2_000 } };

/** How long reading an answer may take: the largest, a plan of some megabytes, takes seconds. */
export const usuallyReadWithinMs = 60_000;

export interface RequestsAtOnce {
  /**
   * Resolves when it is the turn of this request, with the function that ends it. Throws `too-many-requests` where too many of this person wait. `gone`: aborted
   * when nobody waits for the answer.
   */
  turn(person: string, gone: AbortSignal): Promise<() => void>;
}

export function requestsAtOnce(limits: TurnLimits = usual): RequestsAtOnce {
  const line = turns(limits);
  return {
    turn: (person, gone) =>
      line.take({ plan: person, right: 'people' }, gone).catch((error: unknown) => {
        if (!(error instanceof TooManyWait)) throw error;
        throw new Problem('too-many-requests', `${limits.waiting?.perPlan ?? 0} requests of '${person}' wait already. Wait for their answers.`, {
          retryAfterSeconds: 2,
        });
      }),
  };
}

/** From when the answer is written. */
export function disconnectUnlessRead(response: Response, withinMs: number): void {
  const patience = setTimeout(() => response.destroy(), withinMs);
  whenClosed(response, () => clearTimeout(patience));
}
