import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../domain/plan/load.ts';
import { stories } from './stories.ts';

const file = 'examples/role-packages.yaml';
const loaded = loadPlan(readFileSync(new URL('../examples/role-packages.yaml', import.meta.url), 'utf8'), file, { nowMs: Date.now() });
const sql = readFileSync(new URL('database.sql', import.meta.url), 'utf8');

describe('the plan of the five packages', () => {
  it('has no mistakes', () => {
    expect(loaded).toMatchObject({ ok: true });
  });

  it('names only accounts and roles of the demonstration’s database', () => {
    if (!loaded.ok) throw new Error('the plan has mistakes');
    const { packages, people } = loaded.plan;
    const accounts = packages.flatMap(({ cohort }) => cohort).map((id) => people.find((person) => person.id === id)?.accounts.erp ?? id);
    const roles = packages.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy]).map(({ role }) => role);
    expect([...accounts, ...roles].filter((name) => !sql.includes(`'${name}'`))).toEqual([]);
  });

  it('has a story for each package, in the wave that it is released with', () => {
    if (!loaded.ok) throw new Error('the plan has mistakes');
    const planned = loaded.plan.waves.flatMap((wave) => wave.packages.map((entry) => `${wave.id}/${entry.package}`));
    expect(stories.map(({ wave, rolePackage }) => `${wave}/${rolePackage}`).toSorted()).toEqual(planned.toSorted());
  });
});
