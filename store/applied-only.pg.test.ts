import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planWork } from '../api/plans/plan-work.ts';
import { knownDigest, rememberTextDigest } from '../domain/plan/digest.ts';
import { createDatabase } from '../test/support/database.ts';
import { newKey } from '../test/support/keys.ts';
import { checked, planInput } from '../test/support/plan.ts';
import { revisionToSave, saveRevision } from '../test/support/revisions.ts';
import { appliedOnly } from './applied-only.ts';
import type { AppliedStore, Store } from './contract.ts';
import { openStore } from './open.ts';
import type { Outliner } from './outlines.ts';
import { remembering } from './remembering.ts';

const [endpoint, stranger] = [newKey(), newKey('stranger')];
let trusted = [endpoint.trusted];
let rows: Store;
let store: AppliedStore;
let database: Client;
let drop: () => Promise<void>;

beforeAll(async () => {
  const created = await createDatabase('applied');
  rows = remembering(await openStore(created.url, { migrate: true }));
  store = appliedOnly(rows, () => trusted);
  database = new Client({ connectionString: created.url });
  await database.connect();
  drop = () => created.drop();
});
afterAll(async () => {
  await Promise.all([rows?.close(), database?.end()]);
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

/** As the endpoint has it: documents are read by the outliner alone. */
function outlined(
  change: {
    before?: (plan: string) => Promise<void> | undefined;
    patienceMs?: number;
    rightOf?: (plan: string) => string;
    secret?: Uint8Array;
    refused?: Error;
  } = {},
) {
  const asked: string[] = [];
  const texts: string[] = [];
  const counting = Object.fromEntries(
    Object.entries(rows).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
      name,
      (...args: unknown[]) => {
        asked.push(name);
        return call(...args);
      },
    ]),
  ) as unknown as Store;
  const { refused } = change;
  if (refused) counting.keepOutline = () => Promise.reject(refused);
  const outliner: Outliner = async ({ plan }, text, record) => {
    const written = await text();
    texts.push(plan);
    await change.before?.(plan);
    if (written === undefined) return undefined;
    const { textDigest, ...found } = planWork.outlined(written, record);
    rememberTextDigest(textDigest, found.document);
    return found;
  };
  const left: string[] = [];
  const { patienceMs, rightOf } = change;
  const options = {
    outlines: { make: outliner, megabytesPerRight: 100, secret: change.secret ?? randomBytes(32), notKept: (plan: string) => left.push(`${plan}: not kept`) },
    leftOut: (plan: string, why: string) => left.push(`${plan}: ${why}`),
    ...(patienceMs === undefined ? {} : { patienceMs }),
    ...(rightOf ? { rightOf } : {}),
  };
  return { asked, texts, left, store: appliedOnly(counting, () => trusted, options) };
}

test('the outline of many plans reads each document once, elsewhere, and the second time none', async () => {
  const names = Array.from({ length: 12 }, (_, at) => `many-${at}`);
  for (const name of names) await saveRevision(rows, named(name, 'ledger'), endpoint);
  const { asked, texts, store: lists } = outlined();
  const all = () => Promise.all(names.map((name) => lists.latestOutline(name)));
  const [first, again] = [await Promise.all([all(), all()]), await all()];
  expect(first[0].map((each) => [each?.plan, each?.outline.waves.length])).toEqual(names.map((name) => [name, 1]));
  expect(again.map((each) => each?.outline)).toEqual(first[1].map((each) => each?.outline));
  expect(texts.toSorted()).toEqual(names.toSorted());
  expect(asked.filter((name) => name === 'revision')).toEqual([]);
  const before = asked.length;
  await all();
  expect(asked.slice(before).every((name) => name === 'newestRevisionNumber')).toBe(true);
  // One that is asked for by name is not digested again.
  const whole = await lists.latestRevision('many-0');
  expect(whole && knownDigest(whole.document)).toBe(whole?.digest);
});

test('an endpoint that starts takes the outlines that it kept, and reads no document', async () => {
  const names = ['kept-1', 'kept-2'];
  for (const name of names) await saveRevision(rows, named(name, 'ledger'), endpoint);
  const secret = randomBytes(32);
  const before = outlined({ secret });
  const first = await Promise.all(names.map((name) => before.store.latestOutline(name)));
  expect(before.texts.toSorted()).toEqual(names);
  const after = outlined({ secret });
  expect(await Promise.all(names.map((name) => after.store.latestOutline(name)))).toEqual(first);
  expect(after.texts).toEqual([]);
  // A newer revision has an outline of its own.
  await saveRevision(rows, named('kept-1', 'payments'), endpoint);
  const newer = await after.store.latestOutline('kept-1');
  expect([newer?.number, newer?.outline.facts.teams.get('olga'), after.texts]).toEqual([2, 'payments', ['kept-1']]);
});

const sameAs = (of: string) =>
  `update rolewave.outlines as kept set (outline, mac) = (select outline, mac from rolewave.outlines where ${of}) where kept.plan = $1 and kept.number = 2`;
test.each([
  ['that somebody else wrote', `update rolewave.outlines set outline = 'mallory', mac = '12345678901234567890123456789012' where plan = $1`],
  ['without a whole code', `update rolewave.outlines set mac = substr(mac, 1, 8) where plan = $1`],
  ['of another plan', sameAs(`plan = 'other'`)],
  ['of another revision', sameAs('plan = $1 and number = 1')],
  ['that no process could read as a string', `update rolewave.outlines set outline = convert_to(repeat('x', 33000000), 'UTF8') where plan = $1`],
  ['that is gone', 'delete from rolewave.outlines where plan = $1'],
])('an outline %s is made again', async (what, change) => {
  const plan = `forged-${what.split(' ').at(-1)}`;
  const secret = randomBytes(32);
  const before = outlined({ secret });
  await saveRevision(rows, named('other', 'mallory'), endpoint);
  await before.store.latestOutline('other');
  for (const team of ['mallory', 'ledger']) {
    await saveRevision(rows, named(plan, team), endpoint);
    await before.store.latestOutline(plan);
  }
  expect((await database.query(change, [plan])).rowCount).toBeGreaterThan(0);
  const after = outlined({ secret });
  expect((await after.store.latestOutline(plan))?.outline.facts.teams.get('olga')).toBe('ledger');
  expect(after.texts).toEqual([plan]);
});

test('with another key, no outline of before counts', async () => {
  await saveRevision(rows, named('rekeyed', 'ledger'), endpoint);
  await outlined().store.latestOutline('rekeyed');
  const { texts, store: lists } = outlined();
  expect(await lists.latestOutline('rekeyed')).toMatchObject({ number: 1 });
  expect(texts).toEqual(['rekeyed']);
});

test('an outline of which the store takes nothing is shown and told', async () => {
  await saveRevision(rows, named('full-disk', 'ledger'), endpoint);
  const { left, store: lists } = outlined({ refused: new Error('no space left on device') });
  expect(await lists.latestOutline('full-disk')).toMatchObject({ number: 1 });
  expect(left).toEqual(['full-disk: not kept']);
});

test('an outline is of what the endpoint applied: a row that nobody sealed is not even read', async () => {
  await saveRevision(rows, named('outlined', 'ledger'), endpoint);
  await stray('outlined', 'mallory');
  const { texts, store: lists } = outlined();
  expect(await lists.latestOutline('outlined')).toMatchObject({ number: 1 });
  expect(await lists.appliedOutline('outlined', 2)).toBeUndefined();
  expect(texts).toEqual(['outlined']);
  trusted = [];
  expect(await lists.latestOutline('outlined')).toBeUndefined();
  trusted = [endpoint.trusted];
  expect(await lists.latestOutline('outlined')).toMatchObject({ number: 1 });
});

const listedIn = async ({ plans }: Pick<AppliedStore, 'plans'>) => new Set((await plans()).map(({ plan }) => plan));

test('a plan that cannot be read is in no list, is told once, and is tried once; all others are listed', async () => {
  for (const name of ['heavy', 'light']) await saveRevision(rows, named(name, 'ledger'), endpoint);
  const unreadable = Object.assign(new Error('too much memory'), { code: 'plan-unreadable' });
  const { texts, left, store: lists } = outlined({ before: (plan) => (plan === 'heavy' ? Promise.reject(unreadable) : undefined) });
  const [first, again] = [await listedIn(lists), await listedIn(lists)];
  expect(first).toEqual(again);
  expect([first.has('heavy'), first.has('light')]).toEqual([false, true]);
  // Who asks for it by name learns why.
  await expect(lists.latestOutline('heavy')).rejects.toBe(unreadable);
  expect(texts.filter((plan) => plan === 'heavy')).toHaveLength(1);
  expect(left).toEqual(['heavy: too much memory']);
});

test('a list does not wait for a plan that hangs, and has it once it has been read', async () => {
  await saveRevision(rows, named('hanging', 'ledger'), endpoint);
  const { promise: hangs, resolve: goOn } = Promise.withResolvers<void>();
  const { texts, left, store: lists } = outlined({ before: (plan) => (plan === 'hanging' ? hangs : undefined), patienceMs: 1_000 });
  const others = (await rows.plans()).map(({ plan }) => plan).filter((plan) => plan !== 'hanging');
  const read = (await Promise.all(others.map((plan) => lists.latestOutline(plan)))).flatMap((each) => each?.plan ?? []);
  expect(read.length).toBeGreaterThan(12);
  // Of some, an earlier row is the latest with a seal, which is looked for in the database.
  await expect.poll(() => listedIn(lists), { timeout: 20_000 }).toEqual(new Set(read));
  expect(left.filter((each) => each.startsWith('hanging'))).toEqual(['hanging: its latest revision takes long to be read']);
  goOn();
  await lists.latestOutline('hanging');
  expect(await listedIn(lists)).toEqual(new Set([...read, 'hanging']));
  expect(texts.filter((plan) => plan === 'hanging')).toHaveLength(1);
});

test('however many plans of one right hang, those of others are listed, and a list waits once for all of them', async () => {
  const many = Array.from({ length: 20 }, (_, at) => `a-hanging-${at}`);
  for (const name of [...many, 'z-other']) await saveRevision(rows, named(name, 'ledger'), endpoint);
  const { promise: hangs, resolve: goOn } = Promise.withResolvers<void>();
  const { texts, store: lists } = outlined({
    before: (plan) => (plan.startsWith('a-hanging') ? hangs : undefined),
    rightOf: (plan) => plan.replace(/-\d+$/, ''),
    patienceMs: 20,
  });
  await expect.poll(async () => (await listedIn(lists)).has('z-other')).toBe(true);
  expect(texts.filter((plan) => plan.startsWith('a-hanging')).length).toBeLessThan(many.length);
  goOn();
  const all = async () => {
    const shown = await listedIn(lists);
    return many.every((plan) => shown.has(plan));
  };
  await expect.poll(all).toBe(true);
});

test('what is wrong with the store is not taken for a plan that cannot be read', async () => {
  await saveRevision(rows, named('unlucky', 'ledger'), endpoint);
  const { store: lists } = outlined({ before: (plan) => (plan === 'unlucky' ? Promise.reject(new Error('the store is gone')) : undefined) });
  await expect(lists.plans()).rejects.toThrow('the store is gone');
  await expect(lists.plans()).rejects.toThrow('the store is gone');
});
