/** Repairs in production, one typed step at a time; each is repeatable, and its counts come from the ledger. */
import { byPair, isOurs, pairKey, type Actual, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { grantKey, grantsToDrop, type ReleaseChange } from '../domain/release/release-change.ts';
import { isOfAnotherRelease } from '../domain/release/claims.ts';
import type { PreviewContent } from '../domain/access/preview.ts';
import { drift, driftTotal } from '../domain/access/drift.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireTune } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, badInput } from './failures.ts';
import { grantEffect, keyOf, ledgerOf, pairsToGrant, snapshotOf } from './granting.ts';
import { claimOfEarlier, releaseChangeOf, leaveToNobody } from './release-change.ts';
import { contentOf, type LoadedRelease } from './release.ts';
import { retireEffect, signedRetirements } from './retiring.ts';
import { undoAll } from './rolling-back.ts';

type Tune = Parameters<EntitlementActivities['tuneAccess']>[2];
interface Scope {
  deps: ActivityDeps;
  loaded: LoadedRelease;
  /** What this release changes of earlier ones; undefined where it is the first of its package. */
  releaseChange: ReleaseChange | undefined;
  release: ReleaseRef;
  connector: Connector;
  content: PreviewContent;
  mark: string;
}

export function tuning(deps: ActivityDeps): Pick<EntitlementActivities, 'tuneAccess'> {
  return {
    tuneAccess: async (release, system, tune) => {
      const loaded = await requireTune(deps, release, tune);
      const content = contentOf(loaded, system);
      const { connector } = await openSystem(deps, loaded.plan, system);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, content.pilot);
      const scope: Scope = { deps, loaded, releaseChange, release, connector, content, mark: `tuned: ${tune.id}` };
      await carryOut(scope, tune);
      const ledger = await ledgerOf(deps, release, system);
      const now = await snapshotOf(connector, content);
      const marked = (kind: LedgerEntry['kind'], outcome: LedgerEntry['outcome']) =>
        ledger.filter((entry) => entry.kind === kind && entry.why === scope.mark && entry.outcome === outcome);
      const revoked = marked('grant', 'revoked');
      const revokedPairs = new Set(revoked.map(pairKey));
      return {
        granted: marked('grant', 'created').length,
        revoked: revoked.length,
        // What an earlier release gave is taken as a retirement, so that a rollback gives it back; it counts as taken.
        retired: marked('retire', 'revoked').filter((entry) => !revokedPairs.has(pairKey(entry))).length,
        left: await leftOver(scope, tune, ledger, now),
      };
    },
  };
}

async function carryOut(scope: Scope, tune: Tune): Promise<void> {
  switch (tune.step) {
    case 'reconcile':
      await grantMissing(scope);
      await retireReturned(scope);
      return;
    case 'grantMissing':
      return grantMissing(scope);
    case 'retireLegacy':
      await retireReturned(scope);
      return leaveWhatIsNotWanted(scope);
    case 'tighten':
      return tighten(scope, tune);
    case 'narrow':
      return narrow(scope, tune);
    case 'extend':
    case 'ask':
      // These change the watch, not the access.
      return;
  }
}

/** What was signed and is not there, for people who are still there and from whom no tune took it. */
async function grantMissing({ deps, release, connector, content, mark }: Scope): Promise<void> {
  const now = await snapshotOf(connector, content);
  const held = byPair(now.grants);
  const identity = await asking(content.system, () => connector.identity());
  const ledger = await ledgerOf(deps, release, content.system);
  await deps.store.settle(ledger.flatMap((entry) => seenAfterAll(entry, held(entry), identity)));
  const entries = new Map(ledger.filter(({ kind }) => kind === 'grant').map((entry) => [pairKey(entry), entry]));
  const pairs = pairsToGrant(content, now);
  await deps.store.intend(
    pairs
      .filter((pair) => !entries.has(pairKey(pair)))
      .map((pair) => ({
        ...keyOf(release),
        system: content.system,
        kind: 'grant',
        ...pair,
        before: held(pair).map((grant) => ({ ...grant, person: pair.person })),
        why: mark,
      })),
  );
  const wanted = new Set(pairs.map(pairKey));
  const current = (await ledgerOf(deps, release, content.system)).filter((entry) => entry.kind === 'grant' && wanted.has(pairKey(entry)));
  // An entry that is there stands until it is found missing; then it is an intent again, with nothing held before.
  const missing = current.filter(
    (entry) => entry.outcome === 'intended' || (['created', 'preexisting', 'failed', 'unknown'].includes(entry.outcome) && held(entry).length === 0),
  );
  const intended = missing.map((entry): LedgerEntry =>
    entry.outcome === 'intended' ? { ...entry, why: mark } : { ...entry, outcome: 'intended', before: [], why: mark },
  );
  await deps.store.claim(
    release,
    intended.map(({ system, role, account }) => ({ system, role, account })),
  );
  await deps.store.settle(intended);
  await forEach(deps.store, intended, grantEffect(connector, content.system));
}

/** A grant that could not be confirmed and is there now: ours, or somebody else's, who gave it since or before. */
function seenAfterAll(entry: LedgerEntry, held: Held[], identity: string): LedgerEntry[] {
  if (entry.kind !== 'grant' || entry.outcome !== 'unknown' || held.length === 0) return [];
  const { why: _, ...rest } = entry;
  const ours = held.find((grant) => isOurs(grant, identity));
  if (!ours || entry.before.some((grant) => isOurs(grant, identity)))
    return [{ ...rest, outcome: 'preexisting', before: held.map((grant) => ({ ...grant, person: entry.person })) }];
  return [{ ...rest, outcome: 'created', grant: { ...(ours.grantor === undefined ? {} : { grantor: ours.grantor }), options: ours.options } }];
}

/** Old access of the signed preview that is held (again), whoever gave it back, and what it dropped of earlier releases; never what another package needs. */
async function retireReturned({ deps, releaseChange, release, connector, content, mark }: Scope): Promise<void> {
  const now = await snapshotOf(connector, content);
  const dropped = new Set(content.drop?.map(pairKey));
  const droppedGrants = new Set(content.drop?.map(grantKey));
  // Of dropped access exactly the grants that were signed: what others gave since is theirs, and a person decides about it.
  const held = byPair(now.grants.filter((grant) => !dropped.has(pairKey(grant)) || droppedGrants.has(grantKey(grant))));
  const signed = new Map(signedRetirements(content, releaseChange).map((grant) => [pairKey(grant), grant]));
  const ledger = await ledgerOf(deps, release, content.system);
  const entries = new Map(ledger.filter(({ kind }) => kind === 'retire').map((entry) => [pairKey(entry), entry]));
  const without = [...signed.values()].filter((grant) => !entries.has(pairKey(grant)));
  const added = await deps.store.intend(
    without.map(({ role, account, person }) => ({
      ...keyOf(release),
      system: content.system,
      kind: 'retire',
      role,
      account,
      person,
      before: held({ role, account }).map((grant) => ({ ...grant, person })),
      why: mark,
    })),
  );
  const returned = [...entries.values(), ...added].filter(
    (entry) =>
      entry.outcome !== 'kept' &&
      entry.outcome !== 'restored' &&
      entry.outcome !== 'notRestored' &&
      signed.has(pairKey(entry)) &&
      (held(entry).length > 0 || entry.why === mark),
  );
  const marked = returned.map((entry): LedgerEntry => ({ ...entry, why: mark }));
  await deps.store.settle(marked);
  const deed = retireEffect(deps, release, connector, held);
  await forEach(deps.store, marked, async (entry) => withMark(await deed(entry), mark));
}

/** Where a blackout kept a release from retiring at once, this step is what retires; people for whom alone it was rolled back keep what they have. */
async function leaveWhatIsNotWanted({ deps, loaded, releaseChange, release, content }: Scope): Promise<void> {
  if (!releaseChange) return;
  const ledger = await ledgerOf(deps, release, content.system);
  const back = new Set(ledger.filter(({ outcome }) => outcome === 'restored' || outcome === 'notRestored').map(({ person }) => person));
  await leaveToNobody(deps, loaded, { ...releaseChange, earlier: releaseChange.earlier.filter(({ person }) => !back.has(person)) }, content.system);
}

/** Drops one entitlement: what this release gave of it is revoked, by the same rules as a rollback. */
async function tighten(scope: Scope, { entitlement }: Tune): Promise<void> {
  if (!entitlement) throw badInput("'tighten' names the entitlement that is dropped: its system and role");
  const { content } = scope;
  if (entitlement.system !== content.system) return;
  if (!content.entitlements.some(({ role }) => role === entitlement.role))
    throw badInput(`'${scope.release.package}' does not give role '${entitlement.role}' in '${content.system}': nothing to drop`);
  await revokeGrants(scope, (entry) => entry.role === entitlement.role);
}

/** Takes the access of these people back; the others keep theirs. With `restore` they get what was retired of theirs, as in a rollback. */
async function narrow(scope: Scope, { people, restore }: Tune): Promise<void> {
  if (!people || people.length === 0) throw badInput("'narrow' names the people who lose the access");
  refusePeopleNotReleasedTo(scope, people);
  const losing = new Set(people);
  // As in a rollback, what earlier releases of the package gave them is theirs again.
  if (restore) await claimOfEarlier(scope.deps, scope.release, scope.content.system, losing);
  await revokeGrants(restore ? { ...scope, releaseChange: undefined } : scope, (entry) => losing.has(entry.person));
  if (restore) await restoreLegacy(scope, (entry) => losing.has(entry.person));
}

/** A misspelt name must not end as a repair that is done: whoever is named has to be among the people of this release, in one of its systems. */
function refusePeopleNotReleasedTo({ loaded, release }: Scope, people: string[]): void {
  const reached = new Set([...loaded.contents.values()].flatMap((content) => content.people.map(({ person }) => person)));
  const strangers = people.filter((person) => !reached.has(person));
  if (strangers.length > 0)
    throw badInput(`'${release.package}' was not released to ${strangers.join(', ')}: nothing was taken; name some of ${listed([...reached].sort())}`);
}

const listed = (people: string[]) => (people.length <= 20 ? people.join(', ') : `${people.slice(0, 20).join(', ')} and ${people.length - 20} more`);

async function restoreLegacy({ deps, release, connector, content, mark }: Scope, which: (entry: LedgerEntry) => boolean): Promise<void> {
  const entries = (await ledgerOf(deps, release, content.system)).filter((entry) => entry.kind === 'retire' && which(entry));
  const identity = await asking(content.system, () => connector.identity());
  await undoAll(deps, release, connector, { content, identity, mark }, entries);
}

async function revokeGrants(scope: Scope, which: (entry: LedgerEntry) => boolean): Promise<void> {
  const { deps, release, connector, content, mark } = scope;
  const entries = (await ledgerOf(deps, release, content.system)).filter((entry) => entry.kind === 'grant' && which(entry));
  const identity = await asking(content.system, () => connector.identity());
  await undoAll(deps, release, connector, { content, identity, mark, after: mark }, entries);
  await revokeEarlierGrants(scope, entries.map(pairKey));
  await deps.store.releaseClaims(
    release,
    content.system,
    entries.map(({ role, account }) => ({ role, account })),
  );
}

/** To this release it was there before; to the package it is its own. Taken as what a revision drops is taken: a rollback of this release gives it back. */
async function revokeEarlierGrants({ deps, releaseChange, release, connector, content, mark }: Scope, pairs: string[]): Promise<void> {
  if (!releaseChange) return;
  const asked = new Set(pairs);
  const ledger = (await ledgerOf(deps, release, content.system)).filter((entry) => asked.has(pairKey(entry)));
  const wasThere = ledger.filter(({ kind, outcome }) => kind === 'grant' && outcome === 'preexisting');
  const made = releaseChange.earlier.filter((entry) => asked.has(pairKey(entry)));
  const ours = byPair(grantsToDrop(made, await snapshotOf(connector, content)));
  const begun = new Set(ledger.filter(({ kind, why }) => kind === 'retire' && why === mark).map(pairKey));
  const intended = await deps.store.intend(
    wasThere
      .filter((entry) => ours(entry).length > 0 || begun.has(pairKey(entry)))
      .map(({ system, role, account, person }) => ({
        ...keyOf(release),
        system,
        kind: 'retire',
        role,
        account,
        person,
        before: ours({ role, account }),
        why: mark,
      })),
  );
  const deed = retireEffect(deps, release, connector, ours);
  const done = await forEach(deps.store, intended, async (entry) => withMark(await deed(entry), mark));
  const revoked = new Set(done.filter(({ outcome }) => outcome === 'revoked').map(pairKey));
  await deps.store.settle(wasThere.filter((entry) => revoked.has(pairKey(entry))).map((entry) => ({ ...entry, outcome: 'revoked', why: mark })));
}

/** The mark stays on what was retired, so that a rerun counts it too. */
const withMark = (entry: LedgerEntry, mark: string): LedgerEntry =>
  entry.outcome === 'revoked' || entry.outcome === 'intended' ? { ...entry, why: mark } : entry;

/** What a person has to decide: drift that the step did not repair, or access that it was to take and that is not this release's. */
async function leftOver({ deps, release, content }: Scope, tune: Tune, ledger: LedgerEntry[], now: Actual): Promise<number> {
  const held = byPair(now.grants);
  const granting = ledger.filter(({ kind }) => kind === 'grant');
  if (tune.step === 'tighten')
    return granting.filter((entry) => tune.entitlement?.system === content.system && tune.entitlement.role === entry.role && held(entry).length > 0).length;
  if (tune.step === 'narrow') return granting.filter((entry) => tune.people?.includes(entry.person) && held(entry).length > 0).length;
  const claimed = (await deps.store.claimsOn({ system: content.system, roles: content.roles.map(({ role }) => role) })).filter((claim) =>
    isOfAnotherRelease(claim, release),
  );
  return driftTotal(drift(content, ledger, now, claimed).counts);
}
