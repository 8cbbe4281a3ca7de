/** A package's path through the waves of a plan, in the order of the file: released once, revised any number of times, retired last. */
import { instantText } from '../../time/instant.ts';
import { entriesOf, quote } from '../places.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';
import type { Change } from '../schema.ts';
import type { Rule } from './rule.ts';

interface Step {
  wave: string | undefined;
  /** Position of the wave in the file. */
  at: number;
  change: Change | undefined;
  goLiveMs: number | undefined;
  path: Path;
}

/** By package, in the order of the file. */
export function waysThroughWaves(plan: DraftPlan): Map<string, Step[]> {
  const ways = new Map<string, Step[]>();
  for (const [at, wave] of entriesOf(plan.waves)) {
    for (const [index, entry] of entriesOf(wave.packages)) {
      if (entry.package === undefined) continue;
      const step = { wave: wave.id, at, change: entry.change, goLiveMs: entry.goLive ?? wave.goLive, path: ['waves', at, 'packages', index] };
      const way = ways.get(entry.package);
      if (way) way.push(step);
      else ways.set(entry.package, [step]);
    }
  }
  return ways;
}

function* oneAfterTheOther(plan: DraftPlan): Generator<Finding> {
  for (const [name, steps] of waysThroughWaves(plan)) {
    const before: Before = {};
    for (const step of steps) {
      if (before.last?.at === step.at) {
        yield { path: [...step.path, 'package'], say: () => `package ${quote(name)} is in this wave twice` };
        continue;
      }
      yield* fits(name, step, before);
      if (step.change !== 'observe') before.released ??= step;
      if (step.change === 'retire') before.retired ??= step;
      before.last = step;
    }
  }
}

/** Of the entries before one: the first that grants the package, the one that retires it, and the last. */
interface Before {
  released?: Step;
  retired?: Step;
  last?: Step;
}

function* fits(name: string, step: Step, { released, retired, last }: Before): Generator<Finding> {
  if (retired) {
    yield {
      path: [...step.path, 'package'],
      say: () =>
        `package ${quote(name)} is retired by wave ${quote(retired.wave)}, and nothing can follow; remove this entry, or release a new package under another id`,
    };
  } else if (released && step.change === 'release') {
    yield {
      path: [...step.path, 'package'],
      say: () => `package ${quote(name)} is already in wave ${quote(released.wave)}; only one wave releases a package: write change: revise or change: retire`,
    };
  } else if (released && step.change === 'observe') {
    yield {
      path: [...step.path, 'change'],
      say: () => `package ${quote(name)} is already in wave ${quote(released.wave)}, which grants and watches it; remove this entry`,
    };
  }
  if (step.goLiveMs !== undefined && last?.goLiveMs !== undefined && step.goLiveMs < last.goLiveMs) {
    const [own, earlier] = [step.goLiveMs, last.goLiveMs];
    yield {
      path: [...step.path, 'package'],
      say: () =>
        `package ${quote(name)} would be changed by wave ${quote(step.wave)} before wave ${quote(last.wave)}, which comes first in the file (${instantText(own)} and ${instantText(earlier)}); list the waves in the order of their dates`,
    };
  }
}

/** A package is retired after the packages that build on it, or with them. */
function* builtOnWhatIsRetired(plan: DraftPlan): Generator<Finding> {
  const ways = waysThroughWaves(plan);
  const retiredAt = (id: string | undefined) => ways.get(id ?? '')?.find(({ change }) => change === 'retire');
  for (const [index, { id, buildsOn }] of entriesOf(plan.packages)) {
    if (id === undefined || !ways.has(id)) continue;
    for (const [at, base] of entriesOf(buildsOn)) {
      const gone = retiredAt(base);
      const own = retiredAt(id);
      if (!gone || base === id || (own && own.at <= gone.at)) continue;
      yield {
        path: ['packages', index, 'buildsOn', at],
        say: () =>
          `package ${quote(id)} builds on ${quote(base)}, which wave ${quote(gone.wave)} retires; retire ${quote(id)} in that wave or before it, or remove ${quote(base)} from buildsOn`,
      };
    }
  }
}

export const changeRules: Rule[] = [oneAfterTheOther, builtOnWhatIsRetired];
