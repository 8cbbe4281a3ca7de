/** Previews of rollbacks ask every system of a release, or read all of its ledger: seconds of work where there are hundreds of thousands of grants. */
import { rightNameOf } from '../../../domain/site/rights.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import type { TurnLimits } from '../../../domain/turns.ts';
import { askedInTurn, type AskInTurn } from '../../asked-in-turn.ts';
import type { Services } from '../../route.ts';

const atOnce: TurnLimits = { perPlan: 2, perRight: 4, inAll: 16 };
const lines = new WeakMap<Services['store'], AskInTurn>();

/** `asked`: what the answer depends on, besides the systems and the ledger. */
export function inPreviewTurn<T>({ site, store }: Pick<Services, 'site' | 'store'>, of: ReleaseKey, asked: unknown, work: () => Promise<T>): Promise<T> {
  const ask = lines.get(store) ?? askedInTurn((plan) => rightNameOf(site.now(), plan), atOnce);
  lines.set(store, ask);
  return ask(JSON.stringify([of, asked]), of.plan, work);
}
