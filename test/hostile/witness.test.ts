/** The witness notices each broken promise: the same story with a Rolewave that keeps them, and with one that breaks one of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Store } from '../../store/contract.ts';
import { openStore } from '../../store/open.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import type { Scenario, Step } from './scenario.ts';
import { startLoggedServer, type LoggedServer } from './postgres/server.ts';
import { play, type Sabotage } from './story.ts';

let database: TestDatabase;
let store: Store;
let server: LoggedServer;

beforeAll(async () => {
  database = await createDatabase('witness');
  store = await openStore(database.url, { migrate: true });
  server = await startLoggedServer(18);
});
afterAll(async () => {
  await server?.stop();
  await store?.close();
  await database?.drop();
});

const step: Step = { package: 0, op: 'verify', about: 0, before: [] };
/** `clerk` for ann, ben and dea in place of `old_reader`, which ann has from kim; dea has `clerk` from kim already, and cem, whom nobody asked about, too. */
const scenario: Scenario = {
  steps: [step, step, step, { ...step, op: 'retire' }],
  end: { before: [], withoutRight: false, order: 'first' },
  right: 'direct',
  actsFor: ['kim', 'dba'],
  held: [
    { role: 0, account: 2, by: 'kim', admin: false },
    { role: 0, account: 3, by: 'kim', admin: false },
    { role: 2, account: 0, by: 'kim', admin: false },
  ],
  packages: [{ uses: ['grant', 'none', 'legacy', 'none'], cohort: [0, 1, 3] }],
  together: 'onePlan',
  perBatch: 500,
};

const told = async (sabotage?: Sabotage) => (await play(server, store, scenario, sabotage)).violations;

test('a Rolewave that keeps its promises violates nothing', async () => {
  expect(await told()).toEqual([]);
});

const held = (of: (name: string) => string, account: string, grantor: string) => ({
  role: of('clerk'),
  account: of(account),
  grantor: of(grantor),
  options: {},
});
const broken: [string, string, Sabotage][] = [
  [
    'a grant of somebody else is revoked too',
    "revoked a grant of somebody else: 'clerk' of 'cem' by 'kim'",
    (connector, of) => ({
      ...connector,
      revoke: (grants, record) => connector.revoke([...grants, held(of, 'cem', 'kim')], (outcomes, id) => record(outcomes.slice(0, grants.length), id)),
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
      grant: (wanted, record) =>
        connector.grant([...wanted, { role: of('clerk'), account: of('bystander') }], (all, id) => record(all.slice(0, wanted.length), id)),
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

test.each(broken)('it notices when %s', async (_what, violation, sabotage) => {
  expect((await told(sabotage)).join('\n')).toContain(violation);
});
