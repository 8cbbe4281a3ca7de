import { describe, expect, test } from 'vitest';
import type { Plan } from '../domain/plan/schema.ts';
import { outlineOf } from '../domain/plan/outline.ts';
import { fixedSite } from '../settings/site.ts';
import { plan } from '../test/support/plan.ts';
import { site } from '../test/support/site.ts';
import { openReadings } from './readings.ts';
import { openPlanPeople } from './sign-in/plan-people.ts';

/** A store with one plan, whose latest revision that counts can be changed. `released`: each place with the revision of its release. */
function withRevisions(documents: Record<number, Plan>, released: [wave: string, rolePackage: string, revision: number][] = []) {
  const now = { latest: 1, read: 0, asked: [] as string[] };
  const has = (number: number, wave: string, id: string) =>
    documents[number]?.waves.some((one) => one.id === wave && one.packages.some((entry) => entry.package === id)) === true;
  const appliedOutline = async (_plan: string, number: number) => {
    now.read += 1;
    now.asked.push(`outline ${number}`);
    const document = documents[number];
    return document && { plan: 'test', number, appliedAtMs: 1, outline: outlineOf(document) };
  };
  const store = {
    actedIn: async () => [],
    plans: async () => [{ plan: 'test', revision: now.latest, appliedAtMs: 1 }],
    latestRevisionNumber: async () => now.latest,
    latestRevision: async () => ({ plan: 'test', number: now.latest, document: documents[now.latest] }),
    latestOutline: () => appliedOutline('test', now.latest),
    stands: async (_plan: string, number: number, text: string) => JSON.stringify(documents[number]).includes(JSON.stringify(text)),
    releases: async () => released.map(([wave, id, revision]) => ({ plan: 'test', wave, package: id, revision })),
    appliedOutline,
    lastIn: async (_plan: string, places: { wave: string; package: string }[]) => {
      now.asked.push('last');
      return places.flatMap((at) => {
        const revision = Object.keys(documents)
          .map(Number)
          .findLast((number) => has(number, at.wave, at.package));
        return revision === undefined ? [] : [{ ...at, revision }];
      });
    },
    newestRevisionNumber: async (_plan: string, below = Infinity) =>
      Object.keys(documents)
        .map(Number)
        .findLast((number) => number < below),
  };
  return { now, store: store as unknown as Parameters<typeof openReadings>[0] & Parameters<typeof openPlanPeople>[0] };
}

test('who acts in a plan is read once for each revision', async () => {
  const people = [...plan().people, ...['yann', 'zoe'].map((id) => ({ id, name: id, team: 'x', accounts: {} }))];
  const { now, store } = withRevisions({ 1: plan({ people, operators: ['ines', 'yann'] }), 2: plan({ people, operators: ['ines', 'zoe'] }) });
  const readings = openReadings(store, fixedSite(site()));
  const acts = async (id: string) => (await readings.of('test', { id, groups: [] })).all;
  expect([await acts('yann'), await acts('zoe'), now.read]).toEqual([true, false, 1]);
  now.latest = 2;
  expect([await acts('yann'), await acts('zoe'), now.read]).toEqual([false, true, 2]);
});

test('a revision whose key is no longer trusted gives nobody a part: the one before counts again, for reading and for names', async () => {
  const before = plan({ operators: ['ines', 'hugo'] });
  const forged = plan({ operators: ['ines', 'mallory'], people: [...before.people, { id: 'mallory', name: 'Mallory', team: 'x', accounts: {} }] });
  const { now, store } = withRevisions({ 1: before, 2: forged });
  const readings = openReadings(store, fixedSite(site()));
  const people = openPlanPeople(store, fixedSite(site()));
  const knows = async () => [
    (await readings.of('test', { id: 'mallory', groups: [] })).all,
    (await readings.all({ id: 'mallory', groups: [] })).size,
    (await people()).has('mallory'),
  ];
  now.latest = 2;
  expect(await knows()).toEqual([true, 1, true]);
  now.latest = 1;
  expect(await knows()).toEqual([false, 0, false]);
});

test('a plan is their own where the site gives it to them, or once they have acted in it, which is asked until then', async () => {
  const { store } = withRevisions({ 1: plan({ operators: ['ines', 'hugo'] }) });
  const asked: string[] = [];
  let has = false;
  const actedIn = async (person: string) => {
    asked.push(person);
    return has ? ['test'] : [];
  };
  const usual = site();
  const right = { plan: 'te*', apply: { people: ['hugo'], groups: [] }, read: { people: [], groups: ['audit'] }, systems: [] };
  const readings = openReadings({ ...store, actedIn }, fixedSite({ ...usual, administrators: { people: ['root'], groups: [] }, plans: [right] }));
  const own = async (id: string, groups: string[] = []) => (await readings.all({ id, groups })).get('test');
  expect([await own('hugo'), await own('vera', ['audit']), await own('root')]).toMatchObject(Array.from({ length: 3 }, () => ({ own: true, right: 'te*' })));
  expect(asked).toEqual([]);
  expect(await own('ines')).toMatchObject({ own: false, right: 'te*' });
  has = true;
  expect(await own('ines')).toMatchObject({ own: true });
  await own('ines');
  expect(asked).toEqual(['ines', 'ines']);
});

describe('a released wave that later revisions no longer have', () => {
  const people = [...plan().people, ...['yann', 'zoe'].map((id) => ({ id, name: id, team: 'x', accounts: {} }))];
  const [first] = plan().waves;
  const of = (wave: string, alsoSigns: string[]) => ({ ...plan({ people }), waves: first ? [{ ...first, id: wave, alsoSigns }] : [] });
  const id = String(first?.packages[0]?.package);
  const history = (revisions: number) =>
    Object.fromEntries([[1, of('dropped', ['yann'])], ...Array.from({ length: revisions }, (_, at) => [at + 2, of('kept', ['zoe'])] as const)]) as Record<
      number,
      Plan
    >;

  test.each([1, 50])('a list by somebody else reads as much after %i revisions as after any number', async (revisions) => {
    const { now, store } = withRevisions(history(revisions), [['dropped', id, 1]]);
    const readings = openReadings(store, fixedSite(site()));
    now.latest = revisions + 1;
    await readings.all({ id: 'nobody', groups: [] });
    expect(now.asked).toEqual([`outline ${now.latest}`, 'last', 'outline 1']);
    expect([...((await readings.of('test', { id: 'yann', groups: [] })).waves ?? [])]).toEqual(['dropped']);
    expect(now.asked).toHaveLength(3);
  });

  test('what its people had is known when the plan has another revision', async () => {
    const { now, store } = withRevisions(history(3), [['dropped', id, 1]]);
    const readings = openReadings(store, fixedSite(site()));
    for (const latest of [2, 3, 4]) {
      now.latest = latest;
      expect((await readings.of('test', { id: 'yann', groups: [] })).sees).toBe(true);
    }
    expect(now.asked).toEqual(['outline 2', 'last', 'outline 1', 'outline 3', 'last', 'outline 4', 'last']);
  });

  test('a row that counts for nothing is passed over: the revision before it has what they had', async () => {
    const documents = { ...history(1), 2: of('dropped', ['zoe']), 3: of('kept', ['zoe']) };
    const { now, store } = withRevisions(documents, [['dropped', id, 1]]);
    const readings = openReadings(
      { ...store, appliedOutline: async (of, number) => (number === 2 ? undefined : store.appliedOutline(of, number)) },
      fixedSite(site()),
    );
    now.latest = 3;
    expect((await readings.of('test', { id: 'yann', groups: [] })).sees).toBe(true);
    expect([...(await readings.of('test', { id: 'zoe', groups: [] })).waves]).toEqual(['kept']);
  });
});

test('those who ask at the same time wait for one outline', async () => {
  const { now, store } = withRevisions({ 1: plan({ operators: ['ines', 'hugo'] }) });
  const readings = openReadings(store, fixedSite(site()));
  await Promise.all(['ines', 'hugo', 'nobody', 'olga'].map(async (id) => readings.all({ id, groups: [] })));
  expect(now.read).toBe(1);
});

test('someone who has no part in a plan waits for no revision of it to be read; someone whom it names now does', async () => {
  const { now, store } = withRevisions({
    1: plan({ operators: ['ines', 'hugo'] }),
    2: plan({ operators: ['ines', 'hugo', 'yann'], people: [...plan().people, { id: 'yann', name: 'yann', team: 'x', accounts: {} }] }),
  });
  const outline = Promise.withResolvers<void>();
  const latestOutline = async (id: string) => {
    if (now.latest === 2) await outline.promise;
    return store.latestOutline(id);
  };
  const readings = openReadings({ ...store, latestOutline }, fixedSite({ ...site(), administrators: { people: ['root'], groups: [] } }));
  const of = (id: string) => readings.of('test', { id, groups: [] });
  expect([(await of('yann')).sees, now.read]).toEqual([false, 1]);
  now.latest = 2;
  expect([(await of('nobody')).sees, (await readings.all({ id: 'nobody', groups: [] })).size, now.read]).toEqual([false, 0, 1]);
  const named = Promise.all(['yann', 'hugo', 'root'].map(of));
  outline.resolve();
  expect((await named).map(({ sees, revision }) => [sees, revision])).toEqual(Array.from({ length: 3 }, () => [true, 2]));
});
