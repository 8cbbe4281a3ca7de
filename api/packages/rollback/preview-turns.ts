/**
 * Previews of rollbacks ask every system of a release, or read all of its ledger: seconds of work where there are hundreds of thousands of grants. Who asks the
 * systems waits behind others that ask the same systems, because one that does not answer takes the whole time; who reads the ledger waits for none of them.
 */
import { inTurn } from '../../../domain/in-turn.ts';
import { rightNameOf } from '../../../domain/site/rights.ts';
import type { ReleaseKey } from '../../../domain/release/releases.ts';
import { turns, type TurnLimits, type Turns } from '../../../domain/turns.ts';
import { askedInTurn, type AskInTurn } from '../../asked-in-turn.ts';
import type { Services } from '../../route.ts';

/** Of those that ask the same systems. */
const sameSystems: TurnLimits = { perPlan: 2, perRight: 4, inAll: 32 };
const allSystems: TurnLimits = { perPlan: 6, perRight: 8, inAll: 32 };
/** Of one package, one at a time: those who ask meanwhile have the next one together. */
const samePackage: TurnLimits = { perPlan: 1, perRight: 32, inAll: 128 };
const slices: TurnLimits = { perPlan: 2, perRight: 4, inAll: 16 };

interface Lines {
  systems: AskInTurn;
  allSystems: Turns;
  ledger: AskInTurn;
  slices: Turns;
}

const lines = new WeakMap<Services['store'], Lines>();

function linesOf({ store }: Pick<Services, 'store'>): Lines {
  const known = lines.get(store);
  if (known) return known;
  const own = { systems: askedInTurn(sameSystems), allSystems: turns(allSystems), ledger: askedInTurn(samePackage), slices: turns(slices) };
  lines.set(store, own);
  return own;
}

interface About {
  of: ReleaseKey;
  /** What the answer depends on, besides the package. */
  asked: unknown;
  gone: AbortSignal;
}

/** Waits for a turn, and answers with the function that ends it. */
export type Take = () => ReturnType<Turns['take']>;

type Needs = Pick<Services, 'site' | 'store'>;

/** `systems`: those that are asked. */
export function inSystemsTurn<T>(services: Needs, systems: readonly string[], { of, asked, gone }: About, work: () => Promise<T>): Promise<T> {
  const own = linesOf(services);
  const share = { plan: of.plan, right: rightNameOf(services.site.now(), of.plan) };
  const among = JSON.stringify([...systems].sort());
  return own.systems(
    keyOf(of, asked),
    { plan: `${share.plan} ${among}`, right: `${share.right} ${among}` },
    (nobodyWaits) => inTurn(own.allSystems.take(share, nobodyWaits), work),
    gone,
  );
}

/** `work` takes a turn for each slice of the ledger, so that a short ledger does not wait for the whole of a long one. */
export function inLedgerTurn<T>(services: Needs, { of, asked, gone }: About, work: (take: Take) => Promise<T>): Promise<T> {
  const own = linesOf(services);
  const share = { plan: of.plan, right: rightNameOf(services.site.now(), of.plan) };
  return own.ledger(keyOf(of, asked), { plan: keyOf(of), right: share.right }, (nobodyWaits) => work(() => own.slices.take(share, nobodyWaits)), gone);
}

const keyOf = ({ plan, wave, package: id }: ReleaseKey, asked?: unknown) => JSON.stringify([plan, wave, id, asked]);
