/**
 * Questions that take long: a few of each plan and each right of the site at a time, and anyone who asks the same while it waits for its turn has the same
 * answer. What is begun is not shared: its answer may be older than what the next one wants to know.
 */
import { inTurn } from '../domain/in-turn.ts';
import { turns, type TurnLimits } from '../domain/turns.ts';
import { forEverybody } from '../store/shares.ts';

export type AskInTurn = <T>(key: string, plan: string, ask: () => Promise<T>) => Promise<T>;

export function askedInTurn(rightFor: (plan: string) => string, atOnce: TurnLimits): AskInTurn {
  const line = turns(atOnce);
  const waiting = new Map<string, Promise<unknown>>();
  return <T>(key: string, plan: string, ask: () => Promise<T>): Promise<T> => {
    const before = waiting.get(key);
    if (before) return before as Promise<T>;
    const turn = line.take({ plan, right: rightFor(plan) }).finally(() => waiting.delete(key));
    const answer = inTurn(turn, () => forEverybody(ask));
    waiting.set(key, answer);
    return answer;
  };
}
