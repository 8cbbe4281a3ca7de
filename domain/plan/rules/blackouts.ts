/** Blackouts end, and no wave is scheduled to go live in one. */
import { blackoutAt } from '../../blackouts.ts';
import { instantText } from '../../time/instant.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import type { Blackout, Wave } from '../schema.ts';
import type { Rule, RuleContext } from './rule.ts';

const dayMs = 86_400_000;
/** One quarter: anything longer is not an exception any more. */
const longestDays = 92;

function* end(plan: DraftPlan): Generator<Finding> {
  const whole = wholeOnes(plan);
  for (const [index, { id, from, until, packages }] of entriesOf(plan.blackouts)) {
    if (id === undefined || from === undefined || until === undefined) continue;
    const path: Path = ['blackouts', index, 'until'];
    if (until <= from) {
      yield { path, say: () => `blackout ${quote(id)} ends on ${instantText(until)}, before it begins (${instantText(from)})` };
      continue;
    }
    const stretches = (packages ?? ['']).map((name = '') => blackoutAt(whole, name, from));
    const days = Math.ceil(Math.max(until - from, ...stretches.map((stretch) => (stretch ? stretch.untilMs - stretch.sinceMs : 0))) / dayMs);
    if (days > longestDays)
      yield {
        path,
        say: () =>
          until - from > longestDays * dayMs
            ? `blackout ${quote(id)} lasts ${days} days, and every change would wait for its end; end it within ${longestDays} days, and add another when it is needed`
            : `blackout ${quote(id)} and those that touch it last ${days} days without a gap; leave one within ${longestDays} days`,
      };
  }
}

/** With the same id twice, people could not tell which one applies. */
function* ids(plan: DraftPlan): Generator<Finding> {
  const seen = new Set<string>();
  for (const [index, { id }] of entriesOf(plan.blackouts)) {
    if (id === undefined) continue;
    if (seen.has(id)) yield { path: ['blackouts', index, 'id'], say: () => `there is already a blackout ${quote(id)}; give this one its own id` };
    seen.add(id);
  }
}

function* goLives(plan: DraftPlan, { planNowMs }: RuleContext): Generator<Finding> {
  const whole = wholeOnes(plan);
  if (whole.length === 0) return;
  for (const [index, wave] of entriesOf(plan.waves)) {
    const said = new Set<string>();
    for (const { ms, path, rolePackage } of datesOf(wave, ['waves', index])) {
      const found = ms > planNowMs ? blackoutAt(whole, rolePackage, ms) : undefined;
      // Packages that share the wave's date share the finding.
      if (!found || said.has(path.join())) continue;
      said.add(path.join());
      yield {
        path,
        say: () =>
          `wave ${quote(wave.id)} would go live on ${instantText(ms)}, in the blackout ${quote(found.id)} that ends on ${instantText(found.untilMs)}; give it a date outside`,
      };
    }
  }
}

function* datesOf(wave: Draft<Wave>, path: Path): Generator<{ ms: number; path: Path; rolePackage: string }> {
  for (const [at, entry] of entriesOf(wave.packages)) {
    const ms = entry.goLive ?? wave.goLive;
    if (entry.package === undefined || ms === undefined) continue;
    yield { ms, path: entry.goLive === undefined ? [...path, 'goLive'] : [...path, 'packages', at, 'goLive'], rolePackage: entry.package };
  }
}

/** Blackouts whose dates and packages the schema accepted. */
const wholeOnes = (plan: DraftPlan): Blackout[] =>
  [...entriesOf(plan.blackouts)].flatMap(([, { id = '', reason = '', from, until, packages }]) =>
    from === undefined || until === undefined || until <= from
      ? []
      : [{ id, reason, from, until, ...(packages ? { packages: packages.filter((name) => name !== undefined) } : {}) }],
  );

export const blackoutRules: Rule[] = [end, ids, goLives];
