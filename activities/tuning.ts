/** Tunes in production, one typed step at a time. Each is repeatable, and its counts come from the ledger. */
import { drift, driftTotal } from '../domain/access/drift.ts';
import { joinedBefore } from '../domain/access/cohort.ts';
import { heldByLeavers } from '../domain/access/leavers.ts';
import { foundAfterAll, lesserGrants, missingGrants, signedGrants, wantedGrants, withdrawn, withdrawnFromLeavers } from '../domain/release/granting.ts';
import { keyOf, pairKey, refusalLines, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfTune, tuneCounts } from '../domain/release/marks.ts';
import { exceptRestored, type ReleaseChange } from '../domain/release/release-change.ts';
import { earlierGrantsToRevoke, signedRetirements, stillGranted, toRetireAgain } from '../domain/release/retiring.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { stepOf, undoes } from '../domain/tune/steps.ts';
import type { SystemSnapshot } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { claimOnEntry, claimsOfPeople } from './access-claims.ts';
import { requireTune } from './authority.ts';
import type { EffectContext } from './authorized-messages.ts';
import { absentByNow, asSigned, believedCohort, type CohortOfRelease } from './cohort.ts';
import { peopleNow } from './joining.ts';
import { makePlain, record, withLedger, type LedgerScope } from './effects.ts';
import { placeOf } from './place-of-system.ts';
import { openSystem, openToUndo, type ActivityDeps } from './deps.ts';
import { badInput, incomplete } from './failures.ts';
import { begin, claimOfEarlier, releaseChangeOf, leaveToNobody } from './release-change.ts';
import { hasBegun, contentOf } from './release.ts';
import { contentChangesOf, reviewedNow } from './role-contents.ts';
import { keepLegacy, legacyLeft, retireAll } from './retiring.ts';
import { madeByOthers } from './staying.ts';
import { leave, pairsOf, undoAll } from './rolling-back.ts';
import { claimedByOthers, grantsNow, snapshotOf } from './readings.ts';
import { rolePairs } from './role-pairs.ts';
import { entryKey } from './switching-back.ts';
import { alarmAfterRefusal, alarmIfOverdue, endOpenSwitches } from './open-switches.ts';
import { grantOrSwitch } from './switching.ts';

type Tune = Parameters<EntitlementActivities['tuneAccess']>[2];
interface Scope {
  effects: LedgerScope;
  loaded: EffectContext;
  /** What this release changes of earlier ones; undefined when it is the first of its package. */
  releaseChange: ReleaseChange | undefined;
  release: ReleaseRef;
  /** With the people of now, for steps that restore what was reviewed. */
  content: PreviewContent;
  /** With those who left the cohort. */
  everybody: PreviewContent;
  /** Undefined where it has no query, or the step does not go by it. */
  cohort: CohortOfRelease | undefined;
}

export function tuning(deps: ActivityDeps): Pick<EntitlementActivities, 'tuneAccess'> {
  return {
    tuneAccess: async (release, system, tune) => {
      const loaded = await requireTune(deps, release, system, tune).catch((error: unknown) => alarmAfterRefusal(deps, release, system, error));
      await alarmIfOverdue(deps, loaded, release, system);
      if (!hasBegun(loaded, release)) await begin(deps, loaded, release);
      const signed = contentOf(loaded, system);
      const cohort = await cohortFor(deps, loaded, release, tune);
      const connector = await (undoes(tune.step) ? openToUndo : openSystem)(deps, loaded.plan, system);
      const releaseChange = await releaseChangeOf(deps, loaded.section.change, release, system, signed.pilot);
      const effects = await withLedger({ deps, release, connector, system, place: await placeOf(deps, connector, system), by: markOfTune(tune.id) });
      const { content, everybody } = await peopleNow(deps, loaded, system, cohort, { connector, ledger: effects.ledger.all() });
      const scope: Scope = { effects, loaded, releaseChange, release, content, everybody, cohort };
      await carryOut(scope, tune);
      const ledger = effects.ledger.all();
      const now = await snapshotOf(connector, content);
      const result = { ...tuneCounts(ledger, effects.by), left: await leftOver(scope, tune, ledger, now) };
      const refusals = [...refusalLines(ledger, 'grant'), ...refusalLines(ledger, 'retire')];
      if (refusals.length > 0) throw incomplete(system, refusals, result);
      return result;
    },
  };
}

/** Steps that give access need an answer that is believed; one that only retires goes by it too, and the others name their people. */
const cohortFor = (deps: ActivityDeps, loaded: EffectContext, release: ReleaseRef, { step }: Tune): Promise<CohortOfRelease | undefined> =>
  stepOf(step).restores === null ? Promise.resolve(undefined) : believedCohort(deps, loaded, release);

async function carryOut(scope: Scope, tune: Tune): Promise<void> {
  switch (tune.step) {
    case 'reconcile':
      await grantMissing(scope);
      await retireReturned(scope);
      return revokeFromLeavers(scope);
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
async function grantMissing(scope: Scope): Promise<void> {
  const { effects, content, release, loaded, releaseChange } = scope;
  const { deps, connector } = effects;
  const before = await snapshotOf(connector, content);
  await endOpenSwitches(effects, {
    pairs: rolePairs(loaded, content.system),
    signed: signedGrants(scope.everybody),
    wanted: wantedGrants(await reviewedNow(deps, content, before.roles), before),
  });
  const now = await snapshotOf(connector, content);
  await record(effects, foundAfterAll(effects.ledger.all(), signedGrants(scope.everybody), now, effects.by));
  const wanted = wantedGrants(await reviewedNow(deps, content, now.roles), now);
  const missing = missingGrants(wanted, effects.ledger.all(), now);
  await deps.store.claim(release, effects, missing);
  await grantOrSwitch({ scope: effects, loaded, content, releaseChange, now, again: true }, missing);
  await makePlain(effects, lesserGrants(wanted, effects.ledger.all(), now));
  // Also if the query answers them again one day: what they get then is signed anew.
  const { cohort, everybody } = scope;
  if (cohort && cohort.left.size > 0)
    await record(
      effects,
      withdrawnFromLeavers({ release, at: effects, content: everybody, ledger: effects.ledger.all(), now, left: cohort.left, by: effects.by }),
    );
}

/** Where the plan says so: what this release granted to people who have left, and nothing else (R1). Their legacy access does not come back. */
async function revokeFromLeavers(scope: Scope): Promise<void> {
  const { cohort, everybody } = scope;
  if (cohort?.query.leavers !== 'revoke' || cohort.left.size === 0) return;
  await revokeGrants({ ...scope, content: everybody }, ({ person }) => cohort.left.has(person));
}

/** Retires legacy access of the signed preview that is held again, and what the release dropped of earlier ones; never what another package needs. */
async function retireReturned({ effects, loaded, releaseChange, release, content }: Scope): Promise<void> {
  const now = await grantsNow(effects.connector, content);
  const signed = signedRetirements(content, releaseChange);
  const isLeft = await legacyLeft(effects.deps, loaded, release, content);
  await retireAll(effects, toRetireAgain(release, effects, content, signed, effects.ledger.all(), now, await madeByOthers(effects, signed), isLeft));
}

/** Where a blackout deferred the retirement, this step retires. People for whom alone the release was rolled back keep what they have. */
async function leaveWhatIsNotWanted({ effects, loaded, releaseChange, content }: Scope): Promise<void> {
  if (!releaseChange) return;
  await leaveToNobody(effects, asSigned(loaded, content), exceptRestored(releaseChange, effects.ledger.all()));
}

/** Drops one entitlement: revokes what this release granted of it, by the same rules as a rollback. */
async function tighten(scope: Scope, { entitlement }: Tune): Promise<void> {
  if (!entitlement) throw badInput("'tighten' needs the entitlement to drop: its system and role");
  const { content } = scope;
  if (entitlement.system !== content.system) return;
  if (!content.entitlements.some(({ role }) => role === entitlement.role))
    throw badInput(`'${scope.release.package}' does not grant role '${entitlement.role}' in '${content.system}': nothing to drop`);
  await revokeGrants(scope, (entry) => entry.role === entitlement.role, true);
}

/** Revokes the access of these people; the others keep theirs. With `restore`, their retired access is restored, as in a rollback. */
async function narrow(scope: Scope, { people, restore }: Tune): Promise<void> {
  if (!people || people.length === 0) throw badInput("'narrow' needs the people who lose the access");
  await refusePeopleNotReleasedTo(scope, people);
  const losing = new Set(people);
  // As in a rollback, these people keep what earlier releases of the package granted them.
  if (restore) await claimOfEarlier(scope.effects, losing);
  // Part of a rollback, so that what a claim keeps through a rollback stays. Any other 'narrow' is the owner's word on these people.
  const kept = restore ? claimOnEntry(claimsOfPeople(scope.loaded, scope.release), scope.loaded.planNowMs) : undefined;
  const claimed = new Set(
    scope.effects.ledger
      .all()
      .filter((entry) => entry.kind === 'grant' && kept?.(entry))
      .map(claimKey),
  );
  const isLost = (grant: { role: string; person: string }) => losing.has(grant.person) && !claimed.has(claimKey(grant));
  if (!restore) return void (await revokeGrants(scope, isLost));
  const absent = await absentByNow(scope.effects.deps, scope.loaded, scope.release);
  const dealtWith = await revokeGrants({ ...scope, releaseChange: undefined }, isLost, false, absent);
  const now = await grantsNow(scope.effects.connector, scope.content);
  const pairs = rolePairs(scope.loaded, scope.content.system);
  await undoAll(scope.effects, scope.content, now, (entry) => entry.kind === 'retire' && losing.has(entry.person) && !dealtWith.has(entryKey(entry)), {
    absent,
    pairs,
  });
}

const claimKey = ({ role, person }: { role: string; person: string }) => JSON.stringify([role, person]);

/** A misspelled name must not look like a completed tune: everyone named must be among the people of this release, in one of its systems. */
async function refusePeopleNotReleasedTo({ effects, loaded, release }: Scope, people: string[]): Promise<void> {
  const reached = new Set([...loaded.contents.values()].flatMap((content) => content.people.map(({ person }) => person)));
  // In any of its systems, people who joined an open cohort.
  if (loaded.rolePackage.cohortQuery) for (const { kind, person } of await effects.deps.store.ledger(keyOf(release))) if (kind === 'grant') reached.add(person);
  const strangers = people.filter((person) => !reached.has(person));
  if (strangers.length > 0)
    throw badInput(`'${release.package}' was not released to ${strangers.join(', ')}: nothing was revoked; name some of ${listed([...reached].sort())}`);
}

const listed = (people: string[]) => (people.length <= 20 ? people.join(', ') : `${people.slice(0, 20).join(', ')} and ${people.length - 20} more`);

/**
 * For good: no later step grants it, not even where it had failed or the account was locked; `dropped`: and to nobody who joins the cohort later.
 * `switchedBack`: what was taken from these people in a switch comes back with it, except to those who are absent.
 */
async function revokeGrants(
  scope: Scope,
  which: (grant: { role: string; person: string }) => boolean,
  dropped = false,
  switchedBack?: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const { effects, release, content } = scope;
  // With people who joined, so that what had failed for them is not granted later either.
  const people = [...content.people, ...joinedBefore(content, effects.ledger.all())];
  await record(effects, withdrawn(release, effects, { ...content, people }, effects.ledger.all(), which, effects.by, dropped));
  const pairs = [...pairsOf(content), ...effects.ledger.all().filter(({ kind }) => kind === 'grant')].filter(which);
  const now = await grantsNow(effects.connector, content);
  await leave(effects, now, pairs);
  let dealtWith: ReadonlySet<string> = new Set();
  if (switchedBack) {
    const pairs = rolePairs(scope.loaded, content.system);
    const isOfPair = new Set(pairs.flatMap((pair) => [pair.old, pair.new]));
    dealtWith = await undoAll(effects, content, now, (entry) => isOfPair.has(entry.role) && which(entry), { absent: switchedBack, pairs });
  }
  await undoAll(effects, content, now, (entry) => entry.kind === 'grant' && which(entry) && !dealtWith.has(entryKey(entry)));
  await revokeEarlierGrants(scope, new Set(pairs.map(pairKey)));
  return dealtWith;
}

/** Revokes grants of earlier releases within the tune's scope, like the drops of a revision: a rollback of this release grants them again. */
async function revokeEarlierGrants({ effects, releaseChange, release, content }: Scope, asked: ReadonlySet<string>): Promise<void> {
  if (!releaseChange) return;
  const now = await grantsNow(effects.connector, content);
  await retireAll(effects, earlierGrantsToRevoke(release, effects, releaseChange, effects.ledger.all(), asked, now));
}

/** Counts what a person has to decide: drift that the step did not fix, or access that it should have revoked but that is not this release's. */
async function leftOver(
  { effects, loaded, release, content, everybody, cohort, releaseChange }: Scope,
  tune: Tune,
  ledger: LedgerEntry[],
  now: SystemSnapshot,
): Promise<number> {
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
      const claimed = await claimedByOthers(effects, content, now);
      const ofLeavers = heldByLeavers(everybody, cohort?.left ?? new Set(), [...ledger, ...(releaseChange?.earlier ?? [])], now);
      const changes = await contentChangesOf(effects.deps, content, now.roles);
      const kept = keepLegacy(loaded, content.system, content, await effects.deps.store.ledger(keyOf(release)));
      return driftTotal(drift(content, ledger, now, [...claimed, ...ofLeavers.known], changes, false, kept).counts);
    }
  }
}
