/**
 * Switches people from old to new access that nobody may hold together, one person after the other; domain/release/switching.ts decides who is switched.
 *
 * Invariants:
 * 1. Old access goes first, so that nobody ever holds both. Where the system can, both happen in one transaction.
 * 2. What was taken is in the ledger, with how long the person may be without either, before the system takes it. Any later attempt finishes the switch, or gives
 *    back what was taken: after a refusal at once, otherwise when the time is over.
 * 3. Nobody is without either for longer than the plan allows unless people are notified, also where the system cannot be reached.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CarriedEntries } from '../domain/release/carried.ts';
import { next } from '../domain/release/facts.ts';
import { todoOf, type WantedGrant } from '../domain/release/granting.ts';
import { droppedRoles, keyOf, pairKey, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import { ofOtherPackages, signedRetirements, sorted, toRetire, toRetireAgain, type Retirement } from '../domain/release/retiring.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { endSwitch, openSwitches, standing, staysText, switchesOf, type SwitchUnit } from '../domain/release/switching.ts';
import { neverEmpty } from '../domain/site/rights.ts';
import type { SystemSnapshot } from '../connectors/connector.ts';
import type { ReleaseRef } from './contract.ts';
import { openToUndo, type ActivityDeps } from './deps.ts';
import { grantAll, placeOf, record, restoreAll, revokeAll, settledLedger, switchAtOnce, throwIfCancelled, withLedger, type LedgerScope } from './effects.ts';
import { asking, isFailure, onStandby, words } from './failures.ts';
import { claimsOn, ledgerOf } from './readings.ts';
import { loadRelease, type LoadedRelease } from './release.ts';
import { madeByOthers } from './retiring.ts';
import { rolePairs } from './role-pairs.ts';
import { endAlarm, needsAlarm, raiseAlarm, type LateSwitch } from './switch-alarm.ts';
import { rolesLeftEmpty, untouchedBySite } from './untouched.ts';

interface Switching {
  scope: LedgerScope;
  loaded: LoadedRelease;
  content: PreviewContent;
  releaseChange: ReleaseChange | undefined;
  now: SystemSnapshot;
  /** Retires what is held in any form, as a tune does; otherwise exactly what was signed. */
  again?: true;
}

/** Grants what is wanted: to people who hold what it replaces by a switch, and to the others as always. */
export async function grantOrSwitch(switching: Switching, wanted: WantedGrant[]): Promise<void> {
  const { scope, loaded, content, releaseChange, now, again } = switching;
  const pairs = rolePairs(loaded, content.system);
  if (pairs.length === 0) return grantAll(scope, wanted);
  const ledger = scope.ledger.all();
  const signed = signedRetirements(content, releaseChange);
  const others = await madeByOthers(scope, signed);
  const retirements = again
    ? toRetireAgain(scope.release, scope, content, signed, ledger, now, others)
    : toRetire(scope.release, scope, signed, ledger, now, others);
  const { units, plain, blocked } = switchesOf(wanted, pairs, retirements, now);
  await grantAll(scope, plain);
  const stays = await keptFrom(scope, units);
  const entryOf = todoOf(scope.release, scope, scope.ledger.all());
  const refused = [
    ...blocked,
    ...units.flatMap((unit) => {
      const why = whyItStays(unit, stays);
      return why === undefined ? [] : unit.grant.map((grant) => ({ grant, why }));
    }),
  ].map(({ grant, why }) => next(entryOf(grant).entry, scope.by, { did: 'refused', effect: 'grant', why }));
  await record(scope, refused);
  const open = units.filter((unit) => whyItStays(unit, stays) === undefined);
  if (open.length === 0) return;
  const entries = Map.groupBy(scope.ledger.all(), ({ account }) => account);
  for (const unit of open) {
    throwIfCancelled();
    await switchPerson(alone(scope, entries.get(unit.account) ?? []), unit);
  }
  scope.ledger.replace(await ledgerOf(scope.deps, scope.release, scope.system));
}

/** Of one person, whose entries alone are looked through. */
export const alone = (scope: LedgerScope, entries: LedgerEntry[]): LedgerScope => ({
  ...scope,
  uninterrupted: true,
  ledger: new CarriedEntries({ ...keyOf(scope.release), system: scope.system }, entries),
});

/** Old access that other packages or the site keep: why, by pair. */
async function keptFrom(scope: LedgerScope, units: SwitchUnit[]): Promise<ReadonlyMap<string, string>> {
  const all = units.flatMap(({ retire }) => retire);
  if (all.length === 0) return new Map();
  const held = all.flatMap(({ grants, ofOthers = [] }) => [...grants, ...ofOthers]);
  const claims = await claimsOn(scope, [...new Set(all.map(({ entry }) => entry.role))], [...new Set(held.flatMap(({ roleId }) => roleId ?? []))]);
  const { ofOthers, left } = ofOtherPackages(all, scope.release, claims, scope.by);
  const guarded = [...new Set(all.map(({ entry }) => entry.role))].filter(neverEmpty(scope.deps.site(), scope.system));
  const now = guarded.length === 0 ? { grants: [] } : await asking(scope.system, () => scope.connector.snapshot(guarded, [], undefined, [], true));
  const revoked = left.flatMap(({ grants }) => grants);
  const { settled } = sorted(left, scope.release, claims, scope.by, {
    untouched: untouchedBySite(scope),
    leftEmpty: await rolesLeftEmpty(scope, now, revoked),
  });
  return new Map(
    [...ofOthers, ...settled].map((fact) => [pairKey(fact), 'why' in fact.fact && fact.fact.why !== undefined ? fact.fact.why : 'it is no longer held']),
  );
}

function whyItStays({ retire }: SwitchUnit, stays: ReadonlyMap<string, string>): string | undefined {
  const kept = retire.find(({ entry }) => stays.has(pairKey(entry)));
  return kept && staysText(kept.entry.role, stays.get(pairKey(kept.entry)));
}

async function switchPerson(scope: LedgerScope, unit: SwitchUnit): Promise<void> {
  if (scope.connector.switch) {
    const why = await switchAtOnce(scope, { revoke: unit.retire, grant: unit.grant, restore: [], unlessClaimedBy: 'package', withinMs: unit.withinMs });
    if (why !== undefined) await refuse(scope, unit.grant, `${why}; nobody may hold it together with ${namesOf(unit.retire)}, which was left as it is`);
    return;
  }
  const old = new Set(unit.retire.map(({ entry }) => entry.role));
  const sinceMs = Date.now();
  await revokeAll(scope, unit.retire, 'package', { withinMs: unit.withinMs });
  const fact = openSwitches(scope.ledger.all())[0]?.fact ?? 0;
  await finish(scope, { account: unit.account, grant: unit.grant, sinceMs, untilMs: sinceMs + unit.withinMs, fact, old });
}

const namesOf = (retirements: Retirement[]): string => [...new Set(retirements.map(({ entry }) => `'${entry.role}'`))].join(' and ');

/** A person who is between two accesses. `old`: roles that go; `grant`: what comes, nothing where the release no longer grants it. */
interface Between extends LateSwitch {
  old: ReadonlySet<string>;
  grant: WantedGrant[];
}

/** Between two readings of what is not there yet, and before another attempt in a system that did not answer. */
export const pauseMs = 1_000;
const notSeen = 'the new access was granted, and is not there when it is read back';

/** Goes on until the new access is there or the old one is back. Past the time, people are notified, and the next attempt of the activity goes on. */
async function finish(scope: LedgerScope, between: Between): Promise<void> {
  let why = notSeen;
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1) scope.ledger.replace((await settledLedger(scope)).filter(({ account }) => account === between.account));
      const answer = await tried(scope, between, why);
      if (answer === 'switched') return await endAlarm(scope, between);
      if (answer !== 'notYet') return await giveBack(scope, between, answer.why);
      await sleep(pauseMs);
    } catch (error) {
      why = words(error);
      const isOver = Date.now() >= between.untilMs;
      if (isOver || needsAlarm(error)) await raiseAlarm(scope, between, why);
      if (isOver || !isRetried(error)) throw error;
      await sleep(Math.min(pauseMs * attempt, Math.max(1, between.untilMs - Date.now())));
    }
  }
}

/** `why`: what was last known; it is the reason where the time is over. */
async function tried(scope: LedgerScope, between: Between, why: string): Promise<'switched' | 'notYet' | { why: string }> {
  const notTaken = scope.ledger.all().find((entry) => entry.kind === 'retire' && between.old.has(entry.role) && entry.outcome === 'failed');
  if (notTaken) return { why: `'${notTaken.role}' could not be revoked: ${notTaken.why ?? 'no reason is known'}` };
  if (between.grant.length === 0) return { why: 'this release no longer grants it' };
  if (Date.now() >= between.untilMs) return { why };
  await grantAll(scope, missing(scope, between.grant));
  const refusal = refusalOf(scope, between.grant);
  if (refusal !== undefined) return { why: refusal };
  const { isNewThere, oldHeld } = standing({ grant: between.grant, old: ofOld(scope, between) }, await holding(scope, between.grant));
  if (oldHeld[0]) return { why: `somebody else has granted '${oldHeld[0].role}' again` };
  if (!isNewThere) return 'notYet';
  await record(scope, endSwitch(scope.ledger.all(), 'new', scope.by));
  return 'switched';
}

export const isRetried = (error: unknown): boolean => isFailure(error, 'SystemUnavailable') || isFailure(error, 'LedgerMoved');
const ofOld = ({ ledger }: LedgerScope, { old }: Between): LedgerEntry[] => ledger.all().filter(({ kind, role }) => kind === 'retire' && old.has(role));
/** Owed: what is gone with its role or its account is not. */
const takenOf = (scope: LedgerScope, between: Between): LedgerEntry[] =>
  ofOld(scope, between).filter(({ taken, switching, outcome }) => switching !== undefined && taken.length > 0 && outcome !== 'notRestored');

function refusalOf({ ledger }: LedgerScope, grants: WantedGrant[]): string | undefined {
  const pairs = new Set(grants.map(pairKey));
  return ledger.all().find((entry) => entry.kind === 'grant' && pairs.has(pairKey(entry)) && entry.outcome === 'failed')?.why;
}

/** Neither granted nor found yet. */
function missing({ ledger }: LedgerScope, grants: WantedGrant[]): WantedGrant[] {
  const done = new Set(
    ledger.all().flatMap((entry) => (entry.kind === 'grant' && (entry.made.length > 0 || entry.outcome === 'preexisting') ? [pairKey(entry)] : [])),
  );
  return grants.filter((grant) => !done.has(pairKey(grant)));
}

/** Who holds the roles of this switch now, under whatever names. */
export async function holding(scope: LedgerScope, grants: WantedGrant[]): Promise<SystemSnapshot> {
  const entries = scope.ledger.all();
  const roles = [...new Set([...entries, ...grants].map(({ role }) => role))];
  const ids = [...grants.map(({ roleId }) => roleId), ...entries.flatMap(({ taken, made }) => [...taken, ...made].map(({ roleId }) => roleId))];
  const known = [...new Set(ids.flatMap((id) => id ?? []))];
  const now = await asking(scope.system, () => scope.connector.snapshot(roles, [], undefined, known, true));
  if (now.standby) throw onStandby(scope.system);
  return now;
}

async function refuse(scope: LedgerScope, grants: WantedGrant[], why: string): Promise<void> {
  const entryOf = todoOf(scope.release, scope, scope.ledger.all());
  await record(
    scope,
    grants.map((grant) => next(entryOf(grant).entry, scope.by, { did: 'refused', effect: 'grant', why })),
  );
}

/** First what was granted goes, then what was taken comes back, and is read back. Nothing comes back beside what could not be revoked again. */
async function giveBack(scope: LedgerScope, between: Between, why: string): Promise<void> {
  const made = madeOf(scope, between);
  await revokeAll(
    scope,
    made.map((entry) => ({ entry, grants: entry.made })),
    'package',
  );
  const [left] = madeOf(scope, between);
  if (left) return tell(scope, between, `${why}; '${left.role}' could not be revoked again: ${left.why ?? 'no reason is known'}`);
  const taken = takenOf(scope, between);
  await restoreAll(
    scope,
    taken.map((entry) => ({ entry, grants: entry.taken })),
    [],
  );
  const [still] = takenOf(scope, between);
  if (still) return tell(scope, between, `${why}; '${still.role}' could not be given back: ${still.why ?? 'no reason is known'}`);
  const { oldHeld } = standing({ grant: [], old: taken }, await holding(scope, between.grant));
  const notBack = taken.find(
    ({ role }) => !oldHeld.some((entry) => entry.role === role) && ofOld(scope, between).some((one) => one.role === role && one.outcome === 'restored'),
  );
  if (notBack) return tell(scope, between, `${why}; '${notBack.role}' was given back, and is not there when it is read back`);
  const back = taken.length === 0 ? '' : `; ${[...new Set(taken.map(({ role }) => `'${role}'`))].join(' and ')} was given back`;
  await refuse(scope, between.grant, `${why}${back}`);
  await record(scope, endSwitch(scope.ledger.all(), 'old', scope.by));
  await endAlarm(scope, between);
}

function madeOf({ ledger }: LedgerScope, { grant }: Between): LedgerEntry[] {
  const pairs = new Set(grant.map(pairKey));
  return ledger.all().filter((entry) => entry.kind === 'grant' && entry.made.length > 0 && pairs.has(pairKey(entry)));
}

/** A person decides: the system allows neither. */
async function tell(scope: LedgerScope, between: Between, why: string): Promise<void> {
  await refuse(scope, between.grant, why);
  await raiseAlarm(scope, between, why);
}

/**
 * People whom an earlier attempt left between two accesses, before anything else is done: they are switched, or given back what they had. `wanted`: what the
 * release grants now.
 */
export async function endOpenSwitches(scope: LedgerScope, wanted: WantedGrant[]): Promise<void> {
  const ledger = scope.ledger.all();
  const open = openSwitches(ledger.filter(({ kind }) => kind === 'retire'));
  if (open.length === 0) return;
  const [entries, dropped] = [Map.groupBy(ledger, ({ account }) => account), droppedRoles(ledger)];
  for (const { taken, ...one } of open) {
    const own = entries.get(one.account) ?? [];
    const isWithdrawn = new Set(own.flatMap((entry) => (entry.kind === 'grant' && entry.withdrawn ? [entry.role] : [])));
    const grant = wanted.filter((each) => each.account === one.account && !dropped.has(each.role) && !isWithdrawn.has(each.role));
    await finish(alone(scope, own), { ...one, grant, old: new Set(taken.map(({ role }) => role)) });
  }
  scope.ledger.replace(await ledgerOf(scope.deps, scope.release, scope.system));
}

/** By the ledger alone, before the system is asked, which may be down. */
export async function alarmIfOverdue(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<void> {
  for (const one of openSwitches(await ledgerOf(deps, release, system)))
    if (Date.now() >= one.untilMs) await raiseAlarm({ deps, release, system, by: markOfRelease }, one, 'the work was interrupted, and goes on now');
}

/** The release may grant nothing any more, and people are between two accesses: they get back what they had. */
export async function giveBackWhatWasTaken(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<void> {
  if (openSwitches(await ledgerOf(deps, release, system)).length === 0) return;
  const loaded = await loadRelease(deps, release);
  const connector = await openToUndo(deps, loaded.plan, system);
  const scope = await withLedger({ deps, release, connector, system, place: await placeOf(connector, system), by: markOfRelease });
  await endOpenSwitches(scope, []);
}
