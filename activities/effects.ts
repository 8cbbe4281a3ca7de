/**
 * Carries out effects on ledger entries, thousands of grants in each transaction of the system, with heartbeats; stops between two batches when it is cancelled.
 *
 * Invariants:
 * 1. What an effect does is in the ledger before the system commits it, with the system's identities of the grants and of the transaction. A run that died
 *    is settled by asking the system whether it committed (R4), or, when it has forgotten that, by what it holds.
 * 2. A fact has the number after the last one that its writer knows. A worker that was paused and wakes up after someone else changed an entry writes
 *    nothing, and the system rolls back what it was about to do (R5).
 * 3. Nothing is revoked that another package or release claims at the moment of the commit (R1).
 * 4. A release that was rolled back in the system changes nothing more there, even if an attempt of before wakes up (R5); it only revokes what claims of
 *    people had kept.
 */
import { Context } from '@temporalio/activity';
import type { BeforeCommit, Connector, GrantOutcome, RevokeOutcome, SwitchOutcome, SystemSnapshot } from '../connectors/connector.ts';
import { inOrder, LedgerMoved, next, type LedgerFact, type SwitchTerms } from '../domain/release/facts.ts';
import { CarriedEntries } from '../domain/release/carried.ts';
import { factOfGrant, todoOf, type WantedGrant } from '../domain/release/granting.ts';
import { keyOf, pairKey, type Held, type LedgerEntry } from '../domain/release/ledger.ts';
import { factsOfRevoke, type Retirement } from '../domain/release/retiring.ts';
import { factsOfRestore } from '../domain/release/rollback.ts';
import { cannotBeTold, tookEffect } from '../domain/release/settling.ts';
import type { ReleaseRef } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { asking, ledgerMoved, onStandby, stillRunning } from './failures.ts';
import { ledgerOf } from './readings.ts';

/** What the effects of one activity share. */
export interface EffectScope {
  deps: ActivityDeps;
  release: ReleaseRef;
  connector: Connector;
  system: string;
  /** Identity of the place that the system is: claims and row identities are its own. */
  place: string;
  /** The step that facts are recorded under (domain/release/marks.ts). */
  by: string;
  /** It was rolled back, and revokes what claims of people kept. */
  endsClaims?: boolean;
  /** A person is between two accesses: a cancellation waits. */
  uninterrupted?: true;
}

/** An effect that reads the ledger once and carries it forward. A fact that anyone else writes in the meantime takes the number that ours would have (invariant 2). */
export interface LedgerScope extends EffectScope {
  ledger: CarriedEntries;
}

/** Where the system says nothing. */
const grantsPerBatch = 5_000;

/** The entries of the release in this system, once it is known of every earlier effect whether it happened, as far as the system can tell. */
export async function settledLedger({ deps, release, connector, system, place, by }: EffectScope): Promise<LedgerEntry[]> {
  const ledger = await ledgerOf(deps, release, system);
  // Another server knows nothing of a transaction of this number, or only of one of its own.
  const here = ledger.filter((entry) => entry.place === place);
  const inDoubt = ledger.filter(({ pending }) => pending.length > 0);
  if (inDoubt.length === 0) return ledger;
  const states = new Map<string, 'committed' | 'aborted' | 'unknown'>();
  for (const transaction of new Set(here.flatMap(({ pending }) => pending.map(({ transaction }) => transaction)))) {
    const state = await asking(system, () => connector.wasCommitted(transaction));
    if (state === 'running') throw stillRunning(system);
    states.set(transaction, state);
  }
  const now = await heldOf(connector, system, inDoubt);
  if (now.standby) throw onStandby(system);
  for (const [transaction, state] of states) {
    const happened = tookEffect(await deps.store.effectsIn(place, transaction), now, state);
    if (happened !== undefined) await deps.store.settle(place, transaction, happened);
  }
  const left = (await ledgerOf(deps, release, system)).filter(({ pending, outcome }) => pending.length > 0 && outcome !== 'unknown');
  await deps.store.append(left.map((entry) => next(entry, by, { did: 'unconfirmed', why: cannotBeTold })));
  return ledgerOf(deps, release, system);
}

/** What is held of the roles of these entries, under whatever names the roles have now. */
const heldOf = (connector: Connector, system: string, entries: LedgerEntry[]): Promise<SystemSnapshot> =>
  asking(system, () =>
    connector.snapshot(
      [...new Set(entries.map(({ role }) => role))],
      [],
      undefined,
      [...new Set(entries.flatMap(({ pending }) => pending.flatMap(({ grants }) => grants.flatMap(({ roleId }) => roleId ?? []))))],
      true,
    ),
  );

/** With the settled ledger, to be carried forward. */
export const withLedger = async <Scope extends EffectScope>(scope: Scope): Promise<Scope & LedgerScope> => ({
  ...scope,
  ledger: new CarriedEntries({ ...keyOf(scope.release), system: scope.system }, await settledLedger(scope)),
});

/** Appends facts that change no grant. */
export async function record({ deps, ledger }: LedgerScope, facts: LedgerFact[]): Promise<void> {
  if (facts.length === 0) return;
  try {
    await deps.store.append(facts);
  } catch (error) {
    throw error instanceof LedgerMoved ? ledgerMoved(error) : error;
  }
  ledger.add(facts);
}

export const grantAll = (scope: LedgerScope, wanted: WantedGrant[]): Promise<void> => grantEach(scope, wanted, () => true);

/** Makes own grants plain that were made in a form which gives less. What cannot be done stays as it is, and is told as drift. */
export const makePlain = (scope: LedgerScope, wanted: WantedGrant[]): Promise<void> => grantEach(scope, wanted, ({ outcome }) => outcome === 'created');

/** `isRecorded`: whether the ledger is told of this outcome. */
async function grantEach(scope: LedgerScope, wanted: WantedGrant[], isRecorded: (outcome: GrantOutcome) => boolean): Promise<void> {
  await inBatches(
    scope,
    inTurn(wanted, todoOf(scope.release, scope, scope.ledger.all())),
    () => 1,
    (batch) =>
      effect<GrantOutcome>(
        scope,
        (beforeCommit) =>
          scope.connector.grant(
            batch.map(({ grant }) => grant),
            beforeCommit,
          ),
        (outcomes, transaction) =>
          batch.flatMap(({ entry }, index) => {
            const outcome = outcomes[index];
            return outcome && isRecorded(outcome) ? [next(entry, scope.by, factOfGrant(outcome, transaction))] : [];
          }),
      ),
  );
}

/**
 * `unlessClaimedBy`: whose claims keep a grant: other packages', or also those of other releases of the same package. `terms`: of the switch that begins with it.
 */
export async function revokeAll(
  scope: LedgerScope,
  retirements: Turns<Retirement>,
  unlessClaimedBy: 'package' | 'release',
  terms?: SwitchTerms,
): Promise<void> {
  await inBatches(
    scope,
    retirements,
    ({ grants }) => grants.length,
    (batch) =>
      effect<RevokeOutcome>(
        scope,
        (beforeCommit) =>
          scope.connector.revoke(
            batch.flatMap(({ grants }) => grants),
            beforeCommit,
          ),
        (outcomes, transaction) =>
          perItem(batch, outcomes).flatMap(({ item: { entry, grants }, answers }) =>
            inOrder(entry, scope.by, factsOfRevoke(grants, answers, transaction, terms)),
          ),
        unlessClaimedBy,
      ),
  );
}

/** `owners`: entries of other releases on the same grants, whose own grants may be among those that come back. `restoredAs`: is told what came back, before it is committed. */
export async function restoreAll(
  scope: LedgerScope,
  restores: Turns<{ entry: LedgerEntry; grants: Held[] }>,
  owners: LedgerEntry[],
  restoredAs: (entry: LedgerEntry, as: Held[]) => void = () => undefined,
): Promise<void> {
  const ownersOf = Map.groupBy(owners, pairKey);
  await inBatches(
    scope,
    restores,
    ({ grants }) => grants.length,
    (batch) =>
      effect<GrantOutcome>(
        scope,
        (beforeCommit) =>
          scope.connector.restore(
            batch.flatMap(({ grants }) => grants),
            beforeCommit,
          ),
        (outcomes, transaction) =>
          perItem(batch, outcomes).flatMap(({ item: { entry, grants }, answers }) => {
            restoredAs(
              entry,
              answers.flatMap((answer) => (answer.outcome === 'created' ? [answer.grant] : [])),
            );
            return factsOfRestore(entry, grants, answers, ownersOf.get(pairKey(entry)) ?? [], scope.by, transaction);
          }),
      ),
  );
}

interface Exchange {
  revoke: Retirement[];
  grant: WantedGrant[];
  restore: { entry: LedgerEntry; grants: Held[] }[];
  unlessClaimedBy: 'package' | 'release';
  withinMs: number;
}

/** In one transaction of the system. Answers why it refused, and then nothing was changed or recorded; undefined where it is done. */
export async function switchAtOnce(scope: LedgerScope, person: Exchange): Promise<string | undefined> {
  const { connector, by } = scope;
  const change = connector.switch?.bind(connector);
  if (!change) throw new Error(`a connector of kind '${connector.kind}' switches nobody in one transaction`);
  const { revoke, grant, restore, unlessClaimedBy, withinMs } = person;
  const todo = grant.map(todoOf(scope.release, scope, scope.ledger.all()));
  let refused: string | undefined;
  await effect<SwitchOutcome>(
    scope,
    async (beforeCommit) => {
      const outcome = await change(
        { revoke: revoke.flatMap(({ grants }) => grants), grant: todo.map((each) => each.grant), restore: restore.flatMap(({ grants }) => grants) },
        beforeCommit,
      );
      const why = [...outcome.revoke, ...outcome.grant, ...outcome.restore].flatMap((each) => (each.outcome === 'failed' ? [each.why] : []));
      refused = why.length > 0 ? [...new Set(why)].join('; ') : undefined;
      return [outcome];
    },
    ([outcome], transaction) => {
      if (!outcome) return [];
      const terms: SwitchTerms = { withinMs, atOnce: true };
      return [
        ...perItem(revoke, outcome.revoke).flatMap(({ item: { entry, grants }, answers }) =>
          inOrder(entry, by, factsOfRevoke(grants, answers, transaction, terms)),
        ),
        ...todo.flatMap(({ entry }, index) => {
          const granted = outcome.grant[index];
          return granted ? [next(entry, by, factOfGrant(granted, transaction))] : [];
        }),
        ...perItem(restore, outcome.restore).flatMap(({ item: { entry, grants }, answers }) => factsOfRestore(entry, grants, answers, [], by, transaction)),
      ];
    },
    unlessClaimedBy,
  );
  return refused;
}

async function effect<Outcome>(
  { deps, release, system, place, ledger, endsClaims }: LedgerScope,
  call: (beforeCommit: BeforeCommit<Outcome>) => Promise<Outcome[]>,
  factsOf: (outcomes: Outcome[], transaction?: string) => LedgerFact[],
  unlessClaimedBy?: 'package' | 'release',
): Promise<void> {
  let recorded: { transaction: string | undefined; facts: LedgerFact[] } | undefined;
  let notRecorded: unknown;
  try {
    await asking(system, () =>
      call(async (outcomes, transaction) => {
        try {
          const facts = factsOf(outcomes, transaction);
          for (const fact of facts) fact.place = place;
          await deps.store.append(facts, { release, system, unlessClaimedBy, endsClaims });
          recorded = { transaction, facts };
        } catch (error) {
          notRecorded = error;
          throw error;
        }
      }),
    );
  } catch (error) {
    if (notRecorded instanceof LedgerMoved) throw ledgerMoved(notRecorded);
    // The system has nothing to do with it: the store could not be written.
    throw notRecorded ?? error;
  }
  if (recorded?.transaction !== undefined) await deps.store.settle(place, recorded.transaction, true);
  ledger.add(recorded?.facts ?? []);
}

/** The answers of each item, of a call that had the grants of all items one after the other. */
function perItem<Item extends { grants: Held[] }, Answer>(items: Item[], answers: Answer[]): { item: Item; answers: Answer[] }[] {
  let start = 0;
  return items.map((item) => {
    const end = start + item.grants.length;
    const own = answers.slice(start, end);
    start = end;
    return { item, answers: own };
  });
}

/** Items of which each may be made when its turn has come, so that what is not in the batch of the moment is not in memory. */
type Turns<T> = Iterable<T> & { readonly length: number };

export const inTurn = <From, T>(all: readonly From[], itemOf: (one: From) => T): Turns<T> => ({
  length: all.length,
  *[Symbol.iterator]() {
    for (const one of all) yield itemOf(one);
  },
});

/** As inTurn, and nothing keeps one that has had its turn. Once only. */
export function takenFrom<From, T>(all: readonly From[], itemOf: (one: From) => T): Turns<T> {
  const { length } = all;
  const left = all.toReversed();
  return {
    length,
    *[Symbol.iterator]() {
      for (let one = left.pop(); one !== undefined; one = left.pop()) yield itemOf(one);
    },
  };
}

/** `size`: grants of an item; an item is never split. */
async function inBatches<T extends { entry: { role: string } }>(
  { deps, connector: { atOnce = {} }, uninterrupted }: EffectScope,
  items: Turns<T>,
  size: (item: T) => number,
  work: (batch: T[]) => Promise<void>,
): Promise<void> {
  let done = 0;
  const most = Math.min(deps.grantsPerBatch ?? Infinity, atOnce.grants ?? grantsPerBatch);
  for (const batch of batchesOf(items, most, size, atOnce.ofOneRole ? ({ entry }) => entry.role : () => '')) {
    if (!uninterrupted) throwIfCancelled();
    await work(batch);
    done += batch.length;
    progress({ done, of: items.length });
  }
}

/** `together`: items of one batch have the same. */
function* batchesOf<T>(items: Turns<T>, most: number, size: (item: T) => number, together: (item: T) => string): Generator<T[]> {
  const open = new Map<string, { batch: T[]; grants: number }>();
  for (const item of items) {
    const key = together(item);
    const { batch, grants } = open.get(key) ?? { batch: [], grants: 0 };
    batch.push(item);
    const now = grants + size(item);
    if (now < most) open.set(key, { batch, grants: now });
    else {
      open.delete(key);
      yield batch;
    }
  }
  for (const { batch } of open.values()) yield batch;
}

export function throwIfCancelled(): void {
  Context.current().cancellationSignal.throwIfAborted();
}

const latest = new WeakMap<Context, { done: number; of: number }>();
const aliveEveryMs = 5_000;

function progress(details: { done: number; of: number }): void {
  latest.set(Context.current(), details);
  Context.current().heartbeat(details);
}

/** Sends heartbeats while an activity runs, even while it waits for one slow answer; every such wait has its own time limit. A short activity sends none. */
export async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(latest.get(context)), aliveEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
