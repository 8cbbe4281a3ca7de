/** The numbers of a release side by side: as its signed preview has them, and as its ledger has them afterwards. */
import type { IncompatibleRule } from '../plan/schema.ts';
import type { Done } from '../release/done.ts';
import { switchCounts } from '../release/switching.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { atOnce, eachOf, type Sliced } from '../slices.ts';
import type { ReleaseNumbers, WaveNumbers } from '../views/release-numbers.ts';
import { changedAccounts } from './blast-radius.ts';
import { partOf } from './build-preview.ts';
import { heldTogether, togetherCounts } from './incompatible.ts';
import type { IncompatibleCounts } from './preview.ts';

/** `nowMs`: real time. `atMs`: of the release, in plan time; exceptions that held then count. `done`: of this release alone. */
export const releaseNumbers = (
  contents: readonly PreviewContent[],
  done: readonly Done[],
  rules: IncompatibleRule[],
  atMs: number,
  nowMs: number,
): ReleaseNumbers => atOnce(countingNumbers(contents, done, rules, atMs, nowMs));

/** The same, in slices. */
export function* countingNumbers(
  contents: readonly PreviewContent[],
  done: readonly Done[],
  rules: IncompatibleRule[],
  atMs: number,
  nowMs: number,
): Sliced<ReleaseNumbers> {
  const legacyOf = new Map(contents.map(({ system, legacy }) => [system, new Set(legacy.map(({ role }) => role))]));
  const happened = new Map(contents.map(({ system }) => [system, nothingDone()]));
  const switches: Done[] = [];
  yield* eachOf(done, (one) => {
    const counts = happened.get(one.system);
    if (counts) count(counts, one, legacyOf.get(one.system));
    if (one.switched ?? one.switching) switches.push(one);
  });
  const systems: ReleaseNumbers['systems'] = [];
  for (const content of contents) {
    if (content.roles.length === 0) continue;
    const { toGrant, alreadyThere, toRetire, toDrop = 0 } = partOf(content, '');
    yield;
    const planned = { created: toGrant, preexisting: alreadyThere, retired: toRetire, revoked: toDrop, people: changedAccounts(content).size };
    yield;
    const { people, ...counts } = happened.get(content.system) ?? nothingDone();
    systems.push({ system: content.system, planned, done: { ...counts, people: people.size } });
  }
  const together: IncompatibleCounts[][] = [];
  for (const what of rules.length > 0 ? [undefined, done] : []) {
    together.push(togetherCounts(heldTogether(rules, contents, atMs, what)));
    yield;
  }
  const [planned, afterwards] = together;
  const switched = switchCounts(switches, nowMs);
  return {
    systems,
    incompatible: rules.flatMap(({ id }) => {
      const of = (counts: typeof planned) => counts?.find(({ rule }) => rule === id) ?? { existing: 0, caused: 0, excepted: 0, resolved: 0 };
      const both = { planned: classes(of(planned)), done: classes(of(afterwards)) };
      return [both.planned, both.done].some((counts) => Object.values(counts).some((number) => number > 0)) ? [{ rule: id, ...both }] : [];
    }),
    ...(switched ? { switched } : {}),
  };
}

/** Accounts whose access a release was to change, and did, by system. */
export interface ReleaseRadius {
  planned: ReadonlyMap<string, ReadonlySet<string>>;
  done: ReadonlyMap<string, ReadonlySet<string>>;
}

export const radiusOf = (contents: readonly PreviewContent[], done: readonly Done[]): ReleaseRadius => atOnce(findingRadius(contents, done));

/** The same, in slices. */
export function* findingRadius(contents: readonly PreviewContent[], done: readonly Done[]): Sliced<ReleaseRadius> {
  const planned = new Map<string, ReadonlySet<string>>();
  for (const content of contents) {
    const accounts = changedAccounts(content);
    if (accounts.size > 0) planned.set(content.system, accounts);
    yield;
  }
  const changed = new Map<string, Set<string>>();
  yield* eachOf(done, (one) => {
    const accounts = changed.get(one.system) ?? new Set();
    changed.set(one.system, accounts);
    if (isChange(one)) accounts.add(one.account);
  });
  return { planned, done: changed };
}

const isChange = ({ did }: Done): boolean => did === 'created' || did === 'retired';

/** Of the releases of one wave: each account once, however many of them change it. */
export function waveNumbers(releases: readonly ReleaseRadius[]): WaveNumbers {
  const systems = [...new Set(releases.flatMap(({ planned, done }) => [...planned.keys(), ...done.keys()]))].sort();
  return systems.map((system) => {
    const together = (side: keyof ReleaseRadius) => new Set(releases.flatMap((release) => [...(release[side].get(system) ?? [])])).size;
    return { system, packages: releases.filter(({ planned }) => planned.has(system)).length, planned: together('planned'), done: together('done') };
  });
}

const classes = ({ existing, caused, excepted, resolved, switched = 0 }: ReleaseNumbers['incompatible'][number]['planned']) => ({
  existing,
  caused,
  excepted,
  resolved,
  ...(switched > 0 ? { switched } : {}),
});

type Counted = Omit<ReleaseNumbers['systems'][number]['done'], 'people'> & { people: Set<string> };

const nothingDone = (): Counted => ({ created: 0, preexisting: 0, retired: 0, revoked: 0, people: new Set(), failed: 0, open: 0 });

function count(counts: Counted, one: Done, legacy: ReadonlySet<string> | undefined): void {
  const { did, role, account } = one;
  if (did === 'retired') counts[legacy?.has(role) ? 'retired' : 'revoked'] += 1;
  else if (did !== 'nothing') counts[did] += 1;
  if (isChange(one)) counts.people.add(account);
}
