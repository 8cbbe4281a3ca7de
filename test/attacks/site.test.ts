/**
 * A plan reaches only what its site lets it reach: a real site, a real worker, a real database, and people with valid tokens who try. `ours-…` are the plans of
 * the team; sam has a plan of his own, and no system.
 */
import { escapeIdentifier } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { asHeld } from '../server/erp.ts';
import { erpPlan } from '../server/plan.ts';
import { erpSite, startSite, untilSeen, type Site } from '../server/site.ts';
import type { PlanInput } from '../support/plan.ts';
import { siteSystem, type SiteChange } from '../support/site.ts';

let site: Site;
let accounts: string[];
let number = 0;

/** A name of this test's database. */
const ours = (name: string) => site.erp.of(name);
const rights = (roles = [ours('ours_*')]): SiteChange => ({
  ...erpSite,
  plans: [
    { plan: 'ours-*', systems: [{ system: 'erp', roles }] },
    { plan: 'sam-*', apply: { people: ['sam'] }, systems: [] },
  ],
});

beforeAll(async () => {
  site = await startSite();
  accounts = await site.erp.people('amy', 'bob', 'breakglass');
  await site.api.changeSite(rights());
});
afterEach(() => site.api.changeSite(rights()));
afterAll(() => site?.close());

async function plan(roleName = `ours_${(number += 1)}`, change: Partial<PlanInput> = {}): Promise<PlanInput> {
  const roles = await site.erp.roles([roleName]);
  return { ...erpPlan(`ours-${(number += 1)}`, { accounts: accounts.slice(0, 2), roles, length: '60d' }), ...change };
}
const apply = (by: string, text: unknown) => site.api.send(by, 'POST', '/v1/plans', typeof text === 'string' ? text : JSON.stringify(text));
const memberships = async () => (await site.erp.memberships()).map(asHeld);
const workflows = async () => {
  const found: string[] = [];
  for await (const { workflowId } of site.api.client.workflow.list()) found.push(workflowId);
  return found;
};

/** The worker is another process, and looks at its site file every two seconds and at its start. */
async function untilTheWorkerHasIt(): Promise<void> {
  await site.stopWorker();
  await site.startWorker();
}

describe('a stranger with a plan of their own', () => {
  const asSam = async (change: Partial<PlanInput> = {}): Promise<PlanInput> => {
    const made = await plan();
    const packages = made.packages.map((each) => ({ ...each, owner: 'sam' }));
    return { ...made, plan: 'sam-own', people: [...made.people, { id: 'sam', name: 'sam', team: 'finance' }], operators: ['sam'], packages, ...change };
  };

  test('who names a colleague’s system is refused: nothing is stored, no wave begins, nobody is granted anything', async () => {
    const made = await asSam();
    const before = await memberships();
    const answered = await apply('sam', made);
    expect(answered.status).toBeGreaterThanOrEqual(400);
    expect(answered.body['code']).toBe('site-refuses');
    expect(answered.body['mistakes'][0]).toMatchObject({ path: 'systems[0]', message: "the site does not let plan 'sam-own' use a system 'erp'" });
    expect(await site.store.latestRevision('sam-own')).toBeUndefined();
    expect((await workflows()).filter((id) => id.startsWith('sam-own'))).toEqual([]);
    expect(await memberships()).toEqual(before);
  });

  test('learns from it neither which systems there are nor which roles they have', async () => {
    const words = async (system: string) => {
      const made = await asSam();
      const packages = made.packages.map((each) => ({ ...each, entitlements: [{ system, role: 'x' }], cohort: ['p1'] }));
      const people = made.people.map(({ accounts: _accounts, ...person }) => person);
      const { body } = await apply('sam', { ...made, systems: [system], packages, people });
      return JSON.stringify({ ...body, instance: '' }).replaceAll(system, '…');
    };
    expect(await words('erp')).toBe(await words('crm'));
  });

  test.each(['simulate', 'metric-trial?metric=m'])('has nothing read by POST /v1/plans/%s either', async (route) => {
    const metrics = [{ id: 'm', description: 'm', kind: 'gauge' as const, provider: { kind: 'sql' as const, system: 'erp', query: 'select 1 as value' } }];
    const { body } = await site.api.send('sam', 'POST', `/v1/plans/${route}`, JSON.stringify(await asSam({ metrics })));
    expect(body['code']).toBe('site-refuses');
  });

  test.each(['ERP_DATABASE_URL', 'DATABASE_URL', 'PATH'])(
    'who writes a connection into the plan, such as %s, is told that a plan has none',
    async (variable) => {
      const answered = await apply('sam', { ...(await asSam()), systems: [{ id: 'erp', kind: 'postgres', connection: variable }] });
      expect([answered.status, answered.body['code']]).toEqual([422, 'plan-invalid']);
      expect(JSON.stringify(answered.body)).toContain('a plan names its systems by their ids and nothing else');
      expect(JSON.stringify(answered.body)).not.toContain(site.erp.url);
    },
  );
});

describe('an operator of the team', () => {
  test('grants no role that the site does not let the plan use', async () => {
    const answered = await apply('ines', await plan('theirs'));
    expect(answered).toMatchObject({ status: 422, body: { code: 'site-refuses' } });
    expect(answered.body['mistakes'][0].message).toBe(`the site does not let plan 'ours-${number}' use the role '${ours('theirs')}' of the system 'erp'`);
  });

  test('names no account for emergencies', async () => {
    await site.api.changeSite({ ...rights(), systems: [siteSystem('erp', { kind: 'postgres', breakGlass: ['*breakglass*'] })] });
    const made = await plan();
    const people = made.people.map((person) => (person.id === 'p1' ? { ...person, accounts: { erp: accounts[2]! } } : person));
    expect(await apply('ines', { ...made, people })).toMatchObject({ status: 422, body: { code: 'site-refuses' } });
  });

  test('grants no superuser, although the site and the login would let them: it is a conflict in the preview, and refused in the transaction', async () => {
    const made = await plan();
    const role = made.packages[0]!.entitlements[0]!.role;
    await site.erp.run(`alter role ${escapeIdentifier(role)} superuser`);
    await site.release(made);
    const {
      packages: [shown],
    } = await site.wave(made.plan);
    expect(JSON.stringify(shown!.preview)).toContain(`role '${role}' is never granted: it is a superuser`);
    const view = await site.untilPackage(made.plan, ({ grants }) => grants.failed > 0);
    expect(view.grants).toMatchObject({ created: 0, failed: 2 });
    expect(await site.erp.count([role])).toBe(0);
  });
});

test('a right that is withdrawn between sign-off and go-live: nothing is granted, and the wave says why', async () => {
  const made = await plan();
  const role = made.packages[0]!.entitlements[0]!.role;
  const [wave] = made.waves;
  const { goLive: _, ...undated } = wave!;
  await site.release({ ...made, waves: [{ ...undated, status: 'tentative' }] });
  await site.api.changeSite(rights(['none_of_them']));
  await untilTheWorkerHasIt();
  const soon = Date.parse('2026-04-06') + ((Date.now() - (await appliedAt(made.plan))) / 2_000) * 86_400_000 + 86_400_000;
  await site.ask('ines', 'POST', `/v1/waves/${made.plan}/wave-1/go-live`, { goLive: `${new Date(soon).toISOString().slice(0, 19)}Z` });
  const view = await site.untilWave(made.plan, ({ packages }) => packages[0]?.heldBack !== undefined);
  expect(JSON.stringify(view.packages[0]!.heldBack)).toContain(`the site does not let plan '${made.plan}' use the role '${role}' of the system 'erp'`);
  expect(await site.erp.count([role])).toBe(0);
  expect((await workflows()).filter((id) => id === `${made.plan}/wave-1/access`)).toEqual([]);
});

const appliedAt = async (planId: string) => (await site.store.latestRevision(planId))!.clock!.anchorMs;

describe('the store is never a system', () => {
  test('a worker whose site names it does not start', async () => {
    site.workerEnv = { STORE_AS_SYSTEM: site.api.config.databaseUrl };
    await site.stopWorker();
    await site.api.changeSite({ ...rights(), systems: [siteSystem('erp', { kind: 'postgres', connection: { env: 'STORE_AS_SYSTEM' } })] });
    const refused = await site.startWorker().then(
      () => 'it started',
      (error: unknown) => String(error),
    );
    expect(refused).toContain("the environment variable STORE_AS_SYSTEM leads to Rolewave's own store, and the store is never a system");
    expect(refused).not.toContain(new URL(site.api.config.databaseUrl).password || 'no password');
  });

  test('and under another name of its server nothing is opened there: neither for grants nor for metrics', async () => {
    site.workerEnv = { STORE_AS_SYSTEM: site.api.config.databaseUrl.replace('127.0.0.1', '127.1') };
    await site.api.changeSite({ ...rights(), systems: [siteSystem('erp', { kind: 'postgres', connection: { env: 'STORE_AS_SYSTEM' } })] });
    await site.startWorker();
    const metrics = [
      {
        id: 'm',
        description: 'm',
        kind: 'gauge' as const,
        provider: { kind: 'sql' as const, system: 'erp', query: 'select count(*) as value from rolewave.messages' },
      },
    ];
    const made = await plan(undefined, { metrics });
    const simulated = await untilSeen(
      () => site.api.send('ines', 'POST', '/v1/plans/simulate', JSON.stringify(made)),
      ({ status }) => status !== 503,
    );
    expect(JSON.stringify(simulated.body)).toContain('the store is never a system');
    const tried = await site.api.send('ines', 'POST', '/v1/plans/metric-trial?metric=m', JSON.stringify(made));
    expect(JSON.stringify(tried.body)).toContain('the store is never a system');
    expect(JSON.stringify(tried.body)).not.toContain('"value"');
  });
});
