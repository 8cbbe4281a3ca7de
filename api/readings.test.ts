import { expect, test } from 'vitest';
import type { Plan } from '../domain/plan/schema.ts';
import { fixedSite } from '../settings/site.ts';
import { plan } from '../test/support/plan.ts';
import { site } from '../test/support/site.ts';
import { openReadings } from './readings.ts';
import { openPlanPeople } from './sign-in/plan-people.ts';

/** A store with one plan, whose latest revision that counts can be changed. */
function withRevisions(documents: Record<number, Plan>) {
  const now = { latest: 1, read: 0 };
  const store = {
    actedIn: async () => [],
    plans: async () => [{ plan: 'test', revision: now.latest, appliedAtMs: 1 }],
    latestRevisionNumber: async () => now.latest,
    latestRevision: async () => {
      now.read += 1;
      return { plan: 'test', number: now.latest, document: documents[now.latest] };
    },
    releases: async () => [],
    appliedRevision: async () => undefined,
  };
  return { now, store: store as unknown as Parameters<typeof openReadings>[0] };
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
  const people = openPlanPeople(store);
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
