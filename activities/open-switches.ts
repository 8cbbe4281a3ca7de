/** Switches that an earlier attempt began: they are finished or undone, or people are notified of them. */
import { signedGrants, type WantedGrant } from '../domain/release/granting.ts';
import { droppedRoles, type LedgerEntry } from '../domain/release/ledger.ts';
import { markOfRelease } from '../domain/release/marks.ts';
import { openSwitches, type RolePair } from '../domain/release/switching.ts';
import type { ReleaseRef } from './contract.ts';
import { openToUndo, type ActivityDeps } from './deps.ts';
import { withLedger, type LedgerScope } from './effects.ts';
import { placeOf } from './place-of-system.ts';
import { isFailure, words } from './failures.ts';
import { ledgerOf } from './readings.ts';
import { contentOf, loadRelease, type LoadedRelease } from './release.ts';
import { rolePairs } from './role-pairs.ts';
import { endAlarmsOfNow, needsAlarm, raiseAlarm } from './switch-alarm.ts';
import { alone, finish } from './finishing-switches.ts';

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
  if (open.length === 0 && pairs.length === 0) return;
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

/** By the ledger alone, before the system is asked, which may be down. Where no rule of the plan switches anybody, the ledger is not read for it. */
export async function alarmIfOverdue(deps: ActivityDeps, loaded: LoadedRelease, release: ReleaseRef, system: string): Promise<void> {
  if (rolePairs(loaded, system).length > 0) await alarmOfOverdue(deps, release, system, 'The work was interrupted, and goes on now', true);
}

/** The work that was interrupted is not allowed any more, for example in a blackout that has begun: people who hold neither access do not wait for its end unnoticed. */
export async function alarmAfterRefusal(deps: ActivityDeps, release: ReleaseRef, system: string, refusal: unknown): Promise<never> {
  // Another workflow's call changes nothing.
  if (!isFailure(refusal, 'WrongWorkflow')) await alarmOfOverdue(deps, release, system, `The work was interrupted, and: ${words(refusal)}`, false);
  throw refusal;
}

async function alarmOfOverdue(deps: ActivityDeps, release: ReleaseRef, system: string, why: string, isRetried: boolean): Promise<void> {
  for (const one of openSwitches(await ledgerOf(deps, release, system)))
    if (Date.now() >= one.untilMs) await raiseAlarm({ deps, release, system, by: markOfRelease }, one, why, { holds: 'mayBeNeither', isRetried });
}

/** The release may grant nothing any more, and people are between two accesses: they get back what they had, unless they have the new access already. */
export async function giveBackWhatWasTaken(deps: ActivityDeps, release: ReleaseRef, system: string): Promise<void> {
  if (openSwitches(await ledgerOf(deps, release, system)).length === 0) return;
  const loaded = await loadRelease(deps, release);
  const connector = await openToUndo(deps, loaded.plan, system);
  const scope = await withLedger({ deps, release, connector, system, place: await placeOf(deps, connector, system), by: markOfRelease });
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
