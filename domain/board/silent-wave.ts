/**
 * A wave that does not answer, because no worker runs or its workflow fails: its packages as its plan has them, and which of them were released. What they still
 * need and who has signed is known to the workflow alone, so nothing is said of it.
 */
import { nextActions, waveStages, type PackageState } from '../states.ts';
import { toPlan, type PlanClock } from '../time/plan-clock.ts';
import type { WaveView } from '../views/wave.ts';
import type { Release } from '../release/releases.ts';
import type { PlanFacts } from './facts.ts';
import { notStartedWave } from './not-started.ts';

export interface LastSeen {
  /** As Temporal lists it. */
  stage: string;
  /** Of the plan. */
  releases: readonly Pick<Release, 'wave' | 'package' | 'begunAtMs' | 'undone'>[];
}

/** Undefined: the revision does not have this wave. */
export function silentWave(
  facts: PlanFacts,
  wave: string,
  revision: number,
  clock: PlanClock | undefined,
  { stage, releases }: LastSeen,
): WaveView | undefined {
  const planned = notStartedWave(facts, wave, revision, clock);
  if (!planned) return undefined;
  const released = new Map(releases.filter((each) => each.wave === wave).map((each) => [each.package, each]));
  return {
    ...planned,
    stage: waveStages.find((each) => each === stage) ?? planned.stage,
    packages: planned.packages.map((each) => {
      const release = released.get(each.package);
      if (!release) return { ...each, blockers: [] };
      const state: PackageState = release.undone ? 'Rolled back' : 'Monitoring';
      return { ...each, blockers: [], state, nextAction: nextActions[state], releasedAtMs: toPlan(release.begunAtMs, clock) };
    }),
  };
}
