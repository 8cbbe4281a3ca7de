/** All activities with their dependencies: one file per subject. */
import { argumentMistakes } from '../domain/plan/activity-arguments.ts';
import { shortened } from '../domain/plain-data.ts';
import { care } from './release-status.ts';
import { undoes } from '../domain/tune/steps.ts';
import type { Activities, EntitlementActivities, ReleaseRef } from './contract.ts';
import { alive } from './effects.ts';
import type { ActivityDeps } from './deps.ts';
import { badInput } from './failures.ts';
import { previewing } from './entitlements.ts';
import { granting } from './granting.ts';
import { checkingInTurns, simulatingInTurns, takingTurns } from './measuring-turns.ts';
import { noticing } from './notices.ts';
import { records } from './records.ts';
import { carried } from './results.ts';
import { sendingInTurns } from './sending.ts';
import { takingPlaces, type PlaceKind } from './system-places.ts';
import { retiring } from './retiring.ts';
import { rollbackPreviewing } from './rollback-preview.ts';
import { rollingBack } from './rolling-back.ts';
import { trying } from './metric-trial.ts';
import { standing } from './dependencies.ts';
import { telemetry } from './telemetry.ts';
import { tuning } from './tuning.ts';
import { isEffect, tellingOfWaits } from './wait-notice.ts';

export type { ActivityDeps } from './deps.ts';

/** All activities except the short records send heartbeats: when a worker dies, another takes over within seconds. */
export function createActivities(deps: ActivityDeps): Activities {
  const inTurn = takingTurns(deps);
  const work = {
    ...inPlaces(deps, {
      ...previewing(deps, simulatingInTurns(deps)),
      ...granting(deps),
      ...retiring(deps),
      ...tuning(deps),
      ...rollingBack(deps),
      ...rollbackPreviewing(deps),
    }),
    ...telemetry(deps, inTurn),
    ...trying(deps, inTurn),
    ...standingOf(deps),
    ...care(deps, checkingInTurns(deps, 'owners')),
    ...noticing(deps, sendingInTurns(deps)),
  };
  return checked({ ...living(work), ...records(deps) });
}

/** The check before a rollback asks the systems as well. */
function standingOf(deps: ActivityDeps): ReturnType<typeof standing> {
  const work = standing(deps, checkingInTurns(deps, 'dependencies'));
  return { ...work, dependencyCheck: (release) => tellingOfWaits(deps, { activity: 'dependencyCheck', release }, () => work.dependencyCheck(release)) };
}

/** Simulations have turns of their own, in which they read the plan too. */
type Placed = Exclude<keyof EntitlementActivities, 'simulateSystem'>;

const kindOf: { [A in Placed]: (...args: Parameters<EntitlementActivities[A]>) => PlaceKind } = {
  previewSystem: () => 'preview',
  recheckSystem: () => 'comparison',
  previewRollback: () => 'rollbackPreview',
  grantAccess: () => 'grant',
  verifyAccess: () => 'grant',
  retireLegacy: () => 'grant',
  tuneAccess: (_release, _system, { step }) => (undoes(step) ? 'undoing' : 'grant'),
  rollBackAccess: () => 'undoing',
};

function inPlaces<T extends EntitlementActivities>(deps: ActivityDeps, work: T): T {
  const inPlace = takingPlaces(deps);
  const placed = Object.keys(kindOf).map((name) => {
    const activity = name as Placed;
    const act = work[activity] as unknown as (...args: unknown[]) => Promise<unknown>;
    const kind = kindOf[activity] as (...args: unknown[]) => PlaceKind;
    return [
      activity,
      (...args: [ReleaseRef, string, ...unknown[]]) => {
        const [release, system] = args;
        const placedWork = () => inPlace(kind(...args), { plan: release.plan, system }, () => act(...args));
        return isEffect(activity) ? tellingOfWaits(deps, { activity, release, system }, placedWork) : placedWork();
      },
    ];
  });
  return { ...work, ...Object.fromEntries(placed) };
}

/** Throws `BadInput`, before anything else is begun. */
function refuseBadArguments(activity: string, args: readonly unknown[]): void {
  const mistakes = argumentMistakes(activity, args);
  if (mistakes.length > 0)
    throw badInput(shortened(`'${activity}' was called with something else than its arguments, so it did nothing (${mistakes.join('; ')})`, 1_000));
}

function checked(work: Activities): Activities {
  return Object.fromEntries(
    Object.entries(work).map(([name, act]: [string, Work]): [string, Work] => [
      name,
      async (...args) => {
        refuseBadArguments(name, args);
        return carried(name as keyof Activities, async () => (await act(...args)) as never);
      },
    ]),
  ) as unknown as Activities;
}

type Work = (...args: unknown[]) => Promise<unknown>;

function living<T extends object>(work: T): T {
  return Object.fromEntries(
    Object.entries(work).map(([name, act]: [string, Work]): [string, Work] => [name, (...args) => alive(() => act(...args))]),
  ) as unknown as T;
}
