/** Tunes in production, one typed step at a time. Each is repeatable, and its counts come from the ledger. */
import { drift, driftTotal } from '../domain/access/drift.ts';
import { isOfAnotherRelease } from '../domain/release/claims.ts';
import { foundAfterAll, grantIntents, missingGrants, wantedGrants, withoutEntry } from '../domain/release/granting.ts';
import { pairKey, type LedgerEntry } from '../domain/release/ledger.ts';
import { keepMark, markOfTune, tuneCounts } from '../domain/release/marks.ts';
import { exceptRestored, type ReleaseChange } from '../domain/release/release-change.ts';
import {
  asRevoked,
  earlierGrantsToRevoke,
  heldAgain,
  ownedByEarlier,
  retirementsWithoutEntry,
  returnedRetirements,
  signedRetirements,
  stillGranted,
} from '../domain/release/retiring.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Connector, SystemSnapshot } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireTune } from './authority.ts';
import { forEach } from './effects.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, badInput } from './failures.ts';
import { grantEffect } from './granting.ts';
import { claimOfEarlier, releaseChangeOf, leaveToNobody } from './release-change.ts';
import { contentOf, type LoadedRelease } from './release.ts';
import { contentChangesOf } from './role-contents.ts';
import { retireEffect } from './retiring.ts';
import { undoAll } from './rolling-back.ts';
import { claimsOn, ledgerOf, snapshotOf } from './readings.ts';

type Tune = Parameters<EntitlementActivities['tuneAccess']>[2];
interface Scope {
  deps: ActivityDeps;
  loaded: LoadedRelease;
  /** What this release changes of earlier ones; undefined when it is the first of its package. */
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
      const connector = await openSystem(deps, loaded.plan, system);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, content.pilot);
      const scope: Scope = { deps, loaded, releaseChange, release, connector, content, mark: markOfTune(tune.id) };
      await carryOut(scope, tune);
      const ledger = await ledgerOf(deps, release, system);
      const now = await snapshotOf(connector, content);
      return { ...tuneCounts(ledger, scope.mark), left: await leftOver(scope, tune, ledger, now) };
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

/** Grants missing signed access, except to people whose accounts are gone or from whom a tune revoked it. */
async function grantMissing({ deps, release, connector, content, mark }: Scope): Promise<void> {
  const { system } = content;
  const now = await snapshotOf(connector, content);
  const identity = await asking(system, () => connector.identity());
  const ledger = await ledgerOf(deps, release, system);
  await deps.store.settle(foundAfterAll(ledger, now, identity));
  const wanted = wantedGrants(content, now);
  await deps.store.intend(grantIntents(release, system, withoutEntry(wanted, ledger), now, mark));
  const missing = missingGrants(wanted, await ledgerOf(deps, release, system), now, mark);
  await deps.store.claim(release, missing);
  await deps.store.settle(missing);
  await forEach(deps.store, missing, grantEffect(connector, system));
}

/** Retires legacy access of the signed preview that is held again, and what the release dropped of earlier ones; never what another package needs. */
async function retireReturned({ deps, releaseChange, release, connector, content, mark }: Scope): Promise<void> {
  const now = await snapshotOf(connector, content);
  const signed = signedRetirements(content, releaseChange);
  await deps.store.intend(retirementsWithoutEntry(release, content, signed, await ledgerOf(deps, release, content.system), now, mark));
  const returned = returnedRetirements(content, signed, await ledgerOf(deps, release, content.system), now, mark);
  await deps.store.settle(returned);
  const effect = retireEffect(deps, release, connector, heldAgain(content, now));
  await forEach(deps.store, returned, async (entry) => keepMark(await effect(entry), mark));
}

/** Where a blackout deferred the retirement, this step retires. People for whom alone the release was rolled back keep what they have. */
async function leaveWhatIsNotWanted({ deps, loaded, releaseChange, release, content }: Scope): Promise<void> {
  if (!releaseChange) return;
  await leaveToNobody(deps, loaded, exceptRestored(releaseChange, await ledgerOf(deps, release, content.system)), content.system);
}

/** Drops one entitlement: revokes what this release granted of it, by the same rules as a rollback. */
async function tighten(scope: Scope, { entitlement }: Tune): Promise<void> {
  if (!entitlement) throw badInput("'tighten' needs the entitlement to drop: its system and role");
  const { content } = scope;
  if (entitlement.system !== content.system) return;
  if (!content.entitlements.some(({ role }) => role === entitlement.role))
    throw badInput(`'${scope.release.package}' does not grant role '${entitlement.role}' in '${content.system}': nothing to drop`);
  await revokeGrants(scope, (entry) => entry.role === entitlement.role);
}

/** Revokes the access of these people; the others keep theirs. With `restore`, their retired access is restored, as in a rollback. */
async function narrow(scope: Scope, { people, restore }: Tune): Promise<void> {
  if (!people || people.length === 0) throw badInput("'narrow' needs the people who lose the access");
  refusePeopleNotReleasedTo(scope, people);
  const losing = new Set(people);
  // As in a rollback, these people keep what earlier releases of the package granted them.
  if (restore) await claimOfEarlier(scope.deps, scope.release, scope.content.system, losing);
  await revokeGrants(restore ? { ...scope, releaseChange: undefined } : scope, (entry) => losing.has(entry.person));
  if (restore) await restoreLegacy(scope, (entry) => losing.has(entry.person));
}

/** A misspelled name must not look like a completed tune: everyone named must be among the people of this release, in one of its systems. */
function refusePeopleNotReleasedTo({ loaded, release }: Scope, people: string[]): void {
  const reached = new Set([...loaded.contents.values()].flatMap((content) => content.people.map(({ person }) => person)));
  const strangers = people.filter((person) => !reached.has(person));
  if (strangers.length > 0)
    throw badInput(`'${release.package}' was not released to ${strangers.join(', ')}: nothing was revoked; name some of ${listed([...reached].sort())}`);
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
  await revokeEarlierGrants(scope, new Set(entries.map(pairKey)));
  await deps.store.releaseClaims(
    release,
    content.system,
    entries.map(({ role, account }) => ({ role, account })),
  );
}

/** Revokes grants of earlier releases within the tune's scope, like the drops of a revision: a rollback of this release grants them again. */
async function revokeEarlierGrants({ deps, releaseChange, release, connector, content, mark }: Scope, asked: ReadonlySet<string>): Promise<void> {
  if (!releaseChange) return;
  const { system } = content;
  const ledger = await ledgerOf(deps, release, system);
  const now = await snapshotOf(connector, content);
  const intended = await deps.store.intend(earlierGrantsToRevoke(release, system, releaseChange, ledger, asked, now, mark));
  const effect = retireEffect(deps, release, connector, ownedByEarlier(releaseChange.earlier, asked, now));
  const done = await forEach(deps.store, intended, async (entry) => keepMark(await effect(entry), mark));
  await deps.store.settle(asRevoked(ledger, done, mark));
}

/** Counts what a person has to decide: drift that the step did not fix, or access that it should have revoked but that is not this release's. */
async function leftOver({ deps, release, content }: Scope, tune: Tune, ledger: LedgerEntry[], now: SystemSnapshot): Promise<number> {
  const { entitlement, people = [] } = tune;
  switch (tune.step) {
    case 'tighten':
      return stillGranted(ledger, now, ({ role }) => entitlement?.system === content.system && entitlement.role === role);
    case 'narrow':
      return stillGranted(ledger, now, ({ person }) => people.includes(person));
    case 'reconcile':
    case 'grantMissing':
    case 'retireLegacy':
    case 'extend':
    case 'ask': {
      const claimed = (await claimsOn(deps, content)).filter((claim) => isOfAnotherRelease(claim, release));
      return driftTotal(drift(content, ledger, now, claimed, await contentChangesOf(deps, content, now.roles)).counts);
    }
  }
}
