/**
 * Undoes switches, one person after the other: what the release granted goes, and what it took comes back. If that does not come, the person gets again what was
 * granted. Nobody ever holds both; what could not be undone is in the receipt, and the person is not touched by anything else of the rollback.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inOrder } from '../domain/release/facts.ts';
import { signedGrants, type WantedGrant } from '../domain/release/granting.ts';
import { byIdentity, identified, pairKey, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import type { Undo } from '../domain/release/rollback.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { endSwitch, nextStep, openSwitches, standing, type Between, type RolePair } from '../domain/release/switching.ts';
import type { SystemSnapshot } from '../connectors/connector.ts';
import { grantAll, record, restoreAll, revokeAll, switchAtOnce, throwIfCancelled, type LedgerScope } from './effects.ts';
import { ledgerOf } from './readings.ts';
import { endAlarm, raiseAlarm, type LateSwitch } from './switch-alarm.ts';
import { alone, holding, pauseMs, untilEnded } from './finishing-switches.ts';

interface Undone {
  entry: LedgerEntry;
  grants: Held[];
}

/** One person: first all of `revoke` goes, then all of `restore` comes back. */
interface Reverse {
  account: string;
  revoke: Undone[];
  restore: Undone[];
  withinMs: number;
  /** An attempt that was killed began it, or the release itself left the person between the two. The new roles, then. */
  open?: ReadonlySet<string>;
}

/** Undoes the switches among these entries, and answers which of the entries are dealt with: nothing else may be done about them now. */
export async function switchBack(
  scope: LedgerScope,
  content: PreviewContent,
  pairs: readonly RolePair[],
  entries: LedgerEntry[],
  decide: (entry: LedgerEntry) => Undo,
  owners: LedgerEntry[],
): Promise<ReadonlySet<string>> {
  const dealtWith = new Set<string>();
  if (pairs.length === 0) return dealtWith;
  const { units, kept } = reverses(entries, pairs, decide, scope.ledger.all());
  await record(
    scope,
    kept.flatMap(({ entry, why }) => inOrder(entry, scope.by, [{ did: 'notRestored', why }])),
  );
  for (const { entry } of kept) dealtWith.add(entryKey(entry));
  if (units.length === 0) return dealtWith;
  const own = Map.groupBy(scope.ledger.all(), ({ account }) => account);
  for (const unit of units) {
    throwIfCancelled();
    await switchPersonBack(alone(scope, own.get(unit.account) ?? []), content, unit, owners);
    for (const { entry } of [...unit.revoke, ...unit.restore]) dealtWith.add(entryKey(entry));
  }
  scope.ledger.replace(await ledgerOf(scope.deps, scope.release, scope.system));
  return dealtWith;
}

export const entryKey = ({ kind, role, account }: Pick<LedgerEntry, 'kind' | 'role' | 'account'>): string => JSON.stringify([kind, role, account]);

/** `kept`: old access that does not come back, because the new access stays. */
function reverses(entries: LedgerEntry[], pairs: readonly RolePair[], decide: (entry: LedgerEntry) => Undo, ledger: LedgerEntry[]) {
  const units: Reverse[] = [];
  const kept: { entry: LedgerEntry; why: string }[] = [];
  const [news, olds] = [new Set(pairs.map((pair) => pair.new)), new Set(pairs.map(({ old }) => old))];
  const concerned = entries.filter(({ kind, role }) => (kind === 'grant' ? news : olds).has(role));
  const asked = new Set(concerned.map(entryKey));
  const beside = Map.groupBy(
    ledger.filter((entry) => entry.kind === 'grant' && entry.made.length > 0 && news.has(entry.role) && !asked.has(entryKey(entry))),
    ({ account }) => account,
  );
  for (const [account, own] of Map.groupBy(concerned, (entry) => entry.account)) {
    const back = own.flatMap((entry): Undone[] => {
      const decision = entry.kind === 'retire' ? decide(entry) : undefined;
      return decision?.do === 'restore' ? [{ entry, grants: decision.grants }] : [];
    });
    if (back.length === 0) continue;
    const ofPerson = pairs.filter((pair) => back.some(({ entry }) => entry.role === pair.old && !pair.lets(entry.person)));
    const granted = own.filter(({ kind, role }) => kind === 'grant' && ofPerson.some((pair) => pair.new === role));
    const stays =
      granted.find((entry) => staying.has(decide(entry).do) || (entry.outcome === 'kept' && entry.granted)) ??
      beside.get(account)?.find(({ role }) => ofPerson.some((pair) => pair.new === role));
    if (stays) {
      for (const { entry } of back) kept.push({ entry, why: `'${stays.role}' stays, and nobody may hold both` });
      continue;
    }
    const isOpen = [...granted, ...back.map(({ entry }) => entry)].some(({ switching }) => switching !== undefined);
    const revoke = granted.flatMap((entry): Undone[] => {
      const decision = decide(entry);
      if (decision.do === 'revoke') return [{ entry, grants: decision.grants }];
      return entry.switching === undefined ? [] : [{ entry, grants: [] }];
    });
    if (revoke.length === 0 && !isOpen) continue;
    const open = isOpen ? { open: new Set(ofPerson.map((pair) => pair.new)) } : {};
    units.push({ account, revoke, restore: back, withinMs: Math.min(...ofPerson.map(({ withinMs }) => withinMs)), ...open });
  }
  return { units, kept };
}

/** It is still held, and not revoked now. */
const staying: ReadonlySet<Undo['do']> = new Set<Undo['do']>(['claimed', 'letBe', 'byHand', 'ask']);

async function switchPersonBack(scope: LedgerScope, content: PreviewContent, unit: Reverse, all: LedgerEntry[]): Promise<void> {
  const { revoke, restore, withinMs, open } = unit;
  const pairs = new Set(restore.map(({ entry }) => pairKey(entry)));
  const owners = all.filter((entry) => pairs.has(pairKey(entry)));
  // Access that came from another release has two ledgers to be written: the two steps know how.
  if (scope.connector.switch && owners.length === 0 && !open) {
    const why = await switchAtOnce(scope, { revoke, grant: [], restore, unlessClaimedBy: 'release', withinMs });
    if (why !== undefined) await notSwitched(scope, revoke, why);
    return;
  }
  const sinceMs = Date.now();
  await revokeAll(
    scope,
    revoke.filter(({ grants }) => grants.length > 0),
    'release',
    { withinMs },
  );
  const [begun] = openSwitches(scope.ledger.all());
  const wanted = signedGrants({ ...content, people: content.people.filter(({ account }) => account === unit.account) });
  await finishBack(scope, {
    unit,
    owners,
    again: wanted.filter((grant) => open?.has(grant.role) || revoke.some(({ entry }) => pairKey(entry) === pairKey(grant))),
    restored: new Map(),
    late: begun ?? { account: unit.account, sinceMs, untilMs: sinceMs + withinMs, fact: 0 },
  });
}

interface Returning {
  unit: Reverse;
  /** Of other releases, on what is restored. */
  owners: LedgerEntry[];
  /** What was revoked, as it was signed: it is granted again where the old access does not come back. */
  again: WantedGrant[];
  /** What this attempt restored, as it is held now, by entry. */
  restored: Map<string, Held[]>;
  late: LateSwitch;
}

/** As for a switch from old to new access: one step after the other, each from what is really held. */
async function finishBack(scope: LedgerScope, of: Returning): Promise<void> {
  const { late } = of;
  const refused: { bring?: string | undefined; undo?: string | undefined; bringBack?: string | undefined } = {};
  let hasBrought = false;
  await untilEnded(scope, late, async (isOver) => {
    const at = standingBack(scope, of, await holding(scope, of.again), refused.bring !== undefined);
    const step = nextStep({
      ...at,
      mayUndo: refused.undo === undefined,
      mayBring: refused.bring === undefined && (at.owed.length > 0 || at.to === 'unseen'),
      mayBringBack: refused.bringBack === undefined && at.lost.length > 0 && !at.isNowhere,
      // However late: what was approved is tried before the new access comes back.
      isOver: isOver && hasBrought,
    });
    const why = refused.bring ?? notRevoked(scope, of) ?? `'${of.again[0]?.role}' is held by a grant of somebody else, and nobody may hold both`;
    switch (step) {
      case 'bring':
        if (hasBrought && isOver) refused.bring = 'it was restored, and is not there when it is read back';
        else {
          if (hasBrought) await sleep(pauseMs);
          refused.bring = await brought(scope, of, at.owed);
          hasBrought = true;
        }
        return 'goesOn';
      case 'undo':
        refused.bring ??= at.from === 'none' ? 'the time that the plan allows for it is over' : why;
        refused.undo = await undone(scope, of);
        return 'goesOn';
      case 'bringBack':
        refused.bringBack = await broughtBack(scope, at.lost);
        return 'goesOn';
      case 'end':
        await record(scope, endSwitch(scope.ledger.all(), 'old', scope.by));
        await endAlarm(scope, late);
        return 'ended';
      case 'endBack':
        await staysNew(scope, of, at.owed, why);
        await endAlarm(scope, late);
        return 'ended';
      case 'alarm':
        // The old access went with its role, and that is what the receipt says.
        if (at.isNowhere) await record(scope, endSwitch(scope.ledger.all(), 'neither', scope.by));
        await raiseAlarm(scope, late, whyNeither(scope, of, at.isNowhere, [why, refused.undo, refused.bringBack]), {
          holds: at.to === 'some' || at.from === 'some' ? 'part' : 'neither',
          isRetried: false,
        });
        return 'ended';
    }
  });
}

const now = ({ ledger }: LedgerScope, { entry }: Undone): LedgerEntry => ledger.all().find((one) => entryKey(one) === entryKey(entry)) ?? entry;

interface StandingBack extends Pick<Between, 'from' | 'to' | 'isOurs'> {
  owed: Undone[];
  lost: WantedGrant[];
  /** None of the old access can ever come back. */
  isNowhere: boolean;
}

/** `from`: the new access; `to`: the old one. */
function standingBack(scope: LedgerScope, { unit, again, restored }: Returning, snapshot: Pick<SystemSnapshot, 'grants'>, isRefused: boolean): StandingBack {
  const held = byIdentity(snapshot.grants);
  // What this release never granted is not granted by a rollback.
  const isGone = new Set(scope.ledger.all().flatMap((entry) => (entry.kind === 'grant' && entry.granted && entry.made.length === 0 ? [pairKey(entry)] : [])));
  const lost = again.filter((grant) => held(grant).length === 0);
  const asked = unit.restore.filter((one) => now(scope, one).outcome !== 'notRestored');
  const back = asked.filter(({ entry, grants }) => held(identified(entry, grants)).length > 0);
  const owed = asked.filter((one) => now(scope, one).taken.length > 0).map(({ entry, grants }) => ({ entry: now(scope, { entry, grants }), grants }));
  const isOurs = restored.size > 0;
  const isBack = asked.length > 0 && back.length === asked.length && (owed.length === 0 || isRefused);
  return {
    from: lost.length === again.length ? 'none' : lost.length > 0 ? 'some' : 'all',
    to: isBack ? 'all' : back.length > 0 ? 'some' : isOurs ? 'unseen' : 'none',
    isOurs,
    owed,
    lost: lost.filter((grant) => isGone.has(pairKey(grant))),
    isNowhere: asked.length === 0,
  };
}

function notRevoked(scope: LedgerScope, { unit }: Returning): string | undefined {
  const left = unit.revoke.map((one) => now(scope, one)).find(({ made }) => made.length > 0);
  return left && `'${left.role}' could not be revoked: ${left.why ?? 'no reason is known'}`;
}

function whyNeither(scope: LedgerScope, { unit }: Returning, isNowhere: boolean, reasons: (string | undefined)[]): string {
  if (!isNowhere) return reasons.filter((reason) => reason !== undefined).join('; ');
  return unit.restore.map((one) => `'${one.entry.role}' could not be restored: ${now(scope, one).why ?? 'it is gone'}`).join('; ');
}

async function brought(scope: LedgerScope, { owners, restored }: Returning, owed: Undone[]): Promise<string | undefined> {
  await restoreAll(scope, owed, owners, (entry, as) => void (as.length > 0 && restored.set(entryKey(entry), as)));
  const still = owed.map((one) => now(scope, one)).find(({ taken, outcome }) => taken.length > 0 && outcome !== 'notRestored');
  return still && `'${still.role}' could not be restored: ${still.why ?? 'no reason is known'}`;
}

/** What this attempt restored goes again, and is owed as before. */
async function undone(scope: LedgerScope, { unit, restored }: Returning): Promise<string | undefined> {
  const ours = unit.restore
    .map((one) => ({ entry: now(scope, one), grants: restored.get(entryKey(one.entry)) ?? [] }))
    .filter(({ grants }) => grants.length > 0);
  await revokeAll(scope, ours, 'package');
  const left = ours.map((one) => now(scope, one)).find(({ outcome }) => outcome === 'failed');
  if (left) return `'${left.role}' could not be revoked again: ${left.why ?? 'no reason is known'}`;
  restored.clear();
  return undefined;
}

async function broughtBack(scope: LedgerScope, lost: WantedGrant[]): Promise<string | undefined> {
  await grantAll(scope, lost);
  const { isNewThere } = standing({ grant: lost, old: [] }, await holding(scope, lost));
  if (isNewThere) return undefined;
  const pairs = new Set(lost.map(pairKey));
  const why = scope.ledger.all().find((entry) => entry.kind === 'grant' && pairs.has(pairKey(entry)) && entry.outcome === 'failed')?.why;
  return `what was revoked could not be granted again${why === undefined ? '' : `: ${why}`}`;
}

/** The person keeps the new access. What of it is this release's is still to be rolled back; somebody else's is not, and the old access does not come beside it. */
async function staysNew(scope: LedgerScope, { unit, again }: Returning, owed: Undone[], why: string): Promise<void> {
  const kept = again.flatMap((grant) =>
    scope.ledger.all().filter((entry) => entry.kind === 'grant' && entry.made.length > 0 && pairKey(entry) === pairKey(grant)),
  );
  if (kept.length > 0) await notSwitched(scope, unit.revoke, why);
  else
    await record(
      scope,
      owed.flatMap(({ entry }) => inOrder(entry, scope.by, [{ did: 'notRestored', why }])),
    );
  await record(scope, endSwitch(scope.ledger.all(), 'new', scope.by));
}

async function notSwitched(scope: LedgerScope, revoke: Undone[], why: string): Promise<void> {
  const kept = revoke.map((one) => now(scope, one)).filter(({ made }) => made.length > 0);
  await record(
    scope,
    kept.flatMap((entry) => inOrder(entry, scope.by, [{ did: 'refused', effect: 'revoke', why: `it was not switched back: ${why}` }])),
  );
}
