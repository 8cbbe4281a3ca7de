/** A worker dies in the middle of a batch of grants. The next one finds out what was granted, and grants the rest (R4, R5). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asHeld } from './erp.ts';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

const [people, perPerson] = [50, 4];
const all = people * perPerson;

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
  // An administrator's open transaction on the second role blocks the batch in its middle until it is rolled back.
  const busy = await site.erp.hold(`grant "${roles[1]}" to "${accounts[0]}"`);
  await site.release(erpPlan('batch', { accounts, roles, length: '2d' }));
  await untilSeen(
    () => busy.holdsUp(),
    (waiting) => waiting > 0,
  );
  await site.killWorker();
  await busy.letGo();
  const granted = await whatIsThereNow();
  const atTheKill = await site.store.ledger(site.of('batch'));
  // Some grants are made and some are not, and some of those that are made are not yet recorded as made.
  expect(granted.length).toBeGreaterThan(all / 6);
  expect(granted.length).toBeLessThan(all);
  expect(outcomes(atTheKill)).toEqual({ created: expect.any(Number), intended: expect.any(Number) });
  expect(outcomes(atTheKill)['created']).toBeLessThan(granted.length);

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
