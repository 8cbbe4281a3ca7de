/** A worker that dies in the middle of a batch of grants: the next one finds out what was done, and does the rest (R4, R5). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asHeld } from './erp.ts';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

const [people, perPerson] = [60, 4];
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

test('killed while it grants and started again: nothing is missing, nothing is there twice, and a rollback takes back exactly all of it', async () => {
  const before = (await site.erp.memberships()).map(asHeld);
  await site.release(erpPlan('batch', { accounts, roles, length: '2d' }));
  await untilGiven(all / 3);
  await site.killWorker();
  const atTheKill = await whatIsThereNow();
  expect(atTheKill.length).toBeGreaterThanOrEqual(all / 3);
  expect(atTheKill.length).toBeLessThan(all);
  const ledger = await site.store.ledger(site.of('batch'));
  expect(ledger.filter(({ outcome }) => outcome === 'intended').length).toBeGreaterThan(0);

  await site.startWorker();
  const { grants } = await site.untilPackage('batch', (view) => view.grants.created + view.grants.failed + view.grants.unknown + view.grants.preexisting === all);
  expect(grants).toEqual({ created: all, preexisting: 0, failed: 0, unknown: 0, legacyRetired: 0 });

  const wanted = roles.flatMap((role) => accounts.map((account) => `${role} to ${account} by ${site.erp.svc} admin false inherit true set true`));
  const given = await site.erp.memberships(roles);
  expect(given.map(asHeld).toSorted()).toEqual(wanted.toSorted());
  // What was given before the kill was left as it was: the very same rows of the catalogue.
  const rows = new Set(given.map(({ row }) => row));
  expect(atTheKill.filter(({ row }) => !rows.has(row))).toEqual([]);
  expect(outcomes(await site.store.ledger(site.of('batch')))).toEqual({ created: all });

  expect(await site.rollBack('batch')).toBe(`${all} given, ${all} taken back`);
  expect((await site.erp.memberships()).map(asHeld)).toEqual(before);
  expect(outcomes(await site.store.ledger(site.of('batch')))).toEqual({ takenBack: all });
});

/** Looks without a pause: the whole batch takes a second or two. */
async function untilGiven(wanted: number): Promise<void> {
  for (const end = Date.now() + 60_000; (await site.erp.count(roles)) < wanted; ) {
    if (Date.now() > end) throw new Error('the release did not get that far');
  }
}

/** A transaction that the worker had sent may still commit after its death: what is there is read once its connections are gone. */
async function whatIsThereNow() {
  await untilSeen(() => site.erp.connections(), (open) => open === 0);
  return site.erp.memberships(roles);
}

function outcomes(ledger: { outcome: string; role: string; account: string }[]): Record<string, number> {
  expect(new Set(ledger.map(({ role, account }) => `${role} ${account}`)).size).toBe(ledger.length);
  return Object.fromEntries([...Map.groupBy(ledger, ({ outcome }) => outcome)].map(([outcome, entries]) => [outcome, entries.length]));
}
