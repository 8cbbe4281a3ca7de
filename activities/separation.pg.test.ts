/** Before an effect: duties are separate, and only revisions that the endpoint applied say anything. All from the store alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noneConnector } from '../connectors/none/connector.ts';
import type { RevisionRecord } from '../domain/views/revision.ts';
import type { Store } from '../store/contract.ts';
import { openStore } from '../store/open.ts';
import { Bench, benchPlan } from '../test/support/activity-bench.ts';
import { createDatabase, type TestDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import type { PlanChange } from '../test/support/plan.ts';
import { revisionToSave, saveRevision } from '../test/support/revisions.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase('separation');
  store = await openStore(database.url, { migrate: true });
});
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

let number = 0;
async function bench(change: PlanChange = {}, appliedBy = 'ines') {
  const id = `separate-${(number += 1)}`;
  const made = new Bench(store, benchPlan(`separate-${number}`, id, change), { [id]: noneConnector() });
  await saveRevision(store, made.plan, made.key, appliedBy);
  return Object.assign(made, { id });
}
const notCovered = (why: string) => ({ type: 'NotCoveredBySignOffs', nonRetryable: true, message: expect.stringContaining(why) });

describe('without someone who neither applied the change nor receives the access, nothing is granted', () => {
  test('the person who applied it is not its only signer', async () => {
    const made = await bench({ operators: ['olga', 'ines'] }, 'olga');
    const release = await made.signed();
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(
      notCovered('another person, because olga applied the change: dora, so nothing'),
    );
    await made.sign(release, 'dora');
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
  });

  test("a signer's approval does not count for a grant to the signer; an operator may stand in", async () => {
    const made = await bench({ operators: ['ines', 'hugo'], delegates: [], packages: [{ id: 'clerks', cohort: ['olga', 'ann'] }] });
    const release = await made.signed();
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(notCovered('because olga receives the access: hugo'));
    // ines applied it.
    await made.sign(release, 'ines');
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(notCovered('because olga receives the access: hugo'));
    await made.sign(release, 'hugo');
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 4 });
  });

  test('an operator signs for nobody: without the owner nothing is granted', async () => {
    const made = await bench({ operators: ['ines', 'hugo'], delegates: [], packages: [{ id: 'clerks', cohort: ['olga', 'ann'] }] });
    const release = await made.preview();
    await made.sign(release, 'hugo');
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(notCovered('no valid sign-off by olga'));
  });

  test('a change that somebody made before, and that another person applied again, is still theirs', async () => {
    const made = await bench({ operators: ['olga', 'ines'] }, 'olga');
    await saveRevision(store, { ...made.plan, packages: [{ ...made.plan.packages[0]!, cohort: ['ann', 'ben'] }] }, made.key, 'ines');
    made.ref = () => ({ plan: made.plan.plan, wave: 'wave-1', package: 'clerks', revision: 2 });
    made.plan.packages[0]!.cohort = ['ann', 'ben'];
    const release = await made.signed();
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(notCovered('because olga applied the change'));
  });

  test('what somebody wrote while no package named it is theirs, also where another person brought it to the package', async () => {
    const made = await bench({ operators: ['olga', 'ines', 'hugo'], packages: [{ id: 'clerks', cohort: ['ann', 'ben'] }] }, 'ines');
    const people = made.plan.people.map((person) => (person.id === 'cem' ? { ...person, accounts: { [made.id]: 'olga2' } } : person));
    await saveRevision(store, { ...made.plan, people }, made.key, 'olga');
    const joined = { people, packages: [{ ...made.plan.packages[0]!, cohort: ['ann', 'ben', 'cem'] }] };
    await saveRevision(store, { ...made.plan, ...joined }, made.key, 'hugo');
    Object.assign(made.plan, joined);
    made.ref = () => ({ plan: made.plan.plan, wave: 'wave-1', package: 'clerks', revision: 3 });
    const release = await made.signed();
    await expect(made.run('grantAccess', release, made.id)).rejects.toMatchObject(notCovered('because olga applied the change: dora'));
    await made.sign(release, 'dora');
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
  });

  test('what the site lets be is asked before every effect', async () => {
    const made = await bench({ operators: ['olga', 'ines'] }, 'olga');
    const release = await made.signed();
    const strict = made.site.separationOfDuties;
    made.site = { ...made.site, separationOfDuties: { ...strict, applierMayBeOnlySigner: true } };
    expect(await made.run('grantAccess', release, made.id)).toMatchObject({ created: 6 });
    made.site = { ...made.site, separationOfDuties: strict };
    await expect(made.run('retireLegacy', release, made.id)).rejects.toMatchObject(notCovered('because olga applied the change'));
  });
});

describe('a revision that the endpoint did not apply allows nothing', () => {
  test.each<[string, (saved: Awaited<ReturnType<typeof revisionToSave>>) => object]>([
    ['without a seal', () => ({ seal: '' })],
    ['with a record that the seal does not cover', ({ record }) => ({ record: { ...record, changedBy: {} } satisfies RevisionRecord })],
    ['applied by another person than its seal says', () => ({ appliedBy: 'hugo' })],
    ['with another document', ({ document }) => ({ document: { ...document, packages: [{ ...document.packages[0]!, cohort: ['ann', 'dea'] }] } })],
  ])('%s', async (_, change) => {
    const made = await bench();
    const forged = structuredClone(made.plan);
    forged.plan = `${made.plan.plan}-forged`;
    const saved = await revisionToSave(forged, made.key);
    await store.saveRevision({ ...saved, ...change(saved) });
    made.ref = () => ({ plan: forged.plan, wave: 'wave-1', package: 'clerks', revision: 1 });
    await expect(made.preview()).rejects.toMatchObject(notCovered("was not applied through Rolewave's endpoint"));
  });

  test('sealed by a key that is not trusted, or by a person', async () => {
    const made = await bench();
    const forged = { ...structuredClone(made.plan), plan: `${made.plan.plan}-by-others` };
    await store.saveRevision(await revisionToSave(forged, newKey()));
    made.ref = () => ({ plan: forged.plan, wave: 'wave-1', package: 'clerks', revision: 1 });
    await expect(made.preview()).rejects.toMatchObject(notCovered("was not applied through Rolewave's endpoint"));
    const phone = newKey('phone');
    const own = { ...structuredClone(made.plan), plan: `${made.plan.plan}-by-phone` };
    await store.saveRevision(await revisionToSave(own, phone));
    made.deps = { ...made.deps, trustedKeys: [made.key.trusted, { ...phone.trusted, sub: 'ines' }] };
    made.ref = () => ({ plan: own.plan, wave: 'wave-1', package: 'clerks', revision: 1 });
    await expect(made.preview()).rejects.toMatchObject(notCovered("was not applied through Rolewave's endpoint"));
  });

  test('a row after it names no owner who could roll back, and ends no blackout', async () => {
    const made = await bench();
    const release = await made.signed();
    await made.run('grantAccess', release, made.id);
    const mine = { ...structuredClone(made.plan), delegates: [] };
    mine.packages[0]!.owner = 'sam';
    await store.saveRevision(await revisionToSave(mine, newKey(), { expected: 1 }));
    const answer = { proposal: 'rollback-1', kind: 'rollback', answer: 'approve', reason: 'mine' };
    const forged = await made.record('decide', 'sam', release, answer, { atMs: Date.now() + 1_000 });
    await expect(made.run('rollBackAccess', release, made.id, { id: 'r', approval: forged })).rejects.toMatchObject(notCovered('no recorded message'));
    const approval = await made.record('decide', 'olga', release, answer, { atMs: Date.now() + 1_000 });
    expect(await made.run('rollBackAccess', release, made.id, { id: 'r', approval })).toMatchObject({ revoked: 6 });
  });
});
