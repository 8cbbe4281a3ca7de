/** A right that the site withdraws after a plan was signed: nothing more is granted, retired or measured, and undoing stays possible (R8). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { metric, watch } from '../test/support/plan.ts';
import { siteFor, siteSystem, type SiteChange } from '../test/support/site.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('site_rights');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

let number = 0;
async function bench({ also = [] }: { also?: string[] } = {}) {
  const id = `site-${(number += 1)}`;
  const system = noneConnector({ grants: ['ann', ...also].map((account) => ({ role: 'old_reader', account, grantor: 'dba', options: {} })) });
  const plan = benchPlan(id, id, {
    metrics: [metric('asked', { provider: { kind: 'sql', system: id, query: 'select 1 as value' } }), metric('fixed')],
    packages: [{ id: 'clerks', watch: watch('14d', { metric: 'asked', tune: { above: 10 } }, { metric: 'fixed', tune: { above: 10 } }) }],
  });
  plan.waves[0]!.goLive = Date.parse('2027-03-01T12:00:00Z') - 1;
  const made = new Bench(store, plan, { [id]: system });
  await made.apply();
  const change = (site: SiteChange) => void (made.site = siteFor(plan, site));
  const held = () => system.held().map(({ role, account }) => `${role} ${account}`);
  return Object.assign(made, { system, id, change, held });
}

const withdrawn: [what: string, site: (id: string) => SiteChange, why: (id: string) => string, stays?: string[]][] = [
  ['the plan', () => ({ plans: [{ plan: 'another' }] }), (id) => `the site lets nobody have a plan '${id}'`],
  ['the system of the plan', (id) => ({ plans: [{ plan: id, systems: [] }] }), (id) => `the site does not let plan '${id}' use a system '${id}'`],
  [
    'a role of the plan',
    (id) => ({ plans: [{ plan: id, systems: [{ system: id, roles: ['reader', 'old_*'] }] }] }),
    (id) => `the site does not let plan '${id}' use the role 'clerk' of the system '${id}'`,
  ],
  [
    'a role of everybody',
    (id) => ({ systems: [siteSystem(id, { roles: { deny: ['cl*'] } })] }),
    (id) => `the site lets no plan use the role 'clerk' of the system '${id}'`,
  ],
  [
    'an account, which is for emergencies now',
    (id) => ({ systems: [siteSystem(id, { breakGlass: ['be*'] })] }),
    (id) => `the site lets no plan name the account 'ben' of the system '${id}'`,
    ['clerk ben', 'reader ben'],
  ],
];

describe.each(withdrawn)('once the site has withdrawn %s', (_what, site, why, stays = []) => {
  test('what was signed is neither granted nor previewed again, and each says why', async () => {
    const made = await bench();
    const release = await made.signed();
    made.change(site(made.id));
    const refused = { type: 'SiteRefuses', nonRetryable: true, message: expect.stringContaining(why(made.id)) };
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(refused);
    await expect(made.run('recheckSystem', release, made.id)).rejects.toMatchObject(refused);
    await expect(made.run('previewSystem', made.ref(), made.id)).rejects.toMatchObject(refused);
    expect(made.held()).toEqual(['old_reader ann']);
  });

  test('a release that has begun retires nothing and is not tuned', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    const before = made.held();
    made.change(site(made.id));
    const refused = { type: 'SiteRefuses', nonRetryable: true, message: expect.stringContaining(why(made.id)) };
    await expect(made.run('retireLegacy', release, made.id)).rejects.toMatchObject(refused);
    for (const step of ['reconcile', 'grantMissing', 'retireLegacy'] as const)
      await expect(made.run('tuneAccess', release, made.id, { id: `tune-${step}`, step })).rejects.toMatchObject(refused);
    expect(made.held()).toEqual(before);
  });

  test('what was granted before can be rolled back, but for what an account for emergencies has', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    expect(made.held()).toHaveLength(7);
    made.change(site(made.id));
    const abort = await made.record('abort', 'ines', release, { reason: 'withdrawn' });
    await expect(made.run('previewRollback', release, made.id, 0)).resolves.toMatchObject({ losesCount: 6 - stays.length });
    expect(await made.run('rollBackAccess', release, made.id, { id: 'rollback-1', approval: abort })).toMatchObject({ failed: [] });
    expect(made.held().toSorted()).toEqual([...stays, 'old_reader ann'].toSorted());
  });
});

test('access that the site denies by now is not given back by a rollback, which lists it with the reason', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  await made.run('retireLegacy', release, made.id);
  expect(made.held()).not.toContain('old_reader ann');
  made.change({ systems: [siteSystem(made.id, { roles: { deny: ['old_*'] } })] });
  const why = `the site lets no plan use the role 'old_reader' of the system '${made.id}'`;
  const abort = await made.record('abort', 'ines', release, { reason: 'withdrawn' });
  const { digest = '' } = await made.run('previewRollback', release, made.id, 0);
  const preview = await store.rollbackPreview(release, digest);
  expect(JSON.stringify(preview)).toContain(why);
  const receipt = await made.run('rollBackAccess', release, made.id, { id: 'rollback-1', approval: abort });
  expect(receipt).toMatchObject({ failed: [], notRestored: [expect.objectContaining({ role: 'old_reader', account: 'ann', why })] });
  expect(made.held()).toEqual([]);
});

describe.each([
  ['the role', 'old_reader', 'x_admin', (id: string): SiteChange => ({ systems: [siteSystem(id, { roles: { deny: ['x_*'] } })] })],
  ['the account', 'ann', 'emergency', (id: string): SiteChange => ({ systems: [siteSystem(id, { breakGlass: ['emergency'] })] })],
])('once %s has a name that the site denies', (_what, from, to, site) => {
  test('a rollback and its preview give nothing of it back, with the reason, and everything else', async () => {
    const made = await bench({ also: ['ben'] });
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    await made.run('retireLegacy', release, made.id);
    made.system.rename(from, to);
    made.change(site(made.id));
    const why = expect.stringContaining(`'${to}'`);
    const abort = await made.record('abort', 'ines', release, { reason: 'withdrawn' });
    const { digest = '' } = await made.run('previewRollback', release, made.id, 0);
    const denied = from === 'ann' ? ['ann'] : ['ann', 'ben'];
    const lines = denied.map((account) => expect.objectContaining({ role: 'old_reader', account, why }));
    expect((await store.rollbackPreview(release, digest))?.notRestored).toEqual(lines);
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'rollback-1', approval: abort });
    expect(receipt.notRestored).toEqual(lines);
    expect(receipt.restored).toBe(2 - denied.length);
    expect(made.held().filter((line) => /old_reader|x_admin/.test(line))).toEqual(from === 'ann' ? ['old_reader ben'] : []);
  });
});

describe('once the site has withdrawn a role, who else has it by then is read by nobody of the plan', () => {
  const withdrawnRole = (id: string): SiteChange => ({ plans: [{ plan: id, systems: [{ system: id, roles: ['reader', 'old_*'] }] }] });

  test('drift is an error that says which right is missing, and names nobody (R2)', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.change(withdrawnRole(made.id));
    made.system.grantAs('kim', 'clerk', 'zoe');
    const startMs = made.nowMs;
    made.nowMs += 86_400_000;
    const due = { number: 1, purpose: 'scheduled', dueMs: made.nowMs, startMs, atEnd: false, baseline: {} } as const;
    expect((await made.run('evaluate', release, due)).verdict.kind).toBe('error');
    const [evaluation] = await store.evaluations(release);
    const why = expect.stringContaining(`the site does not let plan '${made.id}' use the role 'clerk' of the system '${made.id}'`);
    expect(evaluation!.measurements).toContainEqual({ metric: 'access-drift', kind: 'error', why });
    expect(JSON.stringify(evaluation)).not.toContain('zoe');
  });

  test('nor under a name that the plan may not use, which it is not told either', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    made.change({ plans: [{ plan: made.id, systems: [{ system: made.id, roles: ['clerk', 'reader', 'old_*'] }] }] });
    made.system.rename('clerk', 'payroll');
    made.system.grantAs('kim', 'payroll', 'zoe');
    const startMs = made.nowMs;
    made.nowMs += 86_400_000;
    const due = { number: 1, purpose: 'scheduled', dueMs: made.nowMs, startMs, atEnd: false, baseline: {} } as const;
    expect((await made.run('evaluate', release, due)).verdict.kind).toBe('error');
    const [evaluation] = await store.evaluations(release);
    expect(JSON.stringify(evaluation)).toContain(`the site does not let plan '${made.id}' use 'clerk' of the system '${made.id}' by the name that it has now`);
    expect(JSON.stringify(evaluation)).not.toMatch(/zoe|payroll/);
  });

  test.each<[what: string, site: (id: string) => SiteChange]>([
    ['the role', withdrawnRole],
    ['the system', (id) => ({ plans: [{ plan: id, systems: [] }] })],
    ['the plan', () => ({ plans: [{ plan: 'another' }] })],
  ])('a rollback and its preview list only whom the release concerns: %s', async (_what, site) => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    const abort = await made.record('abort', 'ines', release, { reason: 'withdrawn' });
    made.system.grantAs('kim', 'clerk', 'zoe');
    const shown = async () => JSON.stringify(await store.rollbackPreview(release, (await made.run('previewRollback', release, made.id, 0)).digest ?? ''));
    expect(await shown()).toContain('zoe');
    made.change(site(made.id));
    made.system.grantAs('kim', 'clerk', 'ann');
    const preview = await shown();
    expect(preview).not.toContain('zoe');
    expect(preview).toContain('granted by kim');
    expect(preview).toContain('"othersNotShown":"the site ');
    const receipt = await made.run('rollBackAccess', release, made.id, { id: 'rollback-1', approval: abort });
    expect(JSON.stringify(receipt)).not.toContain('zoe');
    expect(receipt.kept).toContainEqual({ role: 'clerk', account: 'ann', why: 'granted by kim' });
    expect(made.held()).toContain('clerk zoe');
  });
});

test('neither drift nor a metric of a withdrawn system is healthy: both are errors that say why (R2)', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  made.change({ plans: [{ plan: made.id, systems: [] }] });
  const startMs = made.nowMs;
  made.nowMs += 86_400_000;
  const due = { number: 1, purpose: 'scheduled', dueMs: made.nowMs, startMs, atEnd: false, baseline: {} } as const;
  const { verdict } = await made.run('evaluate', release, due);
  expect(verdict.kind).toBe('error');
  const [evaluation] = await store.evaluations(release);
  const error = { kind: 'error', why: expect.stringContaining(`the site does not let plan '${made.id}' use a system '${made.id}'`) };
  expect(evaluation!.measurements).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ metric: 'access-drift', ...error }),
      expect.objectContaining({ metric: 'asked', ...error }),
      expect.objectContaining({ metric: 'fixed', kind: 'value' }),
    ]),
  );
});

test('a system that the site no longer has is named, also for what would undo', async () => {
  const made = await bench();
  const release = await made.signed();
  await made.run('grantAccess', release, made.id);
  made.change({ systems: [siteSystem('other')] });
  const abort = await made.record('abort', 'ines', release, { reason: 'withdrawn' });
  await expect(made.run('rollBackAccess', release, made.id, { id: 'rollback-1', approval: abort })).rejects.toMatchObject({
    type: 'SiteRefuses',
    message: `the site no longer has the system '${made.id}'`,
  });
});
