/**
 * Questions to running workflows, which wait in the same queue as what these have to decide: a few of each plan and each right of the site at a time, and anyone
 * who asks the same while it waits for its turn has the same answer.
 */
import { inTurn } from '../../domain/in-turn.ts';
import { turns, type TurnLimits } from '../../domain/turns.ts';
import { forEverybody } from '../../store/shares.ts';

const atOnce: TurnLimits = { perPlan: 4, perRight: 6, inAll: 48 };

export type AskInTurn = <T>(key: string, plan: string, ask: () => Promise<T>) => Promise<T>;

export function askedInTurn(rightFor: (plan: string) => string): AskInTurn {
  const line = turns(atOnce);
  const waiting = new Map<string, Promise<unknown>>();
  return <T>(key: string, plan: string, ask: () => Promise<T>): Promise<T> => {
    const before = waiting.get(key);
    if (before) return before as Promise<T>;
    const answer = inTurn(line.take({ plan, right: rightFor(plan) }), () => {
      // From here on its answer may be older than what the next one wants to know.
      waiting.delete(key);
      return forEverybody(ask);
    });
    waiting.set(key, answer);
    return answer;
  };
}
