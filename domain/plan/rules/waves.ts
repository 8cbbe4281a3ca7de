/** Dates, holds and order of waves. */
import { instantText } from '../../time/instant.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import type { Wave } from '../schema.ts';
import { waysThroughWaves } from './changes.ts';
import { circles } from './circles.ts';
import type { Rule, RuleContext } from './rule.ts';

function* waitsForItself(plan: DraftPlan): Generator<Finding> {
  const index = new Map([...entriesOf(plan.waves)].flatMap(([at, { id }]) => (id === undefined ? [] : [[id, at] as const])));
  const after = new Map(
    [...entriesOf(plan.waves)].flatMap(([, wave]) => (wave.id === undefined ? [] : [[wave.id, (wave.after ?? []).filter((id) => id !== undefined)] as const])),
  );
  for (const circle of circles(after)) {
    const first = circle[0] ?? '';
    const path = ['waves', index.get(first) ?? 0, 'after'];
    yield {
      path,
      say: () =>
        circle.length === 1 ? `wave ${quote(first)} waits for itself` : `wave ${quote(first)} waits for itself in a cycle: ${[...circle, first].join(' → ')}`,
    };
  }
}

function* membership(plan: DraftPlan): Generator<Finding> {
  const home = waysThroughWaves(plan);
  const known = new Set([...entriesOf(plan.packages)].map(([, { id }]) => id));
  for (const [index, { id, buildsOn }] of entriesOf(plan.packages)) {
    if (id === undefined || !home.has(id)) continue;
    for (const [at, base] of entriesOf(buildsOn)) {
      if (known.has(base) && !home.has(base))
        yield { path: ['packages', index, 'buildsOn', at], say: () => `package ${quote(id)} builds on ${quote(base)}, which no wave releases` };
    }
  }
}

function* dates(plan: DraftPlan, { planNowMs, startedWaves }: RuleContext): Generator<Finding> {
  for (const [index, wave] of entriesOf(plan.waves)) {
    const name = quote(wave.id);
    const path: Path = ['waves', index];
    const dated = [...datesOf(wave, path)];
    const packages = wave.packages ?? [];
    if (
      wave.status === 'scheduled' &&
      packages.length > 0 &&
      wave.goLive === undefined &&
      packages.some((entry) => entry !== undefined && entry.goLive === undefined)
    ) {
      yield { path, absent: [...path, 'goLive'], say: () => `wave ${name} is scheduled without a date: write goLive, or status: tentative until there is one` };
    }
    if (wave.status === 'on-hold') {
      for (const { path: at } of dated) yield { path: at, say: () => `wave ${name} is on hold and so has no date; the date is set when the hold is lifted` };
      continue;
    }
    const started = wave.id !== undefined && startedWaves.has(wave.id);
    for (const { ms, path: at, what } of dated) {
      if (!started && ms < planNowMs)
        yield {
          path: at,
          say: () =>
            `${what} of wave ${name} on ${instantText(ms)} is in the past (it is ${instantText(planNowMs)} on the plan's clock) and the wave has not started; give it a later date`,
        };
    }
    if (wave.goLiveTogether) {
      for (const { ms, path: at, what } of dated) {
        if (wave.goLive !== undefined && ms !== wave.goLive)
          yield { path: at, say: () => `wave ${name} goes live together, so ${what} cannot have its own date` };
      }
    }
  }
}

function* datesOf(wave: Draft<Wave>, path: Path): Generator<{ ms: number; path: Path; what: string }> {
  if (wave.goLive !== undefined) yield { ms: wave.goLive, path: [...path, 'goLive'], what: 'the go-live' };
  for (const [at, entry] of entriesOf(wave.packages)) {
    if (entry.goLive !== undefined) yield { ms: entry.goLive, path: [...path, 'packages', at, 'goLive'], what: `the go-live of ${quote(entry.package)}` };
  }
}

function* holds(plan: DraftPlan): Generator<Finding> {
  for (const [index, { id, status, hold }] of entriesOf(plan.waves)) {
    if (status === 'on-hold' && !hold)
      yield {
        path: ['waves', index, 'status'],
        absent: ['waves', index, 'hold'],
        say: () => `wave ${quote(id)} is on hold without a hold section: add hold with reason and liftedBy`,
      };
    if (status !== undefined && status !== 'on-hold' && hold)
      yield {
        path: ['waves', index, 'hold'],
        say: () => `wave ${quote(id)} has a hold but is ${status}, so the hold has no effect; write status: on-hold, or remove hold`,
      };
    const people = hold?.liftedBy?.length;
    const approvals = hold?.approvals;
    if (people !== undefined && approvals !== undefined && approvals > people) {
      yield {
        path: ['waves', index, 'hold'],
        say: () =>
          `wave ${quote(id)} can never be released: its hold needs ${approvals} approvals and only ${people} may give one; add people to liftedBy or lower approvals`,
      };
    }
  }
}

/** A wave must not go live before one that it follows. */
function* order(plan: DraftPlan): Generator<Finding> {
  const waveDates = new Map([...entriesOf(plan.waves)].map(([, wave]) => [wave.id, wave.goLive]));
  for (const [index, wave] of entriesOf(plan.waves)) {
    for (const [at, before] of entriesOf(wave.after)) {
      const date = waveDates.get(before);
      if (wave.goLive !== undefined && date !== undefined && date > wave.goLive && before !== wave.id) {
        yield {
          path: ['waves', index, 'after', at],
          say: () =>
            `wave ${quote(wave.id)} comes after ${quote(before)} but goes live before it (${instantText(wave.goLive as number)} and ${instantText(date)})`,
        };
      }
    }
  }
  const ways = waysThroughWaves(plan);
  for (const [index, { id, buildsOn }] of entriesOf(plan.packages)) {
    for (const [at, base] of entriesOf(buildsOn)) {
      // A package builds on others from its last change on; what it builds on is there from its first release on.
      const own = ways.get(id ?? '')?.findLast(({ change }) => change !== 'retire')?.goLiveMs;
      const date = ways.get(base)?.find(({ change }) => change === 'release' || change === 'observe')?.goLiveMs;
      if (own !== undefined && date !== undefined && date > own) {
        yield {
          path: ['packages', index, 'buildsOn', at],
          say: () => `package ${quote(id)} builds on ${quote(base)}, which goes live later (${instantText(own)} and ${instantText(date)})`,
        };
      }
    }
  }
}

function* clock(plan: DraftPlan): Generator<Finding> {
  const { day, epoch, until } = plan.clock ?? {};
  if (epoch !== undefined && until !== undefined && until <= epoch)
    yield { path: ['clock', 'until'], say: () => 'the clock runs faster until this date, which must be after its epoch' };
  if (day !== undefined && day > 86_400_000)
    yield { path: ['clock', 'day'], say: () => 'a plan day may be no longer than a real day; without clock, plan time is real time' };
}

export const waveRules: Rule[] = [waitsForItself, membership, dates, holds, order, clock];
