/** What the workflow of a wave carries: only what decides, and no more than Temporal takes. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { people, plan, type PlanChange } from '../../test/support/plan.ts';
import { mistakesIn, parsedSmallPlan, smallPlan } from '../../test/support/small-plan.ts';
import { loadPlan } from './load.ts';
import { carriedLimit, gathered, tooLargeWaves } from './size.ts';
import { waveSection } from './section.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const saidOf = (made: ReturnType<typeof plan>) => tooLargeWaves(made).map(({ path, say }) => `${path.join('.')} ${say()}`);

const many = (count: number, change: (index: number) => NonNullable<PlanChange['packages']>[number] = () => ({})): PlanChange => ({
  packages: Array.from({ length: count }, (_, index) => ({ id: `package-${String(index).padStart(4, '0')}`, ...change(index) })),
});

test('a wave carries no text that is only for people', () => {
  const written = parse(smallPlan) as Record<string, unknown>;
  const marked = JSON.parse(
    JSON.stringify(written, (key, value: unknown) => {
      const texts = ['name', 'description', 'rolloutSteps', 'ownerHandoff', 'rollbackPath', 'postLaunchChecks', 'maintenanceNote', 'confirms', 'reason'];
      if (!texts.includes(key)) return value;
      return Array.isArray(value) ? value.map(() => 'FOR PEOPLE') : 'FOR PEOPLE';
    }),
  ) as unknown;
  const loaded = loadPlan(stringify(marked), 'plan.yaml', { nowMs: 0 });
  if (!loaded.ok) throw new Error(loaded.mistakes[0]?.message);
  expect(JSON.stringify(loaded.plan)).toContain('FOR PEOPLE');
  for (const { id } of loaded.plan.waves) expect(JSON.stringify(waveSection(loaded.plan, 1, id))).not.toContain('FOR PEOPLE');
});

test('nor people, entitlements, statements and bounds, which activities read from the store', () => {
  const made = parsedSmallPlan();
  const section = JSON.stringify(waveSection(made, 1, 'first'));
  for (const unwanted of ['fin_close', 'select', '"above"', '"below"', '@example.com', '"cohort"']) expect(section).not.toContain(unwanted);
});

test('long texts make no wave too large, however many packages have them', () => {
  const long = 'steps that people do and know '.repeat(80);
  const made = plan(many(180, () => ({ name: long, description: long, rolloutSteps: [long], rollbackPath: [long], maintenanceNote: long })));
  expect(bytes(made)).toBeGreaterThan(1_500_000);
  expect(saidOf(made)).toEqual([]);
});

test('a wave of too many packages is refused with its size, the limit and the way out', () => {
  expect(saidOf(plan(many(600)))).toEqual([
    expect.stringMatching(
      /^waves\.0\.packages wave 'wave-1' is too large: its workflow has to carry 2,\d+ KiB, and the limit is 1,024 KiB\. Its 600 packages with their evidence take 2,\d+ KiB; sign-offs by the owner of each package take 411 KiB\. Divide it into several waves$/,
    ),
  ]);
});

test('divided into three waves the same packages pass', () => {
  const half = (wave: number) => Array.from({ length: 200 }, (_, index) => ({ package: `package-${String(wave * 200 + index).padStart(4, '0')}` }));
  expect(saidOf(plan({ ...many(600), waves: [0, 1, 2].map((wave) => ({ id: `wave-${wave}`, packages: half(wave) })) }))).toEqual([]);
});

test('lists that aliases repeat are measured as they are carried, and named', () => {
  const written = parse(smallPlan) as { packages: Record<string, unknown>[]; waves: Record<string, unknown>[]; delegates: unknown[]; people: unknown[] };
  const [first] = written.packages;
  const bases = Array.from({ length: 100 }, (_, index) => ({ ...first, id: `base-${'x'.repeat(50)}-${index}` }));
  const tops = Array.from({ length: 70 }, (_, index) => ({ ...first, id: `top-${index}`, buildsOn: bases.map(({ id }) => id) }));
  written.packages.push(...bases, ...tops);
  written.waves = [{ id: 'all', status: 'tentative', packages: written.packages.map(({ id }) => ({ package: id })) }];
  // As people write it: the list once, and an alias everywhere else.
  const text = stringify(written, { aliasDuplicateObjects: true });
  expect(text.length).toBeLessThan(600_000);
  expect(mistakesIn(text)).toEqual([
    expect.stringMatching(
      /waves\[0\]\.packages {2}wave 'all' is too large: .* Its 172 packages with their evidence take \d+ KiB; buildsOn of its packages take \d+ KiB; /,
    ),
  ]);
});

test('people count where a wave names them', () => {
  const crowd = Array.from({ length: 3_000 }, (_, index) => `${'p'.repeat(190)}${index}`);
  expect(saidOf({ ...plan({ people: people('olga', 'ines', 'hugo', ...crowd), packages: [{ cohort: ['ines'] }] }), operators: crowd })).toEqual([
    expect.stringContaining('Operators and onCall take'),
  ]);
});

test('each signer makes a wave larger, because a sign-off of each is kept', () => {
  const signers = Array.from({ length: 20 }, (_, index) => `signer-${index}`);
  const named = people('olga', 'ines', 'hugo', 'ann', 'ben', 'cem', ...signers);
  expect(saidOf(plan({ ...many(100), waves: [{}] }))).toEqual([]);
  expect(saidOf(plan({ ...many(100), people: named, waves: [{ alsoSigns: signers }] }))).toEqual([
    expect.stringMatching(/ Sign-offs by 21 people of each package take 1,\d+ KiB; its 100 packages/),
  ]);
});

test('what is measured is what is carried', () => {
  fc.assert(
    fc.property(fc.integer({ min: 150, max: 350 }), (count) => {
      const made = plan(many(count));
      const carried = bytes(waveSection(made, 1_000, 'wave-1')) + count * (gathered.aPackage + gathered.aSignOff);
      // The frame around the parts is not counted.
      if (carried > carriedLimit + 1_000) expect(saidOf(made)).toHaveLength(1);
      if (carried < carriedLimit) expect(saidOf(made)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});
