import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../domain/plan/load.ts';
import { stories } from './stories.ts';

const read = (file: string) => loadPlan(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), file, { nowMs: Date.now() });
const loaded = read('examples/role-packages.yaml');
const yourTurn = read('examples/your-turn.yaml');
const sql = readFileSync(new URL('database.sql', import.meta.url), 'utf8');

describe.each([
  ['the plan of the five packages', loaded],
  ['the plan that waits for its reader', yourTurn],
])('%s', (_what, found) => {
  it('has no mistakes', () => {
    expect(found).toMatchObject({ ok: true });
  });

  it('names only accounts and roles of the demonstration’s database', () => {
    if (!found.ok) throw new Error('the plan has mistakes');
    const { packages, people } = found.plan;
    const accounts = packages.flatMap(({ cohort }) => cohort).map((id) => people.find((person) => person.id === id)?.accounts.erp ?? id);
    const roles = packages.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy]).map(({ role }) => role);
    expect([...accounts, ...roles].filter((name) => !sql.includes(`'${name}'`))).toEqual([]);
  });
});

describe('the plan of the five packages', () => {
  it('has a story for each package, in the wave that it is released with', () => {
    if (!loaded.ok) throw new Error('the plan has mistakes');
    const planned = loaded.plan.waves.flatMap((wave) => wave.packages.map((entry) => `${wave.id}/${entry.package}`));
    expect(stories.map(({ wave, rolePackage }) => `${wave}/${rolePackage}`).toSorted()).toEqual(planned.toSorted());
  });
});
