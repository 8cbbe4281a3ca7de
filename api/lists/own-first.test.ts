import { expect, test } from 'vitest';
import { readsNothing, type Reading } from '../../domain/authority/who-reads.ts';
import { mostInOneAnswer, mostOfARight, ownFirst } from './own-first.ts';
import { ownPartFirst, type Place } from './in-parts.ts';

const reading = (plan: string, right: string, own: boolean): [string, Reading] => [plan, { ...readsNothing(plan), sees: true, right, own }];
const waves = (plan: string, count: number, packages: number) =>
  Array.from({ length: count }, (_, at) => ({
    plan,
    wave: `wave-${at}`,
    running: at > 100,
    packages: Array.from({ length: packages }, (_each, id) => `p${id}`),
  }));
const packagesOf = (rows: ReturnType<typeof waves>) => rows.flatMap((row) => row.packages.map((id) => ({ ...row, id })));

test('two hundred waves of somebody else leave all own rows in front, and have room for a few, of which those that run come first', () => {
  const room = ownFirst(new Map([reading('aaa-spam', 'aaa*', false), reading('aaa-more', 'aaa*', false), reading('mine', 'mine', true)]), { whole: false });
  const rows = room.waves([...waves('aaa-more', 5, 1), ...waves('aaa-spam', 200, 2), ...waves('mine', 50, 3)], ({ running }) => running);
  expect(rows.slice(0, 50).every(({ plan }) => plan === 'mine')).toBe(true);
  expect(rows.slice(50).map(({ plan, running }) => [plan, running])).toEqual(Array.from({ length: 10 }, () => ['aaa-spam', true]));
  const packages = room.packages(packagesOf(rows), (row) => row);
  expect(packages.filter(({ plan }) => plan !== 'mine')).toHaveLength(mostOfARight);
  expect(room.notShown()).toEqual({
    notShown: [
      { plan: 'aaa-spam', waves: 190, packages: 380 },
      { plan: 'aaa-more', waves: 5, packages: 5 },
    ],
  });
});

test('one wave of five hundred packages, and a wave that the plan no longer has, have no more room than others', () => {
  const room = ownFirst(new Map([reading('large', 'large', false), reading('dropped', 'dropped', false), reading('mine', 'mine', true)]), { whole: false });
  const rows = room.waves([...waves('dropped', 1, 0), ...waves('large', 1, 500)]);
  const found = room.packages([...packagesOf(waves('dropped', 1, 40)), ...packagesOf(rows)], (row) => row);
  expect(found.map(({ plan }) => plan)).toEqual(['dropped', ...Array.from({ length: mostOfARight }, () => 'large')]);
  expect(room.notShown().notShown).toEqual([
    { plan: 'dropped', waves: 0, packages: 39 },
    { plan: 'large', waves: 0, packages: 480 },
  ]);
});

test.each([
  ['asked for by name', [reading('spam', 'spam', false), reading('mine', 'mine', true)], true],
  ['all that somebody sees', [reading('spam', 'spam', false)], false],
] as const)('nothing is left out of plans that are %s', (_, readings, whole) => {
  const room = ownFirst(new Map(readings.map(([plan, each]) => [plan, each])), { whole });
  const rows = room.waves(waves('spam', 200, 2));
  expect([rows.length, room.packages(packagesOf(rows), (row) => row).length, room.notShown()]).toEqual([200, 400, {}]);
});

test('lists in order of time have each row once, those of own plans first, page by page', async () => {
  const readings = new Map([reading('spam', 'spam', false), reading('mine', 'mine', true)]);
  const all = Array.from({ length: 25 }, (_, at) => ({ position: 25 - at, plan: at % 5 === 0 ? 'mine' : 'spam' }));
  const seen: string[] = [];
  let after: Place | undefined;
  for (let pages = 0; pages < 20; pages += 1) {
    const { rows } = await ownPartFirst(readings, { after, limit: 4 }, async (of, position, limit) => ({
      rows: all.filter((row) => of.has(row.plan) && (position === undefined || row.position < position)).slice(0, limit),
    }));
    seen.push(...rows.map(({ plan, position }) => `${plan} ${position}`));
    after = rows.at(-1)?.place;
    if (rows.length < 4) break;
  }
  const rowsOf = (plan: string) => all.filter((row) => row.plan === plan).map(({ position }) => `${plan} ${position}`);
  expect(seen).toEqual([...rowsOf('mine'), ...rowsOf('spam')]);
});

test('an answer without pages has what runs, and what has ended last as long as there is room: also of own plans, and of what is asked for by name', () => {
  const ended = (plan: string, count: number) => waves(plan, count, 10).map((row, at) => ({ ...row, running: false, recordedAtMs: at }));
  const readings = new Map([reading('mine', 'mine', true), ...Array.from({ length: 6 }, (_, at) => reading(`other-${at}`, `other-${at}`, false))]);
  const room = ownFirst(readings, { whole: true, unpaged: true });
  const others = Array.from({ length: 6 }, (_, at) => ended(`other-${at}`, 200)).flat();
  const running = waves('mine', 1, 10).map((row) => ({ ...row, wave: 'now', running: true }));
  const rows = room.waves([...others, ...ended('mine', 300), ...running], ({ running: runs }) => runs);
  const mine = rows.filter(({ plan }) => plan === 'mine').map(({ wave }) => wave);
  expect(new Set(mine)).toEqual(new Set(['now', ...Array.from({ length: 199 }, (_, at) => `wave-${299 - at}`)]));
  const packages = room.packages(
    rows.flatMap((row) => row.packages.map((id) => ({ ...row, id }))),
    (row) => row,
  );
  expect(packages).toHaveLength(mostInOneAnswer.inAll);
  expect(packages.filter(({ plan }) => plan === 'mine')).toHaveLength(mostInOneAnswer.ofARight);
  const left = room.notShown().notShown ?? [];
  expect(left.reduce((sum, each) => sum + each.packages, 0)).toBe(6 * 2_000 + 3_010 - mostInOneAnswer.inAll);
});
