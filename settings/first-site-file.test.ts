import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isPersonId } from '../domain/plan/fields.ts';
import { writeFirstSite } from './first-site-file.ts';
import { readSite } from './site.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-first-site-'));
  file = join(folder, 'site.yaml');
});
afterEach(() => rm(folder, { recursive: true }));

const { username } = userInfo();
const onlyHere = { people: [isPersonId(username) ? username : 'administrator'], groups: [] };

test('its only administrator is the person at this machine, who also applies plans, and it has no system yet', async () => {
  expect(writeFirstSite(file)).toBe(true);
  expect(await readSite(file)).toMatchObject({ administrators: onlyHere, systems: [], plans: [{ plan: '*', apply: onlyHere, systems: [] }] });
});

test('of a plan that was just written, it lets its operators apply it and use the roles that it names, and nobody else is administrator', async () => {
  const system = { id: 'erp', kind: 'postgres', env: 'ERP_DATABASE_URL', description: 'PostgreSQL', readOnly: false } as const;
  expect(writeFirstSite(file, { id: 'first', operators: ['ines'], owners: ['olga'], system, roles: ['fin_close'] })).toBe(true);
  expect(await readSite(file)).toMatchObject({
    administrators: onlyHere,
    systems: [{ id: 'erp', kind: 'postgres', connection: { env: 'ERP_DATABASE_URL' } }],
    plans: [{ plan: 'first', systems: [{ system: 'erp', roles: ['fin_close'] }] }],
    // Two people: nobody decides alone.
    separationOfDuties: { applierMayBeOnlySigner: false, signerMayBeGranted: false },
  });
});

test('a site file that is there is not touched', async () => {
  await writeFile(file, 'ours');
  expect(writeFirstSite(file)).toBe(false);
  expect(await readFile(file, 'utf8')).toBe('ours');
});
