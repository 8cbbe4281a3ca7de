/**
 * Questions that take long: a few of each plan and each right of the site at a time, and anyone who asks the same while it waits for its turn has the same
 * answer. What is begun is not shared: its answer may be older than what the next one wants to know.
 */
import { inTurn } from '../domain/in-turn.ts';
import { notLater } from '../domain/not-later.ts';
import { turns, type Share, type TurnLimits } from '../domain/turns.ts';
import { forEverybody } from '../store/shares.ts';
import { Problem } from './errors.ts';

/** `gone`: aborted when the one who asks waits no longer. `ask`: its signal aborts when nobody waits any more; what still waits for its turn is then not begun. */
export type AskInTurn = <T>(key: string, of: Share, ask: (nobodyWaits: AbortSignal) => Promise<T>, gone?: AbortSignal) => Promise<T>;

interface Waiting {
  answer: Promise<unknown>;
  askers: number;
  nobody: AbortController;
}

export function askedInTurn(atOnce: TurnLimits): AskInTurn {
  const line = turns(atOnce);
  const waiting = new Map<string, Waiting>();

  const begin = <T>(key: string, of: Share, ask: (nobodyWaits: AbortSignal) => Promise<T>): Waiting => {
    const nobody = new AbortController();
    const turn = line.take(of, nobody.signal).finally(() => {
      if (waiting.get(key) === own) waiting.delete(key);
    });
    const own: Waiting = { answer: inTurn(turn, () => forEverybody(() => ask(nobody.signal))), askers: 0, nobody };
    waiting.set(key, own);
    return own;
  };

  return async <T>(key: string, of: Share, ask: (nobodyWaits: AbortSignal) => Promise<T>, gone?: AbortSignal): Promise<T> => {
    if (gone?.aborted) throw left();
    const own = waiting.get(key) ?? begin(key, of, ask);
    own.askers += 1;
    const answer = own.answer as Promise<T>;
    if (!gone) return answer;
    const leave = () => {
      own.askers -= 1;
      if (own.askers > 0) return;
      // The next one who asks the same begins anew.
      if (waiting.get(key) === own) waiting.delete(key);
      own.nobody.abort(left());
    };
    gone.addEventListener('abort', leave, { once: true });
    return notLater(gone, left, () => answer).finally(() => gone.removeEventListener('abort', leave));
  };
}

/** Nobody reads it. */
export const left = () => new Problem('busy', 'The client left before it was its turn.');
