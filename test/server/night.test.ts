/** A rollback at night: what it would do now in a real database, over HTTP and with the command, and how people decide on it. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { testIo } from '../support/command-io.ts';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

const access = 'night/wave-1/access';
const path = `/v1/packages/${access}/rollback-preview`;
let site: Site;
let amy: Client;
let [clerk, old, kim, amyAccount, zoe]: string[] = [];
let held: number;

beforeAll(async () => {
  site = await startSite();
  const { erp } = site;
  [kim] = await erp.administrators('dba_kim');
  const people = await erp.people('amy', 'bob', 'cho');
  [amyAccount] = people;
  [zoe] = await erp.people('zoe');
  [clerk, old] = await erp.roles(['clerk', 'old'], [kim!]);
  await erp.run(`grant pg_read_all_stats to "${erp.svc}"; set role "${kim}"; grant "${old}" to "${amyAccount}"`);
  const plan = erpPlan('night', { accounts: people, roles: [clerk!], legacy: [old!], length: '300d' });
  plan.packages[0]!.rollback = { secondPerson: true };
  await site.release(plan);
  await site.untilPackage('night', ({ grants }) => grants.created === 3 && grants.legacyRetired === 1);
  await erp.run(`set role "${kim}"; grant "${clerk}" to "${zoe}"`);
  held = await erp.count([clerk!]);
  const url = new URL(erp.url);
  url.username = encodeURIComponent(amyAccount!);
  amy = new Client({ connectionString: url.href });
  await amy.connect();
});
afterAll(async () => {
  await amy?.end();
  await site?.close();
});

async function rolewave(person: string, ...args: string[]): Promise<string> {
  const io = testIo({ env: { ROLEWAVE_URL: site.api.url } });
  const code = await run(['--as', person, ...args], io);
  return `${code}\n${[...io.written, ...io.errors].join('\n')}`;
}
const preview = (query = '') => site.api.send('hugo', 'GET', `${path}${query}`);

test('the preview says who would lose what, who used it, what would be restored, what would stay and why, and what blocks the rollback', async () => {
  await amy.query('begin; select 1');
  const { status, body } = await preview();
  expect(status).toBe(200);
  expect(body).toMatchObject({
    asOf: 'now',
    counts: { revoked: 3, restored: 1, kept: 1, notRestored: 0, undecided: 0, usedBy: 1 },
    systems: [{ system: 'erp', asOf: 'now', revoked: 3, usedBy: 1, usageFrom: 'openSessions' }],
    restored: [{ system: 'erp', role: old, account: amyAccount, person: 'p1' }],
    kept: [{ role: clerk, account: zoe, person: '', why: `granted by ${kim}` }],
    dependencyCheck: 'as of now',
  });
  expect(body['revoked'].map(({ person }: { person: string }) => person)).toEqual(['p1', 'p2', 'p3']);
  expect(body['revoked'][0].lastUsedMs).toBeGreaterThan(Date.now() - 60_000);
  expect(body['dependencies']).toContainEqual({
    code: 'runningJobs',
    system: 'erp',
    jobs: 1,
    line: expect.stringContaining(`${amyAccount} has a transaction open`),
    clear: false,
    clearedBy: { person: 'olga' },
  });
});

test('the command shows the same preview, person by person', async () => {
  const said = await rolewave('hugo', 'rollback', access, '--preview', '--since', '30m');
  for (const part of [
    `Rollback of ${access}, according to the systems now.`,
    `p1 (${amyAccount}): ${clerk} in erp: USED just now`,
    'Used in the last 30 min:\n  erp: by 1 person (by its open sessions); only current connections can be seen',
    `Would be restored:\n  p1 (${amyAccount}): ${old} in erp`,
    `Would stay:\n  ${zoe}: ${clerk} in erp: granted by ${kim}`,
    'cleared by olga',
    'Nothing was changed.',
  ])
    expect(said).toContain(part);
  expect(await site.erp.count([clerk!])).toBe(held);
});

test('a preview leaves only a short workflow in Temporal, and its id names no person', async () => {
  const found = await untilSeen(
    async () => {
      const listed = [];
      for await (const each of site.api.client.workflow.list({ query: "WorkflowType = 'rollbackPreview'" })) listed.push(each);
      return listed;
    },
    (listed) => listed.length >= 2 && listed.every(({ status }) => status.name === 'COMPLETED'),
  );
  for (const { workflowId } of found) expect(workflowId).toMatch(/^rollback-preview\/[0-9a-f-]{36}$/);
});

test.each(['0s', '25h', 'today', '1h&since=2h'])('?since=%s is refused as malformed', async (since) => {
  expect(await preview(`?since=${since}`)).toMatchObject({ status: 422, body: { code: 'malformed' } });
});

test('with no worker the preview comes from the ledger, and says that the system was not read', async () => {
  await site.killWorker();
  try {
    const { status, body } = await preview();
    expect([status, body]).toMatchObject([
      200,
      {
        asOf: 'ledger',
        counts: { revoked: 3, restored: 1, kept: 0 },
        systems: [{ system: 'erp', asOf: 'ledger', why: 'no worker answers', usageNote: 'the system was not read', notTried: 'the system was not read' }],
        dependencies: [],
        dependencyCheck: 'unknown: no worker answers',
      },
    ]);
    expect(body['counts']).not.toHaveProperty('usedBy');
    expect(await rolewave('hugo', 'rollback', access, '--preview')).toContain(
      'according to the ledger (no worker answers): it does not include later changes by others',
    );
  } finally {
    await site.startWorker();
  }
});

test('once the owner and a second person have approved the proposal, exactly what it showed is revoked', async () => {
  await amy.query('commit');
  const { body } = await preview();
  await site.tell('ines', 'night', 'rollback', { reason: 'the month-end fails' });
  await site.untilPackage('night', ({ proposal }) => proposal?.dependencies !== undefined);
  const shown = await rolewave('olga', 'decide', access);
  for (const part of ['two people must approve it', 'would revoke 3 grants from 3 people', `decide ${access} approve --reason "…"`])
    expect(shown).toContain(part);

  const first = await rolewave('olga', 'decide', access, 'approve', '--reason', 'seen, agreed');
  expect(first).toMatch(/^0\nProposed: rollback: .*\n/);
  expect(first).toContain('approved by olga, a second approval is needed');
  expect(await rolewave('olga', 'decide', access, 'approve', '--reason', 'once more')).toMatch(/^3\n[^]*A second person must approve/);
  expect(await site.erp.count([clerk!])).toBe(held);
  expect(await rolewave('hugo', 'show', access)).toContain('approved by olga, a second approval is needed');

  expect(await rolewave('hugo', 'decide', access, 'approve', '--reason', 'seen too')).toMatch(/^0\n/);
  await site.untilPackage('night', ({ state }) => state === 'Rolled back');
  const left = await site.erp.memberships([clerk!, old!]);
  expect(left.filter(({ member }) => member !== kim && member !== site.erp.svc).map(({ role, member }) => `${role} ${member}`)).toEqual(
    [`${clerk} ${zoe}`, `${old} ${amyAccount}`].toSorted(),
  );
  const ledger = await site.store.ledger(site.of('night'));
  expect(
    ledger
      .filter(({ outcome, kind }) => kind === 'grant' && outcome === 'revoked')
      .map(({ account }) => account)
      .toSorted(),
  ).toEqual(body['revoked'].map(({ account }: { account: string }) => account).toSorted());
});

test('the preview of a package that has ended shows nothing to revoke, and says that the package has ended', async () => {
  const { body } = await untilSeen(preview, (seen) => seen.body['systems']?.[0]?.why === 'the package has ended');
  expect(body).toMatchObject({ asOf: 'ledger', counts: { revoked: 0, restored: 0 } });
});
