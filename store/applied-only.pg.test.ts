import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { checked, planInput } from '../test/support/plan.ts';
import { revisionToSave, saveRevision } from '../test/support/revisions.ts';
import { appliedOnly } from './applied-only.ts';
import type { AppliedStore, Store } from './contract.ts';
import { openStore } from './open.ts';
import { remembering } from './remembering.ts';

const [endpoint, stranger] = [newKey(), newKey('stranger')];
let trusted = [endpoint.trusted];
let rows: Store;
let store: AppliedStore;
let drop: () => Promise<void>;

beforeAll(async () => {
  const database = await createDatabase('applied');
  rows = remembering(await openStore(database.url, { migrate: true }));
  store = appliedOnly(rows, () => trusted);
  drop = () => database.drop();
});
afterAll(async () => {
  await rows?.close();
  await drop?.();
});

function named(plan: string, team: string) {
  const input = planInput({ plan });
  return checked({ ...input, people: input.people.map((person) => (person.id === 'olga' ? { ...person, team } : person)) });
}
const teamOf = async (plan: string) => (await store.latestRevision(plan))?.document.people.find(({ id }) => id === 'olga')?.team;

async function stray(plan: string, team: string): Promise<void> {
  const before = await rows.latestRevision(plan);
  await rows.saveRevision(await revisionToSave(named(plan, team), stranger, { expected: before?.number ?? 0, before }));
}

test('a row that was not applied through the endpoint is not the latest revision, however many there are', async () => {
  await saveRevision(rows, named('moved', 'ledger'), endpoint);
  expect(await teamOf('moved')).toBe('ledger');
  await stray('moved', 'mallory');
  await stray('moved', 'mallory-and-more');
  expect(await rows.latestRevision('moved')).toMatchObject({ number: 3 });
  expect(await teamOf('moved')).toBe('ledger');
  expect(await store.latestRevisionNumber('moved')).toBe(1);
  expect(await store.newestRevisionNumber('moved')).toBe(3);
  expect(await store.appliedRevision('moved', 3)).toBeUndefined();
  expect(await store.appliedRevision('moved', 1)).toMatchObject({ number: 1 });
  expect((await store.plans()).filter(({ plan }) => plan === 'moved')).toMatchObject([{ revision: 1 }]);
});

test('a plan of which nothing was applied does not exist', async () => {
  await stray('made-up', 'mallory');
  expect(await store.latestRevision('made-up')).toBeUndefined();
  expect((await store.plans()).map(({ plan }) => plan)).not.toContain('made-up');
});

test('a key that is withdrawn takes what it sealed with it, and one that is trusted again brings it back', async () => {
  await saveRevision(rows, named('twice', 'first'), endpoint);
  await stray('twice', 'second');
  expect(await teamOf('twice')).toBe('first');
  trusted = [endpoint.trusted, stranger.trusted];
  expect(await teamOf('twice')).toBe('second');
  trusted = [endpoint.trusted];
  expect(await teamOf('twice')).toBe('first');
  trusted = [];
  expect(await teamOf('twice')).toBeUndefined();
  trusted = [endpoint.trusted];
});
