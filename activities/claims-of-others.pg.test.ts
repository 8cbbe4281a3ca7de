/** Thousands of claims and ledger entries that other plans have on the same roles: what is decided about a few grants reads none of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import { next } from '../domain/release/facts.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan, now } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { entry, grant, us } from '../test/support/ledger.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('claims_of_others');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const dayMs = 86_400_000;

/** The store, and how many rows each of its answers about all releases of a place had. */
function counting(): { counted: Store; answers: number[] } {
  const answers: number[] = [];
  const counted: Store = { ...store };
  for (const method of ['claimsOn', 'claimedByOthers', 'ledgerOn'] as const)
    Object.assign(counted, {
      [method]: async (of: never) => {
        const found = await (store[method] as (asked: never) => Promise<unknown[]>)(of);
        answers.push(found.length);
        return found;
      },
    });
  counted.leave = (of, at, what, decide) =>
    store.leave(of, at, what, (left) => {
      answers.push(left.claims.length, left.others.length);
      return decide(left);
    });
  return { counted, answers };
}

test('a plan with thousands of claims on the same roles is not read for the retirement, the checks before a rollback, its preview or the rollback itself of another', async () => {
  const place = 'none:shared';
  const system = noneConnector({ place, grants: [{ role: 'old-clerk', account: 'ann', grantor: 'dba', options: {} }] });
  const roles = (...names: string[]) => names.map((role) => ({ system: 'erp', role }));
  const mine = { entitlements: roles('clerk'), legacy: [{ system: 'erp', role: 'old-clerk', design: 'superseded' as const }] };
  const made = new Bench(store, benchPlan('a-small-plan', 'erp', { packages: [mine] }), { erp: system });
  await made.apply();
  const release = await made.signed();
  const theirs = { plan: 'a-large-plan', wave: 'w', package: 'everybody' };
  const others = ['clerk', 'old-clerk'].flatMap((role) => Array.from({ length: 2_000 }, (_, at) => ({ role, account: `other-${at}` })));
  await store.claim(theirs, { place, system: 'erp' }, others);
  const facts = others.map((pair) =>
    next(entry({ ...theirs, place, system: 'erp', ...pair }), 'release', { did: 'granted', grants: [grant(pair.role, pair.account, us)] }),
  );
  await store.append(facts);
  const { counted, answers } = counting();
  const reading = { store: counted };
  await made.runWith(reading, 'grantAccess', release, 'erp');
  await made.runWith(reading, 'retireLegacy', release, 'erp');
  await made.runWith(reading, 'dependencyCheck', release);
  await made.runWith(reading, 'previewRollback', release, 'erp', now - dayMs);
  const approval = await made.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  expect(await made.runWith(reading, 'rollBackAccess', release, 'erp', { id: 'r', approval })).toMatchObject({
    granted: 3,
    revoked: 3,
    restored: 1,
    failed: [],
  });
  expect(answers.length).toBeGreaterThan(8);
  expect(Math.max(...answers)).toBeLessThan(10);
});
