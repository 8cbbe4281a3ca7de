/**
 * A new kind of system needs only a connector and a line in the registry. A made-up kind, with names as long as a directory's and without
 * optional capabilities, is previewed, granted, evaluated by a made-up provider, rolled back and shown to people, without a change in any other file.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan } from '../domain/plan/schema.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { openTelemetry, providerKinds } from '../telemetry/providers.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { metric, watch } from '../test/support/plan.ts';
import type { Connector, ConnectorKind } from './connector.ts';
import { noneConnector } from './none/connector.ts';
import { connectorKinds, openSystem } from './registry.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('newkind');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

/** A unique distinguished name of exactly this many bytes. */
const dn = (kind: string, name: string, bytes: number) => {
  const [before, after] = [`${kind}=${name}\\, Zoë,ou=`, ',dc=example,dc=com'];
  const fill = bytes - Buffer.byteLength(before + after);
  // Without repetition, so that the database cannot compress it.
  return `${before}${Array.from({ length: fill }, (_, at) => String.fromCodePoint(97 + ((at * at + at * name.length) % 26))).join('')}${after}`;
};

const directory = noneConnector();
const madeUp: ConnectorKind<unknown> = {
  connectionString: 'made-up://somewhere',
  open: () => {
    const { running: _running, lastUse: _lastUse, ...needed } = directory;
    return { ...needed, kind: 'made-up' } satisfies Connector;
  },
};
const provider = () => ({
  read: async ({ people, system }: { people: string[]; system: unknown }) => ({ value: system ? 0 : people.length }),
  close: async () => undefined,
});

/** As on a site whose schema knows both kinds. */
function inMadeUpKinds(plan: Plan, bytes: number): Plan {
  const role = (name: string) => dn('cn', name, bytes);
  return {
    ...plan,
    metrics: plan.metrics.map((each) => ({ ...each, provider: { kind: 'made-up' } as never })),
    people: plan.people.map((person) => ({ ...person, accounts: Object.fromEntries(plan.systems.map((id) => [id, dn('uid', person.id, bytes)])) })),
    packages: plan.packages.map((each) => ({
      ...each,
      entitlements: each.entitlements.map((entry) => ({ ...entry, role: role(entry.role) })),
      legacy: each.legacy.map((entry) => ({ ...entry, role: role(entry.role) })),
    })),
  };
}

test.each([300, 1_000])('with names of %i bytes', async (bytes) => {
  const id = `directory-${bytes}`;
  const plan = inMadeUpKinds(
    benchPlan(id, id, { metrics: [metric('adoption')], packages: [{ id: 'clerks', watch: watch('14d', { metric: 'adoption', tune: { above: 2 } }) }] }),
    bytes,
  );
  const made = new Bench(store, plan, {});
  const [system] = made.site.systems;
  made.site.systems = [{ ...system!, kind: 'made-up' as never }];
  const kinds = { ...connectorKinds, 'made-up': madeUp };
  made.deps.openSystem = async (system) => openSystem(system, { ERP_DATABASE_URL: 'made-up://here' }, { kinds });
  made.telemetry = openTelemetry({}, { kinds: { ...providerKinds, 'made-up': provider } as never });
  await made.apply();

  const release = await made.signed();
  expect(release.parts).toMatchObject([{ people: 3, toGrant: 6 }]);
  expect(await made.run('grantAccess', release, id)).toMatchObject({ created: 6, failed: 0 });
  expect(await made.run('verifyAccess', release, id)).toMatchObject({ created: 6, unknown: 0 });
  expect(new Set((await store.ledger(release)).map(({ account }) => Buffer.byteLength(account)))).toEqual(new Set([bytes]));
  const due = { purpose: 'scheduled', dueMs: made.nowMs + 86_400_000, startMs: made.nowMs, atEnd: false } as const;
  expect(await made.evaluate(release, due)).toMatchObject({
    drift: { missing: 0, outOfBand: 0 },
    verdict: {
      metrics: [
        { metric: 'access-drift', verdict: 'healthy' },
        { metric: 'adoption', verdict: 'tune', value: 3 },
      ],
    },
  });
  expect(await made.run('dependencyCheck', release)).toContainEqual({
    code: 'jobsNotOffered',
    system: id,
    clear: true,
    line: `whether jobs run in ${id} is unknown: systems of its kind do not show it`,
  });
  const preview = await made.run('previewRollback', release, id, made.nowMs - 3_600_000);
  expect(preview).toMatchObject({ losesCount: 6, usageNote: 'systems of this kind do not show who uses what' });
  expect(preview).not.toHaveProperty('usedBy');
  expect(directory.held().filter(({ account }) => Buffer.byteLength(account) === bytes)).toHaveLength(6);
});
