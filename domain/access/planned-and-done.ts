/** The numbers of a release side by side: as its signed preview has them, and as its ledger has them afterwards. */
import type { IncompatibleRule } from '../plan/schema.ts';
import type { Done } from '../release/done.ts';
import { switchCounts } from '../release/switching.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import type { ReleaseNumbers, WaveNumbers } from '../views/release-numbers.ts';
import { changedAccounts } from './blast-radius.ts';
import { partOf } from './build-preview.ts';
import { heldTogether, togetherCounts } from './incompatible.ts';

/** `nowMs`: real time. `atMs`: of the release, in plan time; exceptions that held then count. `done`: of this release alone. */
export function releaseNumbers(
  contents: readonly PreviewContent[],
  done: readonly Done[],
  rules: IncompatibleRule[],
  atMs: number,
  nowMs: number,
): ReleaseNumbers {
  const inSystem = Map.groupBy(done, ({ system }) => system);
  const switched = switchCounts(done, nowMs);
  const [planned, happened] = [heldTogether(rules, contents, atMs), heldTogether(rules, contents, atMs, done)].map(togetherCounts);
  return {
    systems: contents.filter(({ roles }) => roles.length > 0).map((content) => numbersIn(content, inSystem.get(content.system) ?? [])),
    incompatible: rules.flatMap(({ id }) => {
      const of = (counts: typeof planned) => counts?.find(({ rule }) => rule === id) ?? { existing: 0, caused: 0, excepted: 0, resolved: 0 };
      const both = { planned: classes(of(planned)), done: classes(of(happened)) };
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

export function radiusOf(contents: readonly PreviewContent[], done: readonly Done[]): ReleaseRadius {
  const planned = contents.map((content) => [content.system, changedAccounts(content)] as const);
  return {
    planned: new Map(planned.filter(([, accounts]) => accounts.size > 0)),
    done: new Map([...Map.groupBy(done, ({ system }) => system)].map(([system, all]) => [system, changedBy(all)])),
  };
}

const changedBy = (done: readonly Done[]): Set<string> =>
  new Set(done.filter(({ did }) => did === 'created' || did === 'retired').map(({ account }) => account));

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

function numbersIn(content: PreviewContent, done: Done[]): ReleaseNumbers['systems'][number] {
  const { toGrant, alreadyThere, toRetire, toDrop = 0 } = partOf(content, '');
  const legacy = new Set(content.legacy.map(({ role }) => role));
  const number = (did: Done['did'], which: (one: Done) => boolean = () => true) => done.filter((one) => one.did === did && which(one)).length;
  return {
    system: content.system,
    planned: { created: toGrant, preexisting: alreadyThere, retired: toRetire, revoked: toDrop, people: changedAccounts(content).size },
    done: {
      created: number('created'),
      preexisting: number('preexisting'),
      retired: number('retired', ({ role }) => legacy.has(role)),
      revoked: number('retired', ({ role }) => !legacy.has(role)),
      people: changedBy(done).size,
      failed: number('failed'),
      open: number('open'),
    },
  };
}
