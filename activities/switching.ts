/**
 * Switches people from old to new access that nobody may hold together, one person after the other; domain/release/switching.ts decides who is switched.
 *
 * Invariants:
 * 1. Old access goes first, so that nobody ever holds both. Where the system can, both happen in one transaction.
 * 2. What was taken is in the ledger, with how long the person may be without either, before the system takes it. Any later attempt finishes the switch, or gives
 *    back what was taken: after a refusal at once, otherwise when the time is over.
 * 3. Nobody is without either for longer than the plan allows unless people are notified, also where the system cannot be reached.
 */
import { next } from '../domain/release/facts.ts';
import { todoOf, type WantedGrant } from '../domain/release/granting.ts';
import { pairKey } from '../domain/release/ledger.ts';
import type { ReleaseChange } from '../domain/release/release-change.ts';
import { grantsToRetire, ofOtherPackages, signedRetirements, sorted, toRetire, toRetireAgain, type Retirement } from '../domain/release/retiring.ts';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import { openSwitches, staysText, switchesOf, type SwitchUnit } from '../domain/release/switching.ts';
import { neverEmpty } from '../domain/site/rights.ts';
import type { SystemSnapshot } from '../connectors/connector.ts';
import { grantAll, record, revokeAll, switchAtOnce, throwIfCancelled, type LedgerScope } from './effects.ts';
import { asking } from './failures.ts';
import { claimsOn, ledgerOf } from './readings.ts';
import { type LoadedRelease } from './release.ts';
import { madeByOthers } from './retiring.ts';
import { rolePairs } from './role-pairs.ts';
import { rolesLeftEmpty, untouchedBySite } from './untouched.ts';
import { alone, finish, refuse } from './finishing-switches.ts';

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

/** Old access that other packages or the site keep: why, by pair. */
async function keptFrom(scope: LedgerScope, units: SwitchUnit[]): Promise<ReadonlyMap<string, string>> {
  const all = units.flatMap(({ retire }) => retire);
  if (all.length === 0) return new Map();
  const claims = await claimsOn(scope, grantsToRetire(all));
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
