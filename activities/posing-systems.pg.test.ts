/** A system whose server says that it is another system's: it decides nothing about what releases did there. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { site, siteSystem } from '../test/support/site.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('posing');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const place = 'ldap:cluster-1';
const grants = ['clerk', 'reader'].flatMap((role) => ['ann', 'ben', 'cem'].map((account) => ({ role, account, grantor: 'rolewave', options: {} })));
const of = (lab: { sameAs?: string } = {}) => {
  const now = site({ systems: [siteSystem('erp'), siteSystem('lab', lab)] });
  return { site: () => now };
};

/** One plan has released in `erp`; the one of `lab` holds the same access by the word of its own server. */
async function twoPlans(name: string) {
  const erp = noneConnector({ place: `${place}-${name}` });
  const lab = { ...noneConnector({ place: `${place}-${name}`, grants }), address: 'of its own' };
  const [mine, theirs] = [new Bench(store, benchPlan(`${name}-erp`, 'erp'), { erp }), new Bench(store, benchPlan(`${name}-lab`, 'lab'), { lab })];
  await mine.apply();
  await theirs.apply();
  const release = await mine.signed();
  await mine.runWith(of(), 'grantAccess', release, 'erp');
  const posed = await theirs.signed();
  const approval = await mine.record('decide', 'olga', release, { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'yes' });
  return { erp, theirs, posed, rollBack: () => mine.runWith(of(), 'rollBackAccess', release, 'erp', { id: 'r', approval }) };
}

test('it is refused before it claims anything, and a rollback in the real one takes all of it', async () => {
  const { erp, theirs, posed, rollBack } = await twoPlans('posing');
  await expect(theirs.runWith(of(), 'grantAccess', posed, 'lab')).rejects.toMatchObject({
    type: 'SiteRefuses',
    message: expect.stringMatching(/^the server of 'lab' says that it is the one of another system of the site, [^:]*: (?!.*erp)/),
  });
  expect(await rollBack()).toMatchObject({ revoked: 6, failed: [] });
  expect(erp.held()).toEqual([]);
});

test('where the site says that the two are one, what the release in the other needs is kept', async () => {
  const { erp, theirs, posed, rollBack } = await twoPlans('one');
  expect(await theirs.runWith(of({ sameAs: 'erp' }), 'grantAccess', posed, 'lab')).toMatchObject({ preexisting: 6 });
  expect(await rollBack()).toMatchObject({ revoked: 0 });
  expect(erp.held()).toHaveLength(6);
});

test('a declaration that is taken back is no longer believed', async () => {
  const { theirs, posed } = await twoPlans('back');
  await theirs.runWith(of({ sameAs: 'erp' }), 'grantAccess', posed, 'lab');
  await expect(theirs.runWith(of(), 'verifyAccess', posed, 'lab')).rejects.toMatchObject({ type: 'SiteRefuses' });
});
