/**
 * One plan with a package in a real SCIM server and one in a real Keycloak, from its file to the rollback, as those see it who work with it: by the command, on the
 * pages, and in the two servers, where another administrator works at the same time.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import type { PackageView } from '../../domain/views/package.ts';
import { signedIn, startBrowser } from '../support/chromium.ts';
import { testIo } from '../support/command-io.ts';
import { ifMissing, keycloak, secretOf, startRealm, type TestRealm } from '../support/keycloak.ts';
import { people, planFile, roles, watch } from '../support/plan.ts';
import { hasScim2Server, ifNoScim2Server, startScim2Server } from '../support/scim-scim2-server.ts';
import { tokens, type TestScim } from '../support/scim-server.ts';
import { startSite, untilSeen, type Site } from '../server/site.ts';
import { accessibilityFaults } from './accessible.ts';
import { pictureNow } from './pages.ts';

const wave = 'identity/wave-1';
const [sellers, clerks] = [`${wave}/sellers`, `${wave}/clerks`];
const cohort = ['ann', 'ben', 'cem', 'dea'];
const probeAccounts: [string, string] = ['probe-a', 'probe-b'];

/** A plan day takes a minute. Both packages are released as soon as they are signed, and watched for longer than the test takes. */
const plan = planFile({
  plan: 'identity',
  clock: { epoch: '2026-04-06', day: '60s' },
  systems: ['crm', 'sso'],
  people: people('olga', 'otto', 'ines', 'hugo', ...cohort),
  packages: [
    { id: 'sellers', name: 'Sellers', entitlements: roles('crm', 'Sellers'), legacy: roles('crm', 'Old sellers') },
    { id: 'clerks', name: 'Clerks', entitlements: roles('sso', '/sales', 'realm:approver'), legacy: roles('sso', '/old-sales') },
  ].map((each) => ({ ...each, cohort, watch: watch('14d'), tune: { onDrift: 'ask' as const }, rollback: { claims: { by: ['otto'] } } })),
  waves: [{ goLive: '2026-04-06T00:30:00Z', window: '365d' }],
});

describe.skipIf(!keycloak || !hasScim2Server)(`a plan for a SCIM server and a realm of Keycloak${ifMissing}${ifNoScim2Server}`, () => {
  let realm: TestRealm;
  let scim: TestScim;
  let site: Site;
  let browser: Browser;
  let folder: string;
  const file = () => join(folder, 'plan.yaml');

  beforeAll(async () => {
    [realm, scim, browser, folder] = await Promise.all([
      startRealm({ tokenSeconds: 60 }),
      startScim2Server(),
      startBrowser(),
      mkdtemp(join(tmpdir(), 'rolewave-identity-')),
    ]);
    await writeFile(file(), plan);
    for (const person of [...cohort, ...probeAccounts, 'eve']) await Promise.all([realm.user(person), scim.kim.user(person)]);
    for (const group of ['Sellers', 'Old sellers']) await scim.kim.group(group);
    for (const group of ['sales', 'old-sales']) await realm.group(group);
    await realm.admin('POST', '/roles', { name: 'approver' });
    await realm.admin('POST', '/roles', { name: 'reports' });
    await realm.admin('POST', `/groups/${await realm.groupId('/sales')}/role-mappings/realm`, [await realm.admin('GET', '/roles/reports')]);
    await scim.kim.add('Sellers', 'cem');
    await scim.kim.add('Old sellers', 'ann');
    await inRealm('PUT', '/old-sales', 'ann');
    const probe = { accounts: probeAccounts };
    site = await startSite(
      {},
      {
        CRM_URL: scim.baseUrl.replace('://', `://bearer:${tokens.rolewave}@`),
        SSO_URL: `http://rolewave:${encodeURIComponent(secretOf('rolewave'))}@${realm.host}:${realm.port}/realms/${realm.name}`,
      },
      {
        systems: [
          { id: 'crm', kind: 'scim', description: 'The CRM', connection: { env: 'CRM_URL' }, tls: 'none', groups: { soleWriter: true }, probe },
          { id: 'sso', kind: 'keycloak', description: 'Single sign-on', connection: { env: 'SSO_URL' }, tls: 'none', probe },
        ],
      },
    );
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    await Promise.all([scim?.stop(), realm?.remove()]);
    await rm(folder, { recursive: true, force: true });
  });

  /** As Kim does it in the console. */
  const inRealm = async (method: 'PUT' | 'DELETE', group: string, account: string) =>
    realm.kim(method, `/users/${await realm.userId(account)}/groups/${await realm.groupId(group)}`);
  const inGroup = async (path: string) =>
    ((await realm.kim('GET', `/groups/${await realm.groupId(path)}/members`)) as { username: string }[]).map(({ username }) => username).toSorted();
  const inScim = async (group: string) => {
    const members = await scim.kim.members(group);
    return [...cohort, 'eve'].filter((person) => members.includes(scim.kim.id('Users', person)));
  };
  const scratchGroups = async () => [
    ...((await scim.kim.ask('GET', 'Groups?count=100')).Resources ?? []).flatMap((group) => JSON.stringify(group).match(/rolewave-probe-\w+/g) ?? []),
    ...((await realm.admin('GET', '/groups?search=rolewave-probe-')) as { name: string }[]).map(({ name }) => name),
  ];

  async function rolewave(by: string, ...args: string[]): Promise<string> {
    const { databaseUrl, siteFile, temporal, trustedKeysFile } = site.api.config;
    const io = testIo({
      answer: true,
      env: {
        ...site.workerEnv,
        ROLEWAVE_URL: site.api.url,
        ROLEWAVE_SITE: siteFile,
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: temporal.namespace,
        ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
      },
    });
    const code = await run(['--as', by, ...args], io);
    const said = [...io.written, ...io.errors].join('\n');
    if (code !== 0) throw new Error(`rolewave ${args.join(' ')} ended with ${code}: ${said}`);
    return said;
  }

  interface Shown {
    running: PackageView | null;
    package: { previewDigest?: string } | null;
    evaluations: { driftLines: string[] }[];
    clock: { nowMs: number };
  }
  const until = (target: string, shows: (seen: Shown) => unknown) =>
    untilSeen(
      async () => (await site.ask('ines', 'GET', `/v1/packages/${target}`)).body as unknown as Shown,
      (seen) => Boolean(shows(seen)),
    );

  async function on<T>(person: string, path: string, name: string, look: (page: Page) => Promise<T>): Promise<T> {
    const { page, context, faults } = await signedIn(browser, site.api.url, person);
    try {
      page.setDefaultTimeout(20_000);
      await page.goto(path);
      const seen = await look(page);
      expect(await accessibilityFaults(page)).toEqual([]);
      await pictureNow(page, `scim-and-keycloak-${name}`);
      expect(faults).toEqual([]);
      return seen;
    } finally {
      await context.close();
    }
  }

  test('the plan is valid, and what it would do in both is shown with what is measured before the release', async () => {
    expect(await rolewave('ines', 'validate', file())).toContain('is a valid plan');
    const said = await rolewave('ines', 'plan', file());
    expect(said).toMatch(/sellers +│ crm +│ +4 │ +3 │ +1 │ +1 │/);
    expect(said).toMatch(/clerks +│ sso +│ +4 │ +8 │ +0 │ +1 │/);
    expect(await scratchGroups()).toEqual([]);
  });

  test('when it is applied, both servers are measured, in scratch groups of which nothing stays', async () => {
    await rolewave('ines', 'apply', file());
    for (const target of [sellers, clerks]) await until(target, (seen) => seen.package?.previewDigest !== undefined);
    const said = await rolewave('ines', 'systems');
    expect(said).toMatch(/crm \(scim\): SCIM 2\.0 .*, measured /);
    expect(said).toMatch(/sso \(keycloak\): Keycloak.*, measured /);
    expect(await scratchGroups()).toEqual([]);
    await on('ines', '/systems', 'systems', async (page) => {
      await page.getByRole('heading', { name: 'sso' }).waitFor();
      expect(await page.locator('#system-crm').innerText()).toContain('It does not show whether an access was taken away and given again');
      expect(await page.locator('#system-sso').innerText()).toContain('It shows that an access was taken away and given again (measured).');
    });
  });

  test('scratch groups of probes that were killed are removed by the next one, whose record is shown', async () => {
    const killed = 'rolewave-probe-0123456789ab';
    await scim.kim.group(killed);
    await scim.kim.add(killed, probeAccounts[0]);
    await realm.group(killed);
    await inRealm('PUT', `/${killed}`, probeAccounts[0]);
    for (const system of ['crm', 'sso']) expect(await rolewave('ines', 'systems', 'probe', system)).toContain('It adds one holder and leaves the others');
    expect(await scratchGroups()).toEqual([]);
  });

  test('the doctor finds both in order, and says that nothing is tried there without being done', async () => {
    const said = await rolewave('ines', 'doctor', file());
    expect(said).toMatch(/ok +system crm: what SCIM 2\.0.* really does was measured on/);
    expect(said).toMatch(/ok +system sso: what Keycloak.* really does was measured on/);
    expect(said.match(/nothing that can be read stands in the way of the \d+ grants and retirements/g)).toHaveLength(2);
    expect(said).not.toContain('undone at once');
  });

  test('the owner sees person by person what would change, by the command and on the page, and signs it', async () => {
    for (const target of [sellers, clerks])
      for (const item of ['handoff', 'notices', 'backup']) await rolewave('olga', 'evidence', target, item, '--reference', 'CHG-1042');
    await on('olga', `/packages/${clerks}`, 'preview', async (page) => {
      await page.locator('#people .people').waitFor();
      expect(await page.locator('#people').innerText()).toMatch(/ann[^]*gets[^]*sso\/\/sales/);
    });
    await on('olga', `/requests/${clerks}`, 'decision', async (page) => {
      await page.locator('#roles').waitFor();
      expect(await page.locator('#roles').innerText()).toMatch(/sso\/\/sales[^]*role reports \([^]*sso: Keycloak tells which roles come with a group or role/);
    });
    const said = await rolewave('olga', 'sign-off', sellers);
    expect(said).toMatch(/cem/);
    expect(said).toContain('crm: A SCIM server does not tell what its groups and entitlements open.');
    await rolewave('olga', 'sign-off', clerks, '--yes');
    await on('olga', `/waves/${wave}`, 'wave', async (page) => {
      await page.getByText('Clerks').first().waitFor();
    });
  });

  test('both are granted and watched; what somebody takes away is drift, with who and when where the server tells it', async () => {
    for (const target of [sellers, clerks]) await until(target, ({ running }) => running?.watch && running.grants.legacyRetired === 1);
    expect([await inScim('Sellers'), await inScim('Old sellers')]).toEqual([cohort, []]);
    expect([await inGroup('/sales'), await inGroup('/old-sales')]).toEqual([cohort, []]);
    await scim.kim.remove('Sellers', 'ben');
    await inRealm('DELETE', '/sales', 'ben');
    await inRealm('PUT', '/sales', 'eve');
    const driftOf = async (target: string) => {
      await rolewave('ines', 'evaluate', target);
      return (await until(target, ({ evaluations }) => evaluations.at(-1)?.driftLines.length)).evaluations.at(-1)!.driftLines;
    };
    expect(await driftOf(sellers)).toEqual(["crm: missing: 'ben' does not have 'Sellers'"]);
    const [byKim, atSomeTime] = [/service-account-kim on \d{4}-\d\d-\d\d/, /ben' does not have '\/sales': revoked by service-account-kim on \d{4}-/];
    expect((await driftOf(clerks)).toSorted()).toEqual([expect.stringMatching(atSomeTime), expect.stringMatching(byKim)]);
    await on('olga', `/packages/${clerks}`, 'drift', async (page) => {
      await page.getByRole('list', { name: 'What differs from what was reviewed' }).waitFor();
      expect(await page.locator('#watch').innerText()).toMatch(atSomeTime);
    });
    await on('ines', '/', 'board', (page) => page.getByText('Clerks').first().waitFor());
    await rolewave('ines', 'status');
    expect(await rolewave('ines', 'show', clerks)).toMatch(atSomeTime);
  });

  test('a rollback takes what Rolewave granted, and keeps what another owner claims of some of the people, and what others gave', async () => {
    for (const target of [sellers, clerks]) {
      const { clock } = await until(target, () => true);
      const fair = new Date(clock.nowMs + 20 * 86_400_000).toISOString().slice(0, 10);
      await rolewave('otto', 'claim', target, '--person', 'ann', '--until', fair, '--reason', 'The fair');
      await rolewave('ines', 'rollback', target, '--preview');
      await rolewave('ines', 'rollback', target, '--reason', 'the review was wrong');
      await until(target, ({ running }) => running?.proposal?.kind === 'rollback' && running.proposal.dependencies !== undefined);
      await rolewave('olga', 'decide', target, 'approve', '--reason', 'agreed');
    }
    for (const target of [sellers, clerks]) await until(target, ({ running }) => running?.state === 'Rolled back');
    // Of dea it was revoked; cem had it before.
    expect([await inScim('Sellers'), await inScim('Old sellers')]).toEqual([['ann', 'cem'], ['ann']]);
    expect([await inGroup('/sales'), await inGroup('/old-sales')]).toEqual([['ann', 'eve'], ['ann']]);
    await on('olga', `/packages/${clerks}`, 'rolled-back', (page) => page.getByText('Rolled back').first().waitFor());
  });

  test('once the claim has ended, what it kept is revoked, and nothing else', async () => {
    await rolewave('otto', 'end-claim', clerks, '--reason', 'The fair is over');
    await expect.poll(() => inGroup('/sales'), { timeout: 60_000 }).toEqual(['eve']);
    expect([await inScim('Sellers'), await inGroup('/old-sales')]).toEqual([['ann', 'cem'], ['ann']]);
  });

  test('the report names what was done in both', async () => {
    const page = join(folder, 'report.html');
    await rolewave('ines', 'report', wave, '--out', page);
    const text = await readFile(page, 'utf8');
    expect(text).toContain('realm:approver');
    if (process.env['ROLEWAVE_PICTURES']) await writeFile(join(process.env['ROLEWAVE_PICTURES'], 'report.html'), text);
  });
});
