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
import { signedGrants, todoOf, type WantedGrant } from '../domain/release/granting.ts';
import { byIdentity, droppedRoles, identified, keyOf, pairKey, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import { ofOtherPackages, signedRetirements, sorted, toRetire, toRetireAgain, type Retirement } from '../domain/release/retiring.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { endSwitch, nextStep, openSwitches, staysText, switchesOf, type Between, type RolePair, type SwitchUnit } from '../domain/release/switching.ts';
import { neverEmpty } from '../domain/site/rights.ts';
import type { SystemSnapshot } from '../connectors/connector.ts';
import type { ReleaseRef } from './contract.ts';
import { openToUndo, type ActivityDeps } from './deps.ts';
import { grantAll, placeOf, record, restoreAll, revokeAll, settledLedger, switchAtOnce, throwIfCancelled, withLedger, type LedgerScope } from './effects.ts';
import { asking, isFailure, onStandby, words } from './failures.ts';
import { claimsOn, ledgerOf } from './readings.ts';
import { contentOf, loadRelease, type LoadedRelease } from './release.ts';
import { madeByOthers } from './retiring.ts';
import { rolePairs } from './role-pairs.ts';
import { endAlarm, endAlarmsOfNow, needsAlarm, raiseAlarm, type LateSwitch } from './switch-alarm.ts';
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
  const old = unit.retire.map(({ entry }) => entry.role);
  const sinceMs = Date.now();
  await revokeAll(scope, unit.retire, 'package', { withinMs: unit.withinMs });
  const fact = openSwitches(scope.ledger.all())[0]?.fact ?? 0;
  await finish(scope, { account: unit.account, grant: unit.grant, all: unit.grant, sinceMs, untilMs: sinceMs + unit.withinMs, fact, old });
}

const namesOf = (retirements: Retirement[]): string => [...new Set(retirements.map(({ entry }) => `'${entry.role}'`))].join(' and ');

/** A person who is between two accesses. */
interface OfPerson extends LateSwitch {
  /** Roles that go. */
  old: string[];
  /** All that replaces them by what was signed. */
  all: WantedGrant[];
  /** Of these, what the release still grants. */
  grant: WantedGrant[];
}

/** Between two readings of what is not there yet, and before another attempt in a system that did not answer. */
export const pauseMs = 1_000;
const notSeen = 'the new access was granted, and is not there when it is read back';

/** What the system refused to do in this attempt, by step; in its words. */
interface Refused {
  bring?: string | undefined;
  undo?: string | undefined;
  bringBack?: string | undefined;
}

/** One step after the other until the new access is there or the old one is back, each from what is really held. Past the time, people are notified, and the next attempt of the activity goes on. */
async function finish(scope: LedgerScope, of: OfPerson): Promise<void> {
  const refused: Refused = {};
  let [isStale, hasBrought] = [false, false];
  for (let attempt = 1; ; attempt++) {
    try {
      if (isStale) scope.ledger.replace((await settledLedger(scope)).filter(({ account }) => account === of.account));
      isStale = false;
      const isOver = Date.now() >= of.untilMs;
      const at = standingOf(scope, of, await holding(scope, of.all));
      const may = { mayUndo: refused.undo === undefined, mayBring: of.grant.length > 0 && refused.bring === undefined };
      const mayBringBack = at.owed.length > 0 && refused.bringBack === undefined;
      const step = nextStep({ ...at, ...may, mayBringBack, isOver });
      switch (step) {
        case 'bring':
          if (hasBrought && isOver) refused.bring = notSeen;
          else {
            if (hasBrought) await sleep(pauseMs);
            refused.bring = await brought(scope, at.missing);
            hasBrought = true;
          }
          break;
        case 'undo':
          if (at.oldHeld[0]) refused.bring ??= grantedAgain(at.oldHeld[0]);
          refused.undo = await undone(scope, of);
          break;
        case 'bringBack':
          refused.bringBack = await broughtBack(scope, of, at.owed);
          break;
        case 'end':
          await record(scope, endSwitch(scope.ledger.all(), 'new', scope.by));
          return await endAlarm(scope, of);
        case 'endBack':
          await refuse(scope, of.grant, whyBack(scope, of, at, refused, isOver));
          await record(scope, endSwitch(scope.ledger.all(), 'old', scope.by));
          return await endAlarm(scope, of);
        case 'alarm': {
          const why = [reasonOf(scope, of, refused, isOver), refused.undo, refused.bringBack ?? notBack(scope, of)]
            .filter((part) => part !== undefined)
            .join('; ');
          await refuse(scope, of.grant, why);
          return await raiseAlarm(scope, of, why, {
            holds: at.from === 'none' && at.to !== 'some' ? 'neither' : at.to === 'none' ? 'part' : 'both',
            isRetried: false,
          });
        }
      }
    } catch (error) {
      isStale = true;
      const isOver = Date.now() >= of.untilMs;
      if (isOver || needsAlarm(error)) await raiseAlarm(scope, of, words(error), { holds: 'mayBeNeither', isRetried: !needsAlarm(error) });
      if (isOver || !isRetried(error)) throw error;
      await sleep(Math.min(pauseMs * attempt, Math.max(1, of.untilMs - Date.now())));
    }
  }
}

export const isRetried = (error: unknown): boolean => isFailure(error, 'SystemUnavailable') || isFailure(error, 'LedgerMoved');
const ofOld = ({ ledger }: LedgerScope, { old }: OfPerson): LedgerEntry[] => ledger.all().filter(({ kind, role }) => kind === 'retire' && old.includes(role));
/** What is gone with its role or its account is not owed. */
const isOwed = ({ taken, switching, outcome }: LedgerEntry): boolean => switching !== undefined && taken.length > 0 && outcome !== 'notRestored';

/** By the pairs of roles, and not by what the release grants at the moment: what was granted before must not stand beside what comes back. */
function madeOf({ ledger }: LedgerScope, { all }: OfPerson): LedgerEntry[] {
  const roles = new Set(all.map(({ role }) => role));
  return ledger.all().filter((entry) => entry.kind === 'grant' && entry.made.length > 0 && roles.has(entry.role));
}

interface StandingOfPerson extends Pick<Between, 'from' | 'to' | 'isOurs'> {
  oldHeld: Held[];
  owed: LedgerEntry[];
  missing: WantedGrant[];
}

function standingOf(scope: LedgerScope, of: OfPerson, now: SystemSnapshot): StandingOfPerson {
  const held = byIdentity(now.grants);
  const ids = new Map(now.roles.map(({ role, id }) => [role, id]));
  const entries = ofOld(scope, of);
  const oldHeld = of.old.flatMap((role) => {
    const entry = entries.find((one) => one.role === role);
    const known = entry ? [...entry.taken, ...entry.made, ...entry.pending.flatMap(({ grants }) => grants)] : [];
    if (entry && known.length > 0) return held(identified(entry, known));
    return held({ role, account: of.account, roleId: ids.get(role), accountId: of.all[0]?.accountId });
  });
  const owed = entries.filter(isOwed);
  const made = madeOf(scope, of);
  const withdrawn = new Set(scope.ledger.all().flatMap((entry) => (entry.kind === 'grant' && entry.withdrawn ? [pairKey(entry)] : [])));
  const isThere = (grant: WantedGrant) => held(grant).length > 0;
  const signed = of.all.filter((grant) => !withdrawn.has(pairKey(grant)) || isThere(grant));
  const isSome = of.all.some(isThere);
  return {
    oldHeld,
    owed,
    from: oldHeld.length === 0 ? 'none' : owed.length === 0 ? 'all' : 'some',
    to: signed.length > 0 && signed.every(isThere) ? 'all' : isSome ? 'some' : made.length > 0 ? 'unseen' : 'none',
    isOurs: made.length > 0,
    missing: of.grant.filter((grant) => !isThere(grant) && !made.some((entry) => pairKey(entry) === pairKey(grant))),
  };
}

/** Answers why the system refused; undefined: it did not. */
async function brought(scope: LedgerScope, missing: WantedGrant[]): Promise<string | undefined> {
  await grantAll(scope, missing);
  const pairs = new Set(missing.map(pairKey));
  return scope.ledger.all().find((entry) => entry.kind === 'grant' && pairs.has(pairKey(entry)) && entry.outcome === 'failed')?.why;
}

async function undone(scope: LedgerScope, of: OfPerson): Promise<string | undefined> {
  await revokeAll(
    scope,
    madeOf(scope, of).map((entry) => ({ entry, grants: entry.made })),
    'package',
  );
  const [left] = madeOf(scope, of);
  return left && `'${left.role}' could not be revoked again: ${left.why ?? 'no reason is known'}`;
}

async function broughtBack(scope: LedgerScope, of: OfPerson, owed: LedgerEntry[]): Promise<string | undefined> {
  await restoreAll(
    scope,
    owed.map((entry) => ({ entry, grants: entry.taken })),
    [],
  );
  const [still] = ofOld(scope, of).filter(isOwed);
  return still && `'${still.role}' could not be given back: ${still.why ?? 'no reason is known'}`;
}

/** Why the old access does not come back: it went with its role, or it was given back and is not there. */
function notBack(scope: LedgerScope, of: OfPerson): string | undefined {
  const lost = ofOld(scope, of).find(({ switching }) => switching !== undefined);
  if (!lost) return undefined;
  if (lost.outcome === 'notRestored') return `'${lost.role}' could not be given back: ${lost.why ?? 'it is gone'}`;
  return lost.outcome === 'restored' ? `'${lost.role}' was given back, and is not there when it is read back` : undefined;
}

/** Why the new access does not come. */
function reasonOf(scope: LedgerScope, of: OfPerson, { bring }: Refused, isOver: boolean): string | undefined {
  const notTaken = ofOld(scope, of).find(({ outcome }) => outcome === 'failed');
  if (notTaken) return `'${notTaken.role}' could not be revoked: ${notTaken.why ?? 'no reason is known'}`;
  if (bring !== undefined) return bring;
  if (of.grant.length === 0) return 'this release no longer grants it';
  return isOver ? 'the time that the plan allows for it is over' : undefined;
}

const grantedAgain = ({ role }: { role: string }): string => `somebody else has granted '${role}' again`;

/** Of what is really held: what this release gave back, and what somebody else did. */
function whyBack(scope: LedgerScope, of: OfPerson, { oldHeld }: StandingOfPerson, refused: Refused, isOver: boolean): string {
  const back = new Set(ofOld(scope, of).flatMap(({ role, outcome }) => (outcome === 'restored' ? [role] : [])));
  const theirs = oldHeld.find(({ role }) => !back.has(role));
  const names = [...back].map((role) => `'${role}'`).join(' and ');
  const hasFailed = ofOld(scope, of).some(({ outcome }) => outcome === 'failed');
  const parts = [
    reasonOf(scope, of, refused, isOver),
    refused.bringBack,
    ...(names === '' ? [] : [`${names} was given back`]),
    ...(theirs && !hasFailed && refused.bring !== grantedAgain(theirs) ? [grantedAgain(theirs)] : []),
  ];
  return parts.filter((part) => part !== undefined).join('; ');
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

/** What people may be switched to, and what the release grants now. */
export interface Signed {
  pairs: readonly RolePair[];
  /** Of everybody whom the preview names, whether or not the release still grants it. */
  signed: WantedGrant[];
  wanted: WantedGrant[];
}

/** People whom an earlier attempt left between two accesses, before anything else is done: they are switched, or given back what they had. */
export async function endOpenSwitches(scope: LedgerScope, { pairs, signed, wanted }: Signed): Promise<void> {
  const ledger = scope.ledger.all();
  const open = openSwitches(ledger.filter(({ kind }) => kind === 'retire'));
  await endAlarmsOfNow(scope, ledger);
  if (open.length === 0) return;
  const [entries, dropped] = [Map.groupBy(ledger, ({ account }) => account), droppedRoles(ledger)];
  for (const { taken, ...one } of open) {
    const own = entries.get(one.account) ?? [];
    const roles = replacing(
      pairs,
      taken.map(({ role }) => role),
    );
    const isOwn = ({ role, account }: { role: string; account: string }) => account === one.account && roles.new.has(role);
    const isWithdrawn = new Set(own.flatMap((entry) => (entry.kind === 'grant' && entry.withdrawn ? [entry.role] : [])));
    const grant = wanted.filter((each) => isOwn(each) && !dropped.has(each.role) && !isWithdrawn.has(each.role));
    const named = new Map([...own.filter(({ kind }) => kind === 'grant').map(asWanted), ...signed, ...wanted].filter(isOwn).map((each) => [each.role, each]));
    await finish(alone(scope, own), { ...one, grant, all: [...named.values()], old: [...roles.old] });
  }
  scope.ledger.replace(await ledgerOf(scope.deps, scope.release, scope.system));
}

const asWanted = (entry: LedgerEntry): WantedGrant => {
  const [grant] = [...entry.made, ...entry.found];
  const { role, account, person } = entry;
  return {
    role,
    account,
    person,
    ...(grant?.roleId === undefined ? {} : { roleId: grant.roleId }),
    ...(grant?.accountId === undefined ? {} : { accountId: grant.accountId }),
  };
};

/** What replaces these roles, and everything that it replaces. */
function replacing(pairs: readonly RolePair[], taken: string[]): { old: ReadonlySet<string>; new: ReadonlySet<string> } {
  const news = new Set(pairs.flatMap((pair) => (taken.includes(pair.old) ? [pair.new] : [])));
  return { old: new Set([...taken, ...pairs.flatMap((pair) => (news.has(pair.new) ? [pair.old] : []))]), new: news };
}

/** By the ledger alone, before the system is asked, which may be down. */
export async function alarmIfOverdue(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<void> {
  for (const one of openSwitches(await ledgerOf(deps, release, system)))
    if (Date.now() >= one.untilMs)
      await raiseAlarm({ deps, release, system, by: markOfRelease }, one, 'The work was interrupted, and goes on now', {
        holds: 'mayBeNeither',
        isRetried: true,
      });
}

/** The release may grant nothing any more, and people are between two accesses: they get back what they had, unless they have the new access already. */
export async function giveBackWhatWasTaken(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<void> {
  if (openSwitches(await ledgerOf(deps, release, system)).length === 0) return;
  const loaded = await loadRelease(deps, release);
  const connector = await openToUndo(deps, loaded.plan, system);
  const scope = await withLedger({ deps, release, connector, system, place: await placeOf(connector, system), by: markOfRelease });
  const content = contentOf(loaded, system);
  await endOpenSwitches(scope, { pairs: rolePairs(loaded, system), signed: signedGrants(content), wanted: [] });
}

/**
 * Nobody tries again after this failure: people who are between two accesses get back what they had, or people are notified of them. What it does not end is
 * tried with the next tune or rollback.
 */
export async function endAfterFailure(deps: ActivityDeps, release: ReleaseRef, system: string, failure: unknown): Promise<void> {
  // Another workflow's call changes nothing, and what is incomplete has been told.
  if (!needsAlarm(failure) || isFailure(failure, 'WrongWorkflow') || isFailure(failure, 'Incomplete')) return;
  try {
    await giveBackWhatWasTaken(deps, release, system);
  } catch (error) {
    for (const one of openSwitches(await ledgerOf(deps, release, system)))
      await raiseAlarm({ deps, release, system, by: markOfRelease }, one, `${words(failure)}. It could not be given back: ${words(error)}`, {
        holds: 'mayBeNeither',
        isRetried: false,
      });
  }
}
