/**
 * Undoes switches, one person after the other: what the release granted goes, and what it took comes back. If that does not come, the person gets again what was
 * granted. Nobody ever holds both; what could not be undone is in the receipt, and the person is not touched by anything else of the rollback.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { inOrder } from '../domain/release/facts.ts';
import { signedGrants, type WantedGrant } from '../domain/release/granting.ts';
import { pairKey, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import type { Undo } from '../domain/release/rollback.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { endSwitch, openSwitches, standing, type RolePair } from '../domain/release/switching.ts';
import { grantAll, record, restoreAll, revokeAll, settledLedger, switchAtOnce, throwIfCancelled, type LedgerScope } from './effects.ts';
import { words } from './failures.ts';
import { ledgerOf } from './readings.ts';
import { endAlarm, needsAlarm, raiseAlarm, type LateSwitch } from './switch-alarm.ts';
import { alone, holding, isRetried, pauseMs } from './switching.ts';

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
    const revoke = granted.flatMap((entry): Undone[] => {
      const decision = decide(entry);
      return decision.do === 'revoke' ? [{ entry, grants: decision.grants }] : [];
    });
    if (revoke.length > 0) units.push({ account, revoke, restore: back, withinMs: Math.min(...ofPerson.map(({ withinMs }) => withinMs)) });
  }
  return { units, kept };
}

/** It is still held, and not revoked now. */
const staying: ReadonlySet<Undo['do']> = new Set<Undo['do']>(['claimed', 'letBe', 'byHand', 'ask']);

async function switchPersonBack(scope: LedgerScope, content: PreviewContent, unit: Reverse, owners: LedgerEntry[]): Promise<void> {
  const { revoke, restore, withinMs } = unit;
  // Access that came from another release has two ledgers to be written: the two steps know how.
  if (scope.connector.switch && owners.length === 0) {
    const why = await switchAtOnce(scope, { revoke, grant: [], restore, unlessClaimedBy: 'release', withinMs });
    if (why !== undefined)
      await record(
        scope,
        revoke.flatMap(({ entry }) => inOrder(entry, scope.by, [{ did: 'refused', effect: 'revoke', why: `it was not switched back: ${why}` }])),
      );
    return;
  }
  const sinceMs = Date.now();
  await revokeAll(scope, revoke, 'release', { withinMs });
  const of = { account: unit.account, sinceMs, untilMs: sinceMs + withinMs, fact: openSwitches(scope.ledger.all())[0]?.fact ?? 0 };
  const wanted = signedGrants({ ...content, people: content.people.filter(({ account }) => account === unit.account) });
  const again = wanted.filter((grant) => revoke.some(({ entry }) => pairKey(entry) === pairKey(grant)));
  for (let attempt = 1; ; attempt++) {
    try {
      if (attempt > 1) scope.ledger.replace((await settledLedger(scope)).filter(({ account }) => account === unit.account));
      const answer = await restored(scope, unit, owners, again);
      const isOver = Date.now() >= of.untilMs;
      if (answer === 'back') {
        await record(scope, endSwitch(scope.ledger.all(), 'old', scope.by));
        return await endAlarm(scope, of);
      }
      if (answer !== 'notYet' || isOver)
        return await giveAgain(scope, of, again, answer === 'notYet' ? 'it was restored, and is not there when it is read back' : answer.why);
      await sleep(pauseMs);
    } catch (error) {
      const isOver = Date.now() >= of.untilMs;
      if (isOver || needsAlarm(error)) await raiseAlarm(scope, of, words(error), { holds: 'mayBeNeither', isRetried: !needsAlarm(error) });
      if (isOver || !isRetried(error)) throw error;
      await sleep(Math.min(pauseMs * attempt, Math.max(1, of.untilMs - Date.now())));
    }
  }
}

const now = ({ ledger }: LedgerScope, { entry }: Undone): LedgerEntry => ledger.all().find((one) => entryKey(one) === entryKey(entry)) ?? entry;

/** One attempt. Old access comes back only when nothing of the new one is left. */
async function restored(
  scope: LedgerScope,
  { revoke, restore }: Reverse,
  owners: LedgerEntry[],
  again: WantedGrant[],
): Promise<'back' | 'notYet' | { why: string }> {
  const left = revoke.map((one) => now(scope, one)).find(({ made }) => made.length > 0);
  if (left) return { why: `'${left.role}' could not be revoked: ${left.why ?? 'no reason is known'}` };
  const owed = restore
    .map((one) => ({ entry: now(scope, one), grants: one.grants }))
    .filter(({ entry }) => entry.taken.length > 0 && entry.outcome !== 'notRestored');
  await restoreAll(scope, owed, owners);
  const still = restore.map((one) => now(scope, one)).find(({ taken, outcome }) => taken.length > 0 && outcome !== 'notRestored');
  if (still) return { why: `'${still.role}' could not be restored: ${still.why ?? 'no reason is known'}` };
  const asked = restore.filter((one) => now(scope, one).outcome !== 'notRestored').map(({ entry, grants }) => ({ ...entry, taken: grants, made: [] }));
  const { oldHeld } = standing({ grant: [], old: asked }, await holding(scope, again));
  return oldHeld.length === asked.length ? 'back' : 'notYet';
}

/** What the release granted, as it was signed: the person keeps it, and the rollback is not finished. */
async function giveAgain(scope: LedgerScope, of: LateSwitch, again: WantedGrant[], why: string): Promise<void> {
  const lost = again.filter((grant) =>
    scope.ledger.all().some((entry) => entry.kind === 'grant' && pairKey(entry) === pairKey(grant) && entry.made.length === 0),
  );
  await grantAll(scope, lost);
  const entries = scope.ledger.all().filter((entry) => entry.kind === 'grant' && again.some((grant) => pairKey(grant) === pairKey(entry)));
  const { isNewThere } = standing({ grant: again, old: [] }, await holding(scope, again));
  if (!isNewThere) return raiseAlarm(scope, of, `${why}, and what was revoked could not be granted again`, { holds: 'neither', isRetried: false });
  const kept = entries.filter(({ made }) => made.length > 0);
  await record(
    scope,
    kept.flatMap((entry) => inOrder(entry, scope.by, [{ did: 'refused', effect: 'revoke', why: `it was not switched back: ${why}` }])),
  );
  await record(scope, endSwitch(scope.ledger.all(), 'new', scope.by));
  await endAlarm(scope, of);
}
