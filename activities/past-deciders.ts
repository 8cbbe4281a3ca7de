/** Who could decide on a package when its messages were sealed: owners, delegates and operators change with the revisions of the plan. */
import { isApartSealed, isDecided } from '../domain/authority/applied.ts';
import { entryOf } from '../domain/entry-of.ts';
import type { Blackout } from '../domain/plan/schema.ts';
import { delegatesFor, type PackageSection } from '../domain/plan/section.ts';
import type { RevisionTerms, SealedRevision, WaveDeciders } from '../store/contract.ts';
import { nativeSignature } from '../store/native-signatures.ts';
import type { ActivityDeps } from './deps.ts';
import { notCovered } from './failures.ts';
import type { LoadedRelease } from './release.ts';

/** Who decides on a package, by one revision of the plan. */
export interface Deciders {
  section: PackageSection;
  operators: string[];
}

/** `latest`: the number of the plan's latest revision. */
export type Released = Pick<LoadedRelease, 'plan' | 'wave' | 'revision'> & { latest: number };

/**
 * Who decided on the package of this section at each of these instants (real time, milliseconds). Operators are those of the plan at that instant. Where its revision
 * does not have the package in its wave, owner and delegates are as the last one says that has. A row that was not applied through the endpoint says nothing.
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
  const known = new Map<number, WaveDeciders | undefined>();
  const operators = new Map<number, string[]>();
  // Hundreds of later revisions may no longer have it there.
  const [last] = await deps.store.lastIn(plan.plan, [{ wave: wave.id, package: section.package.id }]);
  const withIt = last ? last.revision + 1 : Infinity;
  const asked: { instants: number[]; below?: number }[] = [{ instants: open }];
  for (let next = asked.pop(); next; next = asked.pop()) {
    const { instants: these, below } = next;
    const revisions = await deps.store.revisionsAt(plan.plan, these, below);
    const again = new Map<number, number[]>();
    for (const [index, atMs] of these.entries()) {
      const then = revisions[index];
      const isReleased = !then || then.number === revision.number;
      // One after the other: each may be megabytes where it is not known yet.
      if (!isReleased && !known.has(then.number)) known.set(then.number, await appliedDeciders(deps, released, then));
      const named = isReleased ? undefined : known.get(then.number);
      if (named && !operators.has(atMs)) operators.set(atMs, named.operators);
      const deciders = isReleased ? asReleased : decidersOf(named, section);
      if (deciders) found.set(atMs, { ...deciders, operators: operators.get(atMs) ?? deciders.operators });
      else if (then) {
        const from = named ? Math.min(then.number, withIt) : then.number;
        again.set(from, [...(again.get(from) ?? []), atMs]);
      }
    }
    for (const [number, left] of again) asked.push({ instants: left, below: number });
  }
  return found;
}

/** Of the latest revision that the endpoint applied, also where it no longer has the package in this wave. */
export async function blackoutsNow(deps: ActivityDeps, released: Released): Promise<Blackout[]> {
  return ((await newestApplied(deps, released)) ?? released.plan).blackouts;
}

/** Who decides on a package by the latest revision that the endpoint applied, if that is a later one. `left`: it does not have the package in this wave. */
export interface DecidersNow {
  revision: number;
  left: boolean;
  people: string[];
}

export async function laterDeciders(deps: ActivityDeps, released: Released, id: string): Promise<DecidersNow | undefined> {
  const { plan } = released.plan;
  const newest = await newestApplied(deps, released);
  const found = newest && (await deps.store.waveDeciders({ plan, number: newest.number, wave: released.wave.id }));
  if (!newest || found?.digest !== newest.deciders) return undefined;
  const { operators, owners, delegates } = found;
  const owner = owners.find((one) => one.id === id)?.owner;
  const standing = owner === undefined ? [] : [owner, ...delegatesFor(delegates, owner, id).map(({ to }) => to)];
  return { revision: newest.number, left: owner === undefined, people: [...operators, ...standing] };
}

/** A hold that a revision later than the released one has written: its wave may not have heard of it. What is released is lifted by the hold of its own revision. */
export async function refuseIfHeldSince(deps: ActivityDeps, released: Released): Promise<void> {
  const { plan, wave, revision } = released;
  const since = entryOf((await newestApplied(deps, released))?.heldSince ?? {}, wave.id);
  if (since !== undefined && since > revision.number)
    throw notCovered(`revision ${since} of plan '${plan.plan}' put wave '${wave.id}' on hold, and nobody has lifted that hold, so nothing was granted`);
}

/** The latest revision behind the released one that the endpoint applied; undefined: there is none. What it says is read once, its seal is checked each time. */
async function newestApplied(deps: ActivityDeps, { plan: { plan }, revision, latest }: Released): Promise<RevisionTerms | undefined> {
  for (let number: number | undefined = latest; number !== undefined && number > revision.number;) {
    const terms = await deps.store.revisionTerms({ plan, number });
    if (terms && isApartSealed({ plan, ...terms }, terms, deps.trustedKeys, nativeSignature)) return terms;
    number = await deps.store.newestRevisionNumber(plan, number);
  }
  return undefined;
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
