/** The witness notices each broken promise: the same story with a Rolewave that keeps them, and with one that breaks one of them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { HostilePeer, HostileServer } from './peer.ts';
import { peers } from './peers.ts';
import type { Act, PackageSetup, Scenario, Step } from './scenario.ts';
import { play, type Sabotage } from './story.ts';
import { Workers } from './workers.ts';

let database: TestDatabase;
let store: Store;
const workers = new Workers();

beforeAll(async () => {
  database = await createDatabase('witness');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await workers.close();
  await store?.close();
  await database?.drop();
});

const step: Step = { package: 0, op: 'verify', about: 0, before: [] };
/** `clerk` for ann, ben and dea in place of `old_reader`, which ann has from kim; dea has `clerk` from kim already, and cem, whom nobody asked about, too. */
const scenario: Omit<Scenario, 'setup'> = {
  steps: [step, step, step, { ...step, op: 'retire' }],
  end: { before: [], withoutRight: false, order: 'first' },
  held: [
    { role: 0, account: 2, by: 'kim', admin: false },
    { role: 0, account: 3, by: 'kim', admin: false },
    { role: 2, account: 0, by: 'kim', admin: false },
  ],
  packages: [{ uses: ['grant', 'none', 'legacy', 'none'], cohort: [0, 1, 3] }],
  together: 'onePlan',
  perBatch: 500,
};

const held = (of: (name: string) => string, account: string, grantor: string) => ({
  role: of('clerk'),
  account: of(account),
  grantor: of(grantor),
  options: {},
});
const broken: [string, string, Sabotage][] = [
  [
    'a grant of somebody else is revoked too',
    "revoked a grant of somebody else: 'clerk' of 'cem'",
    (connector, of) => ({
      ...connector,
      revoke: async (grants, record) => {
        const all = (await connector.snapshot([of('clerk')], [])).grants;
        const more = grants[0]?.role === of('clerk') ? all.filter(({ account }) => account === of('cem')) : [];
        for (const one of more) await connector.revoke([one], async () => undefined);
        return connector.revoke(grants, record);
      },
    }),
  ],
  [
    'a grant is made and not recorded',
    "the ledger does not know that Rolewave granted 'clerk' of 'ann'",
    (connector) => ({ ...connector, grant: (wanted) => connector.grant(wanted, async () => undefined) }),
  ],
  [
    'a grant is made that somebody holds already',
    "granted what was held already: 'clerk' of 'dea'",
    (connector, of) => ({
      ...connector,
      grant: async (wanted, record) => {
        await connector.restore([held(of, 'dea', 'rolewave')], async () => undefined);
        return connector.grant(wanted, record);
      },
    }),
  ],
  [
    'a grant is called revoked and stays',
    "left behind, and no receipt says why: 'clerk' of 'ann'",
    (connector) => ({
      ...connector,
      revoke: async (grants, record) => {
        const outcomes = grants.map(() => ({ outcome: 'revoked' as const }));
        await record(outcomes);
        return outcomes;
      },
    }),
  ],
  [
    'somebody else is granted it',
    "granted to another role or account than was signed: 'clerk' of 'bystander'",
    (connector, of) => ({
      ...connector,
      grant: async (wanted, record) => {
        const more = wanted.slice(0, 1).map(({ role, roleId = '' }) => ({ role, roleId, account: of('bystander') }));
        await connector.grant(more, async () => undefined);
        return connector.grant(wanted, record);
      },
    }),
  ],
  [
    'legacy access does not come back',
    "legacy access was revoked and not given back, and no receipt says why: 'old_reader' of 'ann'",
    (connector) => ({
      ...connector,
      restore: async (grants, record) => {
        const outcomes = grants.map((grant) => ({ outcome: 'created' as const, grant }));
        await record(outcomes);
        return outcomes;
      },
    }),
  ],
];

/** What a system does not let anybody do, Rolewave does not do there. */
const impossible: Record<string, string[]> = {
  keycloak: ['a grant is made that somebody holds already'],
  ldap: ['a grant is made that somebody holds already'],
  postgres: [],
  scim: ['a grant is made that somebody holds already'],
};
const setups: Record<string, unknown> = {
  keycloak: { kind: 'group', events: true },
  ldap: { form: 'groupOfNames', refint: false, log: true },
  postgres: { right: 'direct', actsFor: ['kim', 'dba'] },
  scim: { soleWriter: true },
};
const one = [...new Map(peers.map((peer) => [peer.kind, peer])).values()];

describe.each(one)('on $name', (peer: HostilePeer) => {
  let server: HostileServer;
  beforeAll(async () => {
    server = await peer.start();
  });
  afterAll(() => server?.stop());
  const told = async (sabotage?: Sabotage, change: Partial<Scenario> = {}) =>
    (await play({ peer, server, store, storeUrl: database.url, workers }, { ...scenario, setup: setups[peer.kind], ...change }, sabotage)).violations;

  test('a Rolewave that keeps its promises violates nothing', async () => {
    expect(await told()).toEqual([]);
  });

  // Where a lost change is known late, only those in the middle of one; the stories have the others.
  const kills = (['after the record', 'in the commit', 'at the start', 'before the record', 'after the commit', 'at the end'] as const).slice(
    0,
    peer.kind === 'keycloak' ? 2 : undefined,
  );
  test.each(kills)('nor does one whose processes are killed %s', async (at) => {
    const kill = { batch: 1, at, again: true };
    const steps = scenario.steps.map((each) => ({ ...each, kill }));
    expect(await told(undefined, { steps, end: { ...scenario.end, kill } })).toEqual([]);
  });

  const swap: Act = { do: 'swapAccounts', account: 2 };
  const withoutCem = scenario.held.filter(({ account }) => account !== 2);
  const grants = scenario.packages[0] as PackageSetup;
  test.each<[string, Partial<Scenario>]>([
    [
      'whose people swap names after a tune left what one of them had before',
      { held: withoutCem, steps: [step, step, { ...step, op: 'tighten' }, { ...step, before: [swap] }] },
    ],
    ['whose people swap names, and one of them leaves', { steps: [step, step, { ...step, before: [swap, { do: 'dropAccount', account: 2 }] }] }],
    [
      'that leaves to another package what a tune does not take, and that package takes it back',
      {
        packages: [grants, grants],
        together: 'twoPlans',
        steps: [
          step,
          step,
          { ...step, package: 1 },
          { ...step, package: 1 },
          { ...step, package: 1, op: 'tighten' },
          { ...step, op: 'rollback' },
          { ...step, package: 1 },
        ],
      },
    ],
  ])('nor does one %s', async (_what, change) => expect(await told(undefined, change)).toEqual([]));

  test.each(broken.filter(([what]) => impossible[peer.kind]?.includes(what) !== true))('it notices when %s', async (_what, violation, sabotage) => {
    // Plans name a group of Keycloak by its path.
    expect((await told(sabotage)).join('\n').replaceAll("'/", "'")).toContain(violation);
  });
});
