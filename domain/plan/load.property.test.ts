import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { duration as writtenDuration, instant } from '../time/written.ts';
import { misleading } from '../misleading-text.ts';
import { packageDigest } from './digest.ts';
import { loadPlan } from './load.ts';
import { metric, planInput, roles } from '../../test/support/plan.ts';
import { smallPlan } from '../../test/support/small-plan.ts';

const load = (text: string) => loadPlan(text, 'plan.yaml', { nowMs: 0 });

/** Asserts that the loader returns a plan, or mistakes that can be shown: a place in the file and one line of text without control characters. */
function answersClearly(text: string): void {
  const loaded = load(text);
  if (loaded.ok) return;
  expect(loaded.mistakes.length).toBeGreaterThan(0);
  const lines = text.split(/\r\n|\r|\n/).length;
  for (const { line, column, message } of loaded.mistakes) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines + 1);
    expect(column).toBeGreaterThanOrEqual(1);
    // oxlint-disable-next-line no-control-regex -- the test asserts that there is none
    expect(message).not.toMatch(/[\u0000-\u001f]|Invalid input|undefined|\[object/);
  }
}

test('no text makes the loader throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ unit: fc.constantFrom(...'{}[]:-,&*!|>\'"%@` #\n\tab?~<'), maxLength: 300 })),
      answersClearly,
    ),
    { numRuns: 500 },
  );
});

test('no damage to a valid plan makes the loader throw', () => {
  const damage = fc.record({
    at: fc.nat(smallPlan.length),
    gone: fc.nat(40),
    put: fc.string({ unit: fc.constantFrom(...'{}[]:-,&*!|>\'"# \nab10~'), maxLength: 12 }),
  });
  fc.assert(
    fc.property(damage, ({ at, gone, put }) => answersClearly(smallPlan.slice(0, at) + put + smallPlan.slice(at + gone))),
    { numRuns: 300 },
  );
});

test.each(['systems', 'people', 'packages', 'waves', 'operators', 'plan'])(
  "what is called 'length' or 'size' in place of %s is a mistake like any other",
  (list) => {
    const loaded = load(smallPlan);
    if (!loaded.ok) throw new Error('the small plan is not valid');
    for (const odd of [{ length: {} }, { size: {} }, [{ length: {} }], { length: [] }]) answersClearly(stringify({ ...loaded.plan, [list]: odd }));
  },
);

test('no value in place of another makes the loader throw', () => {
  const loaded = load(smallPlan);
  if (!loaded.ok) throw new Error('the small plan is not valid');
  const strange = fc.oneof(fc.constantFrom(null, true, -1, 1e308, '', [], {}, [[]], [null], { id: {} }, { __proto__: 1 }), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.constantFrom('systems', 'people', 'packages', 'waves', 'metrics', 'delegates', 'operators', 'clock', 'plan'),
      fc.nat(3),
      fc.string(),
      strange,
      (list, index, key, value) => {
        const document = structuredClone(loaded.plan) as unknown as Record<string, unknown>;
        const entry = (document[list] as unknown[] | undefined)?.[index];
        if (typeof entry === 'object' && entry !== null) {
          const keys = Object.keys(entry);
          Object.assign(entry, { [keys[key.length % keys.length] ?? key]: value });
        } else document[list] = value;
        answersClearly(stringify(document));
      },
    ),
    { numRuns: 300 },
  );
});

const id = fc.oneof({ weight: 9, arbitrary: fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/) }, fc.constantFrom('constructor', 'prototype', 'valueof'));
const words = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .map((text) => `x${text}`.trim())
  .filter((text) => !text.includes('\ufffd') && !misleading.test(text));
const duration = fc.record({ number: fc.integer({ min: 1, max: 300 }), unit: fc.constantFrom('m', 'h', 'd') }).map(({ number, unit }) => `${number}${unit}`);

/** Plans as people could write them: any ids and texts, people in any number of packages. */
const plans = fc
  .record({
    people: fc.uniqueArray(id, { minLength: 2, maxLength: 8 }),
    packages: fc.uniqueArray(id, { minLength: 1, maxLength: 4 }),
    name: words,
    length: fc.integer({ min: 2, max: 60 }),
    window: duration,
    below: fc.double({ min: 0.01, max: 1, noNaN: true }),
    date: fc.integer({ min: 0, max: 20_000 }),
  })
  .map(({ people, packages, name, length, window, below, date }) =>
    planInput({
      plan: 'any',
      people: people.map((person) => ({ id: person, name, team: 'team' })),
      operators: people.slice(0, 1),
      metrics: [
        metric('use', { description: name, kind: 'ratio', provider: { kind: 'sql', system: 'erp', query: 'select 1 as count, 2 as of where :from < :to' } }),
      ],
      packages: packages.map((rolePackage, index) => ({
        id: rolePackage,
        name,
        description: name,
        owner: people[index % people.length]!,
        rolloutSteps: [name],
        ownerHandoff: name,
        rollbackPath: [name],
        postLaunchChecks: [name],
        maintenanceNote: name,
        entitlements: roles('erp', `role_${index}`),
        legacy: [],
        cohort: people,
        watch: { length: `${length}d`, metrics: [{ metric: 'use', tune: { below } }, { metric: 'access-drift' }] },
      })),
      waves: [{ id: 'only', goLive: new Date(date * 86_400_000).toISOString().slice(0, 10), window }],
    }),
  );

test('a valid plan is read as it was written, whatever its names and texts', () => {
  fc.assert(
    fc.property(plans, (written) => {
      const loaded = load(stringify(written));
      expect(loaded).toMatchObject({
        ok: true,
        plan: {
          people: written.people,
          packages: written.packages.map(({ watch, ...rest }) => ({ ...rest, watch: { length: writtenDuration.parse(watch.length), metrics: watch.metrics } })),
          waves: written.waves.map(({ goLive, window, packages }) => ({ goLive: instant.parse(goLive), window: writtenDuration.parse(window), packages })),
        },
      });
    }),
    { numRuns: 100 },
  );
});

test('JSON of a plan is the same plan', () => {
  fc.assert(
    fc.property(plans, (written) => {
      expect(load(JSON.stringify(written))).toEqual(load(stringify(written)));
    }),
    { numRuns: 50 },
  );
});

test('a package’s digest does not depend on the order in which people are listed', () => {
  fc.assert(
    fc.property(plans, fc.nat(), (written, turn) => {
      const turned = structuredClone(written);
      for (const rolePackage of turned.packages)
        rolePackage.cohort = [...rolePackage.cohort.slice(turn % rolePackage.cohort.length), ...rolePackage.cohort.slice(0, turn % rolePackage.cohort.length)];
      turned.people.reverse();
      const [before, after] = [load(stringify(written)), load(stringify(turned))];
      if (!before.ok || !after.ok) throw new Error('not valid');
      for (const { id: wave, packages } of before.plan.waves)
        for (const { package: name } of packages) expect(packageDigest(after.plan, name, wave)).toBe(packageDigest(before.plan, name, wave));
    }),
    { numRuns: 50 },
  );
});
