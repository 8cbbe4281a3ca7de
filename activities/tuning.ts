/** Repairs in production, one typed step at a time; each is repeatable, and its counts come from the ledger. */
import { byPair, isOurs, pairKey, type Actual, type Held, type LedgerEntry } from '../domain/access/ledger.ts';
import type { PreviewContent } from '../domain/access/preview.ts';
import { drift, driftTotal } from '../domain/access/drift.ts';
import type { Connector } from '../connectors/connector.ts';
import type { EntitlementActivities, ReleaseRef } from './contract.ts';
import { requireTune } from './authority.ts';
import { forEach } from './deeds.ts';
import { openSystem, type ActivityDeps } from './deps.ts';
import { asking, badInput } from './failures.ts';
import { giveDeed, keyOf, ledgerOf, pairsToGive, snapshotOf } from './giving.ts';
import { contentOf } from './release.ts';
import { isAnother, retireDeed, signedRetirements } from './retiring.ts';
import { undoAll } from './rolling-back.ts';

type Tune = Parameters<EntitlementActivities['tuneAccess']>[2];
interface Scope {
  deps: ActivityDeps;
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
      const scope: Scope = { deps, release, connector, content, mark: `tuned: ${tune.id}` };
      await carryOut(scope, tune);
      const ledger = await ledgerOf(deps, release, system);
      const now = await snapshotOf(connector, content);
      const marked = (kind: LedgerEntry['kind'], ...outcomes: LedgerEntry['outcome'][]) =>
        ledger.filter((entry) => entry.kind === kind && entry.why === scope.mark && outcomes.includes(entry.outcome)).length;
      return {
        given: marked('give', 'created'),
        taken: marked('give', 'takenBack'),
        retired: marked('retire', 'takenBack'),
        left: await leftOver(scope, tune, ledger, now),
      };
    },
  };
}

async function carryOut(scope: Scope, tune: Tune): Promise<void> {
  switch (tune.step) {
    case 'reconcile':
      await giveMissing(scope);
      await retireReturned(scope);
      return;
    case 'grantMissing':
      return giveMissing(scope);
    case 'retireLegacy':
      return retireReturned(scope);
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
async function giveMissing({ deps, release, connector, content, mark }: Scope): Promise<void> {
  const now = await snapshotOf(connector, content);
  const held = byPair(now.grants);
  const identity = await asking(content.system, () => connector.identity());
  const ledger = await ledgerOf(deps, release, content.system);
  await deps.store.settle(ledger.flatMap((entry) => seenAfterAll(entry, held(entry), identity)));
  const entries = new Map(ledger.filter(({ kind }) => kind === 'give').map((entry) => [pairKey(entry), entry]));
  const pairs = pairsToGive(content, now);
  await deps.store.intend(
    pairs
      .filter((pair) => !entries.has(pairKey(pair)))
      .map((pair) => ({
        ...keyOf(release),
        system: content.system,
        kind: 'give',
        ...pair,
        before: held(pair).map((grant) => ({ ...grant, person: pair.person })),
        why: mark,
      })),
  );
  const wanted = new Set(pairs.map(pairKey));
  const current = (await ledgerOf(deps, release, content.system)).filter((entry) => entry.kind === 'give' && wanted.has(pairKey(entry)));
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
  await forEach(deps.store, intended, giveDeed(connector, content.system));
}

/** A grant that could not be confirmed and is there now: ours, or somebody else's, who gave it since or before. */
function seenAfterAll(entry: LedgerEntry, held: Held[], identity: string): LedgerEntry[] {
  if (entry.kind !== 'give' || entry.outcome !== 'unknown' || held.length === 0) return [];
  const { why: _, ...rest } = entry;
  const ours = held.find((grant) => isOurs(grant, identity));
  if (!ours || entry.before.some((grant) => isOurs(grant, identity)))
    return [{ ...rest, outcome: 'preexisting', before: held.map((grant) => ({ ...grant, person: entry.person })) }];
  return [{ ...rest, outcome: 'created', grant: { ...(ours.grantor === undefined ? {} : { grantor: ours.grantor }), options: ours.options } }];
}

/** Old access of the signed preview that is held (again), whoever gave it back; never what another package needs. */
async function retireReturned({ deps, release, connector, content, mark }: Scope): Promise<void> {
  const now = await snapshotOf(connector, content);
  const held = byPair(now.grants);
  const signed = new Map(signedRetirements(content).map((grant) => [pairKey(grant), grant]));
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
    (entry) => entry.outcome !== 'kept' && signed.has(pairKey(entry)) && (held(entry).length > 0 || entry.why === mark),
  );
  const marked = returned.map((entry): LedgerEntry => ({ ...entry, why: mark }));
  await deps.store.settle(marked);
  const deed = retireDeed(deps, release, connector, held);
  await forEach(deps.store, marked, async (entry) => withMark(await deed(entry), mark));
}

/** Drops one entitlement: what this release gave of it is taken back, by the same rules as a rollback. */
async function tighten(scope: Scope, { entitlement }: Tune): Promise<void> {
  if (!entitlement) throw badInput("'tighten' names the entitlement that is dropped: its system and role");
  const { content } = scope;
  if (entitlement.system !== content.system) return;
  if (!content.entitlements.some(({ role }) => role === entitlement.role))
    throw badInput(`'${scope.release.package}' does not give role '${entitlement.role}' in '${content.system}': nothing to drop`);
  await takeBack(scope, (entry) => entry.role === entitlement.role);
}

/** Takes the access of these people back; the others keep theirs. */
async function narrow(scope: Scope, { people }: Tune): Promise<void> {
  if (!people || people.length === 0) throw badInput("'narrow' names the people who lose the access");
  const losing = new Set(people);
  await takeBack(scope, (entry) => losing.has(entry.person));
}

async function takeBack({ deps, release, connector, content, mark }: Scope, which: (entry: LedgerEntry) => boolean): Promise<void> {
  const entries = (await ledgerOf(deps, release, content.system)).filter((entry) => entry.kind === 'give' && which(entry));
  const identity = await asking(content.system, () => connector.identity());
  await undoAll(deps, release, connector, { content, identity, mark, after: mark }, entries);
  await deps.store.releaseClaims(
    release,
    content.system,
    entries.map(({ role, account }) => ({ role, account })),
  );
}

/** The mark stays on what was retired, so that a rerun counts it too. */
const withMark = (entry: LedgerEntry, mark: string): LedgerEntry =>
  entry.outcome === 'takenBack' || entry.outcome === 'intended' ? { ...entry, why: mark } : entry;

/** What a person has to decide: drift that the step did not repair, or access that it was to take and that is not this release's. */
async function leftOver({ deps, release, content }: Scope, tune: Tune, ledger: LedgerEntry[], now: Actual): Promise<number> {
  const held = byPair(now.grants);
  const gives = ledger.filter(({ kind }) => kind === 'give');
  if (tune.step === 'tighten')
    return gives.filter((entry) => tune.entitlement?.system === content.system && tune.entitlement.role === entry.role && held(entry).length > 0).length;
  if (tune.step === 'narrow') return gives.filter((entry) => tune.people?.includes(entry.person) && held(entry).length > 0).length;
  const claimed = (await deps.store.claimsOn({ system: content.system, roles: content.roles.map(({ role }) => role) })).filter((claim) =>
    isAnother(claim, release),
  );
  return driftTotal(drift(content, ledger, now, claimed).counts);
}
