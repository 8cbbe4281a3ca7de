/** A worker dies in the middle of a batch of grants. The next one finds out what was granted, and grants the rest (R4, R5). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asHeld } from './erp.ts';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

const [people, perPerson] = [840, 7];
const all = people * perPerson;
/** Grants in one transaction: almost all of those before the last role. */
const firstBatch = 5_000;

let site: Site;
let accounts: string[];
let roles: string[];
beforeAll(async () => {
  site = await startSite();
  accounts = await site.erp.people(...Array.from({ length: people }, (_, index) => `p${index + 1}`));
  roles = await site.erp.roles(Array.from({ length: perPerson }, (_, index) => `role${index + 1}`));
});
afterAll(() => site?.close());

test('after a worker is killed while it grants and another starts, each grant is made once, and a rollback revokes exactly those grants', async () => {
  const before = (await site.erp.memberships()).map(asHeld);
  // An administrator's open transaction on the last role blocks the second batch until it is rolled back.
  const busy = await site.erp.hold(`grant "${roles.at(-1)}" to "${accounts[0]}"`);
  await site.release(erpPlan('batch', { accounts, roles, length: '2d' }));
  await untilSeen(
    async () => ({ granted: (await site.erp.memberships(roles)).length, waiting: await busy.holdsUp() }),
    ({ granted, waiting }) => granted === firstBatch && waiting > 0,
  );
  await site.killWorker();
  await busy.letGo();
  const granted = await whatIsThereNow();
  const atTheKill = await site.store.ledger(site.of('batch'));
  // The first batch is made and recorded; of the second one nothing is.
  expect(granted.length).toBe(firstBatch);
  expect(outcomes(atTheKill)).toEqual({ created: firstBatch });

  await site.startWorker();
  const { grants } = await site.untilPackage(
    'batch',
    (view) => view.grants.created + view.grants.failed + view.grants.unknown + view.grants.preexisting === all,
  );
  expect(grants).toEqual({ created: all, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 });

  const wanted = roles.flatMap((role) => accounts.map((account) => `${role} to ${account} by ${site.erp.svc} admin false inherit true set true`));
  const released = await site.erp.memberships(roles);
  expect(released.map(asHeld).toSorted()).toEqual(wanted.toSorted());
  // What was granted before the kill was left as it was: the same rows of the catalog.
  const rows = new Set(released.map(({ row }) => row));
  expect(granted.filter(({ row }) => !rows.has(row))).toEqual([]);
  expect(outcomes(await site.store.ledger(site.of('batch')))).toEqual({ created: all });

  expect(await site.rollBack('batch')).toBe(`${all} granted, ${all} revoked`);
  expect((await site.erp.memberships()).map(asHeld)).toEqual(before);
  expect(outcomes(await site.store.ledger(site.of('batch')))).toEqual({ revoked: all });
});

/** PostgreSQL may still carry out what the worker sent before it died, so this reads once the worker's connections are gone. */
async function whatIsThereNow() {
  await untilSeen(
    () => site.erp.connections(),
    (open) => open === 0,
  );
  return site.erp.memberships(roles);
}

/** The number of grants by outcome. Each grant must be in the ledger once. */
function outcomes(ledger: { outcome: string; role: string; account: string }[]): Record<string, number> {
  expect(new Set(ledger.map(({ role, account }) => `${role} ${account}`)).size).toBe(ledger.length);
  return Object.fromEntries([...Map.groupBy(ledger, ({ outcome }) => outcome)].map(([outcome, entries]) => [outcome, entries.length]));
}
