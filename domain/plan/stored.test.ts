import { expect, test } from 'vitest';
import type { Plan } from './schema.ts';
import { packageDigest } from './digest.ts';
import { loadPlan } from './load.ts';
import { waveSection } from './section.ts';
import { fromStore } from './stored.ts';
import { smallPlan } from './test-plan.ts';

const loaded = loadPlan(smallPlan, 'plan.yaml', { nowMs: 0 });
if (!loaded.ok) throw new Error('the small plan is mistaken');
const { plan } = loaded;

/** As 0.1.0 stored it. */
function asOf010(document: Plan): Plan {
  const { notices: _notices, blackouts: _blackouts, ...rest } = structuredClone(document);
  for (const system of rest.systems) delete (system as Partial<typeof system>).readOnly;
  for (const wave of rest.waves) for (const entry of wave.packages) delete (entry as Partial<typeof entry>).change;
  return rest as Plan;
}

test('a plan of today is read as it stands', () => {
  expect(fromStore(plan)).toBe(plan);
});

test('a plan that 0.1.0 stored has sections, digests as they were signed, and one approval for a rollback at high risk', () => {
  const older = asOf010(plan);
  const read = fromStore(older);
  expect([read.notices, read.blackouts, read.systems]).toEqual([plan.notices, [], plan.systems]);
  for (const [wave, id] of [
    ['first', 'closing'],
    ['second', 'intake'],
  ] as const) {
    expect(packageDigest(read, id, wave)).toBe(packageDigest(plan, id, wave));
    expect(waveSection(read, 1, wave).packages[0]).not.toHaveProperty('change');
  }
  expect(waveSection(read, 1, 'second').packages[0]).not.toHaveProperty('rollbackApprovals');
  expect(waveSection(plan, 1, 'second').packages[0]).toHaveProperty('rollbackApprovals', 2);
});
