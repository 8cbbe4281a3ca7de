/** Names: every name that is used is known, and every id is unique. */
import { driftMetric } from '../../watch/measurement.ts';
import { KnownWords } from '../nearest.ts';
import { each, pathText, quote } from '../places.ts';
import type { DraftPlan, Finding } from '../places.ts';

type Kind = 'people' | 'systems' | 'metrics' | 'packages' | 'waves';
const kinds = { people: 'person', systems: 'system', metrics: 'metric', packages: 'package', waves: 'wave' } as const satisfies Record<Kind, string>;

/** A plan only names its systems: what they are is in the site file. */
const idsOf = (kind: Kind): string => (kind === 'systems' ? 'systems[]' : `${kind}[].id`);

/** Every place that refers to something by id, and what messages call it there. */
const references: { at: string; to: Kind; as: string }[] = [
  { at: 'packages[].owner', to: 'people', as: 'owner' },
  { at: 'packages[].cohort[]', to: 'people', as: 'person' },
  { at: 'packages[].cohortQuery.system', to: 'systems', as: 'system' },
  { at: 'packages[].requires.drill.signedBy', to: 'people', as: 'signer of the drill' },
  { at: 'packages[].rollback.claims.by[]', to: 'people', as: 'claimant' },
  { at: 'packages[].entitlements[].system', to: 'systems', as: 'system' },
  { at: 'packages[].legacy[].system', to: 'systems', as: 'system' },
  { at: 'packages[].buildsOn[]', to: 'packages', as: 'package' },
  { at: 'packages[].watch.metrics[].metric', to: 'metrics', as: 'metric' },
  { at: 'metrics[].provider.system', to: 'systems', as: 'system' },
  { at: 'people[].accounts.*', to: 'systems', as: 'system' },
  { at: 'operators[]', to: 'people', as: 'operator' },
  { at: 'delegates[].of', to: 'people', as: 'person' },
  { at: 'delegates[].to', to: 'people', as: 'delegate' },
  { at: 'delegates[].packages[]', to: 'packages', as: 'package' },
  { at: 'notices.onCall[]', to: 'people', as: 'person on call' },
  { at: 'blackouts[].packages[]', to: 'packages', as: 'package' },
  { at: 'blastRadius[].system', to: 'systems', as: 'system' },
  { at: 'incompatible[].entitlements[].system', to: 'systems', as: 'system' },
  { at: 'incompatible[].exceptions[].person', to: 'people', as: 'person' },
  { at: 'waves[].after[]', to: 'waves', as: 'wave' },
  { at: 'waves[].alsoSigns[]', to: 'people', as: 'signer' },
  { at: 'waves[].hold.liftedBy[]', to: 'people', as: 'person' },
  { at: 'waves[].packages[].package', to: 'packages', as: 'package' },
];

/** Lists that must not repeat a name. */
const sets = [
  'systems',
  'packages[].cohort',
  'packages[].buildsOn',
  'packages[].rollback.claims.by',
  'operators',
  'delegates[].packages',
  'notices.onCall',
  'blackouts[].packages',
  'waves[].after',
  'waves[].alsoSigns',
  'waves[].hold.liftedBy',
];

export function* unknownNames(plan: DraftPlan): Generator<Finding> {
  const known = Object.fromEntries(
    Object.keys(kinds).map((kind) => [kind, new Set([...each(plan, idsOf(kind as Kind))].map(({ value }) => String(value)))]),
  ) as Record<Kind, Set<string>>;
  known.metrics.add(driftMetric);
  const words = Object.fromEntries(Object.entries(known).map(([kind, ids]) => [kind, new KnownWords(ids)])) as Record<Kind, KnownWords>;
  for (const { at, to, as } of references) {
    for (const { value, path } of each(plan, at)) {
      if (typeof value !== 'string' || known[to].has(value)) continue;
      yield {
        path,
        key: at.endsWith('*'),
        say: () =>
          to === 'systems'
            ? `unknown ${as} ${quote(value)}: list it under systems${words[to].didYouMean(value)}`
            : `unknown ${as} ${quote(value)}: no ${kinds[to]} of this plan has that id${words[to].didYouMean(value)}`,
      };
    }
  }
}

/** One person with two ids could be the second person of their own rollback. */
function* idsThatDifferInCase(plan: DraftPlan): Generator<Finding> {
  const first = new Map<string, { value: string; at: string }>();
  for (const { value, path } of each(plan, 'people[].id')) {
    if (typeof value !== 'string') continue;
    const taken = first.get(value.toLowerCase());
    if (taken === undefined) first.set(value.toLowerCase(), { value, at: pathText(path.slice(0, -1)) });
    else if (taken.value !== value)
      yield {
        path,
        say: () => `${quote(value)} and ${quote(taken.value)} (${taken.at}) differ only in upper and lower case: write the id of this person in one way`,
      };
  }
}

export function* repeatedNames(plan: DraftPlan): Generator<Finding> {
  yield* idsThatDifferInCase(plan);
  for (const kind of Object.keys(kinds) as Kind[]) {
    if (kind === 'systems') continue;
    const first = new Map<unknown, string>();
    for (const { value, path } of each(plan, `${kind}[].id`)) {
      const taken = first.get(value);
      if (taken === undefined) first.set(value, pathText(path.slice(0, -1)));
      else yield { path, say: () => `duplicate id ${quote(value)}: ${taken} already has it` };
      if (kind === 'metrics' && value === driftMetric)
        yield { path, say: () => `'${driftMetric}' is reserved: every system measures it automatically; give this metric another id` };
    }
  }
  for (const set of sets) {
    for (const { value, path } of each(plan, set)) {
      const seen = new Set<unknown>();
      for (const [index, item] of (value as unknown[]).entries()) {
        if (item !== undefined && seen.has(item)) yield { path: [...path, index], say: () => `${quote(item)} is listed twice` };
        seen.add(item);
      }
    }
  }
}
