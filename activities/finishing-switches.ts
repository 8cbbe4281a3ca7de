/** Finishes the switch of one person, step by step, from what they really hold (domain/release/switching.ts, nextStep). */
import { setTimeout as sleep } from 'node:timers/promises';
import { CarriedEntries } from '../domain/release/carried.ts';
import { next } from '../domain/release/facts.ts';
import { todoOf, type WantedGrant } from '../domain/release/granting.ts';
import { byIdentity, identified, keyOf, pairKey, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { endSwitch, nextStep, type Between } from '../domain/release/switching.ts';
import type { SystemSnapshot } from '../connectors/connector.ts';
import { grantAll, record, restoreAll, revokeAll, settledLedger, type LedgerScope } from './effects.ts';
import { asking, isFailure, onStandby, words } from './failures.ts';
import { endAlarm, needsAlarm, raiseAlarm, type LateSwitch } from './switch-alarm.ts';

/** Of one person, whose entries alone are looked through. */
export const alone = (scope: LedgerScope, entries: LedgerEntry[]): LedgerScope => ({
  ...scope,
  uninterrupted: true,
  ledger: new CarriedEntries({ ...keyOf(scope.release), system: scope.system }, entries),
});

/** A person who is between two accesses. */
export interface OfPerson extends LateSwitch {
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
export async function finish(scope: LedgerScope, of: OfPerson): Promise<void> {
  const refused: Refused = {};
  let hasBrought = false;
  await untilEnded(scope, of, async (isOver) => {
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
        return 'goesOn';
      case 'undo':
        if (at.oldHeld[0]) refused.bring ??= grantedAgain(at.oldHeld[0]);
        refused.undo = await undone(scope, of);
        return 'goesOn';
      case 'bringBack':
        refused.bringBack = await broughtBack(scope, of, at.owed);
        return 'goesOn';
      case 'end':
        await record(scope, endSwitch(scope.ledger.all(), 'new', scope.by));
        await endAlarm(scope, of);
        return 'ended';
      case 'endBack':
        await refuse(scope, of.grant, whyBack(scope, of, at, refused, isOver));
        await record(scope, endSwitch(scope.ledger.all(), 'old', scope.by));
        await endAlarm(scope, of);
        return 'ended';
      case 'alarm': {
        const why = [reasonOf(scope, of, refused, isOver), refused.undo, refused.bringBack ?? notBack(scope, of)]
          .filter((part) => part !== undefined)
          .join('; ');
        await refuse(scope, of.grant, why);
        await raiseAlarm(scope, of, why, {
          holds: at.from === 'none' && at.to !== 'some' ? 'neither' : at.to === 'none' ? 'part' : 'both',
          isRetried: false,
        });
        return 'ended';
      }
    }
  });
}

/**
 * Takes one step after the other until one says that the switch has ended. After a failure that may pass, the ledger is read anew and the next attempt is made, until
 * the time of the switch is over; then people are told, and the activity fails, to be tried again. They are told at once where nobody tries again.
 */
export async function untilEnded(scope: LedgerScope, of: LateSwitch, takeStep: (isOver: boolean) => Promise<'ended' | 'goesOn'>): Promise<void> {
  const isOverNow = () => Date.now() >= of.untilMs;
  let isStale = false;
  for (let attempt = 1; ; attempt++) {
    try {
      if (isStale) scope.ledger.replace((await settledLedger(scope)).filter(({ account }) => account === of.account));
      isStale = false;
      if ((await takeStep(isOverNow())) === 'ended') return;
    } catch (error) {
      isStale = true;
      const isOver = isOverNow();
      if (isOver || needsAlarm(error)) await raiseAlarm(scope, of, words(error), { holds: 'mayBeNeither', isRetried: !needsAlarm(error) });
      if (isOver || !isRetried(error)) throw error;
      await sleep(Math.min(pauseMs * attempt, Math.max(1, of.untilMs - Date.now())));
    }
  }
}

const isRetried = (error: unknown): boolean => isFailure(error, 'SystemUnavailable') || isFailure(error, 'LedgerMoved');
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

export async function refuse(scope: LedgerScope, grants: WantedGrant[], why: string): Promise<void> {
  const entryOf = todoOf(scope.release, scope, scope.ledger.all());
  await record(
    scope,
    grants.map((grant) => next(entryOf(grant).entry, scope.by, { did: 'refused', effect: 'grant', why })),
  );
}
