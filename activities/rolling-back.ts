/**
 * Undoes one release in one system: a decision per grant (domain/release/rollback.ts), the effect, and a receipt.
 *
 * Invariants:
 * 1. The release gives up its claims first. What others claim is handed on to them in the same step; the last one out revokes it (R1).
 * 2. What claims of people keep is not revoked, and stays this release's. Called again once one of them has ended, it revokes that, and nothing else.
 * 3. The receipt comes from the ledger's facts. Once nothing is left, it is stored, and every later call returns the same.
 */
import { setImmediate as pause } from 'node:timers/promises';
import type { SystemSnapshot } from '../connectors/connector.ts';
import { RoleParts } from '../domain/release/by-role.ts';
import { isOfAnotherRelease } from '../domain/release/claims.ts';
import { byIdentity, firstRefusals, grantKey, identified, keyOf, type Held, type LedgerEntry, type PairOfIds } from '../domain/release/ledger.ts';
import { markOfRollback } from '../domain/release/marks.ts';
import { storedReceipt } from '../domain/release/carried-receipt.ts';
import { isKeptForClaim, makingReceipt } from '../domain/release/receipt.ts';
import type { LedgerFact } from '../domain/release/facts.ts';
import { decisionsByRole, decisionsFrom, factOfDecision, handOver, type Undo, type UndoFacts } from '../domain/release/rollback.ts';
import { eachOf, withPauses, type Sliced } from '../domain/slices.ts';
import { endSwitch, type RolePair } from '../domain/release/switching.ts';
import { hasNeverEmpty } from '../domain/site/rights.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { EntitlementActivities } from './contract.ts';
import { claimOnEntry, claimsOfPeople } from './access-claims.ts';
import { requireRollback, requireRolledBack } from './authority.ts';
import { deniedReturn, absentByNow } from './cohort.ts';
import { record, restoreAll, revokeAll, takenFrom, withLedger, type LedgerScope } from './effects.ts';
import { placeOf } from './place-of-system.ts';
import { openToUndo, type ActivityDeps } from './deps.ts';
import { incomplete } from './failures.ts';
import { contentOf } from './release.ts';
import { claimOfEarlier } from './release-change.ts';
import { claimedByOthers, rolesOf, holdersNow } from './readings.ts';
import { rolePairs } from './role-pairs.ts';
import { endAlarmsOfNow } from './switch-alarm.ts';
import { holding } from './finishing-switches.ts';
import { alarmAfterRefusal, alarmIfOverdue } from './open-switches.ts';
import { withoutOthers } from './site-refusals.ts';
import { entryKey, switchBack } from './switching-back.ts';
import { rolesLeftEmpty, untouchedBySite } from './untouched.ts';

export function rollingBack(deps: ActivityDeps): Pick<EntitlementActivities, 'rollBackAccess'> {
  return {
    rollBackAccess: async (release, system, rollback) => {
      const earlier = (await deps.store.receipts(keyOf(release))).find((receipt) => receipt.system === system);
      const endsClaims = earlier?.claimed !== undefined;
      const settles = endsClaims && rollback.settles === true;
      const loaded = await (settles ? requireRolledBack(deps, release) : requireRollback(deps, release, rollback)).catch((error: unknown) =>
        alarmAfterRefusal(deps, release, system, error),
      );
      await alarmIfOverdue(deps, loaded, release, system);
      const content = contentOf(loaded, system);
      if (earlier && !endsClaims) return earlier;
      const connector = await openToUndo(deps, loaded.plan, system);
      const scope = { deps, release, connector, system, place: await placeOf(deps, connector, system), by: markOfRollback(rollback.id), endsClaims };
      const effects = await withLedger(scope);
      // The release before takes effect again: it claims what it needs before anything changes.
      if (!endsClaims) await claimOfEarlier(scope);
      const now = await holdersNow(connector, content);
      await leave(effects, now, 'all');
      await undoAll(effects, content, now, (entry) => !endsClaims || isLeft(entry), {
        ...(settles ? { settles } : rollback.approval === 'automatic' ? {} : { approval: rollback.approval }),
        claimOn: claimOnEntry(claimsOfPeople(loaded, release), loaded.planNowMs, endsClaims),
        absent: await absentByNow(deps, loaded, release),
        pairs: endsClaims ? [] : rolePairs(loaded, system),
      });

      const ledger = effects.ledger.all();
      const after = await holdersNow(connector, content);
      const receipt = await withPauses(
        makingReceipt(content, ledger, withoutOthers(deps.site(), content, after, ledger), {
          claimed: await claimedByOthers(scope, content, after),
          lastHolders: await lastHoldersAmong(scope, after, ledger),
          check: connector.checkStatement(rolesOf(content)),
        }),
        pause,
      );
      if (receipt.failed.length === 0) return deps.store.saveReceipt(keyOf(release), rollback.id, storedReceipt(receipt), factsIn(ledger));
      throw incomplete(system, firstRefusals(receipt.failed), receipt);
    },
  };
}

/** Roles that always keep a holder, and that nobody else has any more than those for whom a claim keeps them. */
async function lastHoldersAmong(at: Pick<LedgerScope, 'deps' | 'connector' | 'system'>, now: SystemSnapshot, ledger: LedgerEntry[]): Promise<string[]> {
  const claimed = ledger.filter(isKeptForClaim);
  if (claimed.length === 0 || !hasNeverEmpty(at.deps.site(), at.system)) return [];
  const empty = await rolesLeftEmpty(
    at,
    now,
    claimed.flatMap(({ made }) => made),
  );
  return [...new Set(claimed.filter(({ role, made }) => [role, ...made.map((grant) => grant.role)].some((each) => empty.has(each))).map(({ role }) => role))];
}

/** After the rollback: kept for a claim, or no longer claimed and not revoked yet. */
const isLeft = ({ kind, made, pending }: LedgerEntry) => kind === 'grant' && (made.length > 0 || pending.length > 0);

const factsIn = (ledger: LedgerEntry[]) => ledger.reduce((sum, { facts }) => sum + facts, 0);

/** Every entitlement of the signed preview for each of its people. */
export const pairsOf = ({ entitlements, people }: PreviewContent): { role: string; account: string; person: string }[] =>
  entitlements.flatMap(({ role }) => people.map(({ account, person }) => ({ role, account, person })));

/** Gives up the claims on these grants, or on all of the release, and hands on what others need and is still there. */
export async function leave(
  { deps, release, place, system, by, ledger }: LedgerScope,
  now: SystemSnapshot,
  grants: { role: string; account: string }[] | 'all',
): Promise<void> {
  ledger.replace(
    await deps.store.leave(release, { place, system }, { grants: grants === 'all' ? grants : pairs(grants), known: ledger.all() }, (of) =>
      handOver(release, of, now, by),
    ),
  );
}

/** Each once. */
function pairs(grants: { role: string; account: string }[]): { role: string; account: string }[] {
  const accountsOf = new Map<string, Set<string>>();
  for (const { role, account } of grants) accountsOf.set(role, (accountsOf.get(role) ?? new Set()).add(account));
  return [...accountsOf].flatMap(([role, accounts]) => [...accounts].map((account) => ({ role, account })));
}

/** Undoes what the release did to these grants: first what it granted, then what it retired. Answers the entries (entryKey) of people who were switched back, or could not be. */
export async function undoAll(
  scope: LedgerScope,
  content: PreviewContent,
  now: SystemSnapshot,
  which: (entry: LedgerEntry) => boolean,
  { approval, settles, claimOn, absent = new Set(), pairs = [] }: UndoBy = {},
): Promise<ReadonlySet<string>> {
  const { deps } = scope;
  const others = await deps.store.ledgerOn({ place: scope.place, grants: takenBy(scope.ledger.all().filter(which)) });
  const facts: UndoFacts = {
    content,
    now,
    place: scope.place,
    madeByRolewave: new Set(others.flatMap(({ made }) => made.map(grantKey))),
    deniedRestore: deniedReturn(deps, content, absent),
    ...(claimOn ? { claimOn } : {}),
    untouched: untouchedBySite(scope),
    ...(approval === undefined ? {} : { approval }),
    ...(settles ? { settles } : {}),
  };
  const parts = await withPauses(RoleParts.of(scope.ledger.all(), now, content), pause);
  const decide = decisionsByRole({ ...facts, leftEmpty: await leftEmptyBy(scope, facts, scope.ledger.all().filter(which)) }, parts);
  const owners = others.filter((entry) => entry.kind === 'grant' && isOfAnotherRelease(entry, scope.release));
  const dealtWith = await switchBack(scope, content, pairs, scope.ledger.all().filter(which), decide, owners);
  const left = scope.ledger.all().filter((entry) => which(entry) && !dealtWith.has(entryKey(entry)));
  const { settled, revoke, restore } = await withPauses(sortingByDecision(left, decide, scope.by, approval), pause);
  await record(scope, settled);
  await revokeAll(scope, revoke, 'release');
  await restoreAll(scope, restore, owners);
  await endWhatIsOver(scope, which, pairs.length > 0);
  return dealtWith;
}

/** Switches that an earlier attempt began, and of which nothing is owed any more: they end with what the person holds. */
async function endWhatIsOver(scope: LedgerScope, which: (entry: LedgerEntry) => boolean, isSwitched: boolean): Promise<void> {
  const ledger = scope.ledger.all();
  const isOwed = new Set(
    ledger.flatMap(({ kind, taken, outcome, account }) => (kind === 'retire' && taken.length > 0 && outcome !== 'notRestored' ? [account] : [])),
  );
  const over = ledger.filter((entry) => entry.switching !== undefined && which(entry) && !isOwed.has(entry.account));
  if (over.length > 0) {
    const held = byIdentity((await holding(scope, [])).grants);
    const isHeld = (entry: LedgerEntry) => held(identified(entry, [...entry.taken, ...entry.made, ...entry.found])).length > 0;
    const own = Map.groupBy(ledger, ({ account }) => account);
    const has = (account: string, kind: LedgerEntry['kind']) => (own.get(account) ?? []).some((entry) => entry.kind === kind && isHeld(entry));
    const heldBy = (account: string) => (has(account, 'retire') ? 'old' : has(account, 'grant') ? 'new' : 'neither');
    await record(
      scope,
      [...Map.groupBy(over, ({ account }) => account)].flatMap(([account, entries]) => endSwitch(entries, heldBy(account), scope.by)),
    );
  }
  if (isSwitched || over.length > 0) await endAlarmsOfNow(scope, scope.ledger.all());
}

interface UndoBy extends Pick<UndoFacts, 'approval' | 'settles' | 'claimOn'> {
  absent?: ReadonlySet<string>;
  /** Roles of which nobody may hold both: people are switched back one by one. */
  pairs?: readonly RolePair[];
}

/** Roles that undoing these entries would leave without a holder, of those that the site says somebody always has. */
export async function leftEmptyBy(
  at: Pick<LedgerScope, 'deps' | 'connector' | 'system'>,
  facts: UndoFacts,
  entries: LedgerEntry[],
): Promise<ReadonlySet<string>> {
  if (!hasNeverEmpty(at.deps.site(), at.system)) return new Set();
  const decide = decisionsFrom(facts);
  const revoked = entries.flatMap((entry) => {
    const decision = decide(entry);
    return decision.do === 'revoke' ? decision.grants : [];
  });
  return rolesLeftEmpty(at, facts.now, revoked);
}

/** Under the names of the entries, and under the names and ids of what was taken: entries of others on the same say what may come back, and as whose. */
export const takenBy = (ledger: LedgerEntry[]): (PairOfIds & { id?: string })[] =>
  ledger.flatMap(({ role, account, taken }) => taken.flatMap((grant) => [grant, { ...grant, role, account }]));
const grantsIn = (decision: Undo) => ('grants' in decision ? decision.grants : []);

type Deciding = ReturnType<typeof takenFrom<LedgerEntry, { entry: LedgerEntry; grants: Held[] }>>;

/** The facts of decisions that change no grant, and the other entries: each is decided on again when its turn has come, and the decision is the same. */
function* sortingByDecision(
  ledger: LedgerEntry[],
  decide: (entry: LedgerEntry) => Undo,
  by: string,
  approval: string | undefined,
): Sliced<{ settled: LedgerFact[]; revoke: Deciding; restore: Deciding }> {
  const settled: LedgerFact[] = [];
  const [revoke, restore]: [LedgerEntry[], LedgerEntry[]] = [[], []];
  yield* eachOf(ledger, (entry) => {
    const decision = decide(entry);
    if (decision.do === 'revoke') revoke.push(entry);
    else if (decision.do === 'restore') restore.push(entry);
    else settled.push(...factOfDecision({ entry, decision }, by, approval));
  });
  const withGrants = (entry: LedgerEntry) => ({ entry, grants: grantsIn(decide(entry)) });
  return { settled, revoke: takenFrom(revoke, withGrants), restore: takenFrom(restore, withGrants) };
}
