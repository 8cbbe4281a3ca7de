/**
 * Previews of rollbacks ask every system of a release, or read all of its ledger: seconds of work where there are hundreds of thousands of grants. A few under one
 * right of the site at a time, and whoever asks the same as somebody who waits for their turn has the same answer.
 */
import { rightNameOf } from '../../../domain/site/rights.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import { forEverybody } from '../../../store/shares.ts';
import { turns, type TurnLimits } from '../../../domain/turns.ts';
import type { Services } from '../../route.ts';

const atOnce: TurnLimits = { perPlan: 2, perRight: 4, inAll: 16 };
const line = turns(atOnce);
const waiting = new WeakMap<Services['store'], Map<string, Promise<unknown>>>();

/** `asked`: what the answer depends on, besides the systems and the ledger. It is not begun before its turn, and what is begun is not shared: it may be older than the question. */
export function inPreviewTurn<T>({ site, store }: Pick<Services, 'site' | 'store'>, of: ReleaseKey, asked: unknown, work: () => Promise<T>): Promise<T> {
  const those = waiting.get(store) ?? new Map<string, Promise<unknown>>();
  waiting.set(store, those);
  const key = JSON.stringify([of, asked]);
  const before = those.get(key);
  if (before) return before as Promise<T>;
  const answer = (async () => {
    const end = await line.take({ plan: of.plan, right: rightNameOf(site.now(), of.plan) }).finally(() => those.delete(key));
    try {
      return await forEverybody(work);
    } finally {
      end();
    }
  })();
  those.set(key, answer);
  return answer;
}
