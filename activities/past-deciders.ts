/** Who could decide on a package when its messages were sealed: owners, delegates and operators change with the revisions of the plan. */
import { isDecided } from '../domain/authority/applied.ts';
import type { Blackout } from '../domain/plan/schema.ts';
import { delegatesFor, type PackageSection } from '../domain/plan/section.ts';
import type { SealedRevision, WaveDeciders } from '../store/contract.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import type { ActivityDeps } from './deps.ts';
import type { LoadedRelease } from './release.ts';

/** Who decides on a package, by one revision of the plan. */
export interface Deciders {
  section: PackageSection;
  operators: string[];
}

/** `latest`: the number of the plan's latest revision. */
export type Released = Pick<LoadedRelease, 'plan' | 'wave' | 'revision'> & { latest: number };

/**
 * Who decided on the package of this section at each of these instants (real time, milliseconds). By a revision that does not have the package in its wave nobody
 * decides on it: what the one before it says stands. The same for a row that was not applied through the endpoint.
 */
export async function decidersAt(
  deps: ActivityDeps,
  released: Released,
  section: PackageSection,
  instants: Iterable<number>,
): Promise<ReadonlyMap<number, Deciders>> {
  const { plan, wave, revision, latest } = released;
  const asReleased: Deciders = { section, operators: plan.operators };
  const found = new Map<number, Deciders>();
  const open: number[] = [];
  for (const atMs of new Set(instants)) {
    if (latest <= revision.number && atMs >= revision.appliedAtMs) found.set(atMs, asReleased);
    else open.push(atMs);
  }
  if (open.length === 0) return found;
  const known = new Map<number, Deciders | undefined>([[revision.number, asReleased]]);
  // Hundreds of later revisions may no longer have it there.
  const [last] = await deps.store.lastIn(plan.plan, [{ wave: wave.id, package: section.package.id }]);
  const asked = [{ instants: open, below: last ? last.revision + 1 : undefined }];
  for (let next = asked.pop(); next; next = asked.pop()) {
    const { instants: these, below } = next;
    const revisions = await deps.store.revisionsAt(plan.plan, these, below);
    const again = new Map<number, number[]>();
    for (const [index, atMs] of these.entries()) {
      const then = revisions[index];
      // One after the other: each may be megabytes where it is not known yet.
      if (then && !known.has(then.number)) known.set(then.number, decidersOf(await appliedDeciders(deps, released, then), section));
      const deciders = then ? known.get(then.number) : asReleased;
      if (deciders) found.set(atMs, deciders);
      else if (then) again.set(then.number, [...(again.get(then.number) ?? []), atMs]);
    }
    for (const [number, left] of again) asked.push({ instants: left, below: number });
  }
  return found;
}

/** Of the latest revision that the endpoint applied, also where it no longer has the package in this wave. */
export async function blackoutsNow(deps: ActivityDeps, { plan, revision, latest }: Released): Promise<Blackout[]> {
  for (let below = latest + 1; below > revision.number + 1;) {
    const [newest] = await deps.store.revisionsAt(plan.plan, [Infinity], below);
    if (!newest || newest.number <= revision.number) break;
    const found = await deps.store.sealedBlackouts({ plan: plan.plan, number: newest.number });
    if (found && isDecided({ plan: plan.plan, ...newest }, found.digest, deps.trustedKeys, nativeSignature)) return found.blackouts;
    below = newest.number;
  }
  return plan.blackouts;
}

/** Undefined: the endpoint did not apply this. */
async function appliedDeciders(deps: ActivityDeps, { plan: { plan }, wave }: Released, revision: SealedRevision): Promise<WaveDeciders | undefined> {
  const found = await deps.store.waveDeciders({ plan, number: revision.number, wave: wave.id });
  return found && isDecided({ plan, ...revision }, found.digest, deps.trustedKeys, nativeSignature) ? found : undefined;
}

/** The package as it was released, with its people as another revision names them. */
function decidersOf(named: WaveDeciders | undefined, released: PackageSection): Deciders | undefined {
  const { id } = released.package;
  const owner = named?.owners.find((one) => one.id === id)?.owner;
  if (!named || owner === undefined) return undefined;
  return { section: { ...released, delegates: delegatesFor(named.delegates, owner, id), package: { ...released.package, owner } }, operators: named.operators };
}
