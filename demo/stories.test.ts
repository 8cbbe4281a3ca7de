import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadPlan } from '../domain/plan/load.ts';
import { loadSite } from '../domain/site/load.ts';
import { siteWithoutDirectory } from './desk.ts';
import { deskGroups } from './directory.ts';
import { stories } from './stories.ts';

const read = (file: string) => loadPlan(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), file, { nowMs: Date.now() });
const loaded = read('examples/role-packages.yaml');
const yourTurn = read('examples/your-turn.yaml');
const text = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8');
const sql = text('database.sql');
const siteText = text('site.yaml');

describe.each([
  ['the plan of the five packages', loaded],
  ['the plan that waits for its reader', yourTurn],
])('%s', (_what, found) => {
  it('has no mistakes', () => {
    expect(found).toMatchObject({ ok: true });
  });

  it('names only accounts, roles and groups that the demonstration has', () => {
    if (!found.ok) throw new Error('the plan has mistakes');
    const { packages, people } = found.plan;
    const accounts = packages.flatMap(({ cohort }) => cohort).map((id) => people.find((person) => person.id === id)?.accounts['erp'] ?? id);
    const roles = packages.flatMap(({ entitlements, legacy }) => [...entitlements, ...legacy]);
    const [inErp, elsewhere] = [roles.filter(({ system }) => system === 'erp'), roles.filter(({ system }) => system !== 'erp')];
    expect([...accounts, ...inErp.map(({ role }) => role)].filter((name) => !sql.includes(`'${name}'`))).toEqual([]);
    expect(elsewhere.filter(({ system, role }) => system !== 'directory' || !deskGroups.some(({ name }) => name === role))).toEqual([]);
  });
});

describe('the plan of the five packages', () => {
  it('has a story for each package, in the wave that it is released with', () => {
    if (!loaded.ok) throw new Error('the plan has mistakes');
    const planned = loaded.plan.waves.flatMap((wave) => wave.packages.map((entry) => `${wave.id}/${entry.package}`));
    expect(stories.map(({ wave, rolePackage }) => `${wave}/${rolePackage}`).toSorted()).toEqual(planned.toSorted());
  });
});

describe('the service desk', () => {
  it('has the same groups, and the same people in them, as roles of the database on a machine without a directory', () => {
    const roles = text('desk-roles.sql');
    for (const { name, members } of deskGroups) {
      expect(roles).toContain(`'${name}'`);
      for (const account of members) expect(roles).toMatch(new RegExp(`grant "${name}" to [^;]*"${account}"`));
    }
  });

  it('is in another system of the site there, which lets the plans do the same', () => {
    const [own, other] = [siteText, siteWithoutDirectory(siteText)].map((each) => loadSite(Buffer.from(each), 'site.yaml'));
    if (!own?.ok || !other?.ok) throw new Error(`a site file has mistakes: ${JSON.stringify([own, other])}`);
    expect(own.site.systems).toMatchObject([{ id: 'erp' }, { id: 'directory', kind: 'ldap' }]);
    expect(other.site.systems).toMatchObject([own.site.systems[0], { id: 'directory', kind: 'postgres', connection: { env: 'DIRECTORY_URL' } }]);
    expect({ ...other.site, systems: [] }).toEqual({ ...own.site, systems: [] });
  });
});
