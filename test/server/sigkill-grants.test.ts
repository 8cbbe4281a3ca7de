/** A worker that dies in the middle of a batch of grants: the next one finds out what was done, and does the rest (R4, R5). */
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

test('killed while it grants and started again: nothing is missing, nothing is there twice, and a rollback revokes exactly all of it', async () => {
  const before = (await site.erp.memberships()).map(asHeld);
  // An administrator who has begun to change the second role makes the batch stand still in its middle, until he gives it up.
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
  // Some are given and some are not, and of those that are given some are not yet written down as such.
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
  // What was given before the kill was left as it was: the very same rows of the catalogue.
  const rows = new Set(released.map(({ row }) => row));
  expect(granted.filter(({ row }) => !rows.has(row))).toEqual([]);
  expect(outcomes(await site.store.ledger(site.of('batch')))).toEqual({ created: all });

  expect(await site.rollBack('batch')).toBe(`${all} granted, ${all} revoked`);
  expect((await site.erp.memberships()).map(asHeld)).toEqual(before);
  expect(outcomes(await site.store.ledger(site.of('batch')))).toEqual({ revoked: all });
});

/** What the worker had sent may still be carried out after its death: what is there is read once its connections are gone. */
async function whatIsThereNow() {
  await untilSeen(
    () => site.erp.connections(),
    (open) => open === 0,
  );
  return site.erp.memberships(roles);
}

/** outcome → how many; each grant stands in the ledger once. */
function outcomes(ledger: { outcome: string; role: string; account: string }[]): Record<string, number> {
  expect(new Set(ledger.map(({ role, account }) => `${role} ${account}`)).size).toBe(ledger.length);
  return Object.fromEntries([...Map.groupBy(ledger, ({ outcome }) => outcome)].map(([outcome, entries]) => [outcome, entries.length]));
}
