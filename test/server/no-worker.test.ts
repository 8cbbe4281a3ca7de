/** A sign-off is received even while no worker runs: Temporal keeps it, and the first worker that starts decides it, once (R5). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { erpPlan } from './plan.ts';
import { startSite, untilSeen, type Site } from './site.ts';

let site: Site;
let roles: string[];
let digests: { planDigest: string; previewDigest: string };
beforeAll(async () => {
  site = await startSite({ answerWithinMs: 1_000 });
  const accounts = await site.erp.people('amy', 'bob');
  roles = await site.erp.roles(['clerk']);
  await site.apply(erpPlan('absent', { accounts, roles, alsoSigns: ['otto'] }));
  digests = await site.prepare('absent');
  await site.killWorker();
});
afterAll(() => site?.close());

let received: { id: string; statusUrl: string };

test('while no worker runs, a sign-off over HTTP is received and has an address that says how it was decided', async () => {
  const sent = { decision: 'approve', ...digests, id: 'olga-signs-at-night' };
  const first = await site.api.send('olga', 'POST', '/v1/packages/absent/wave-1/access/sign-offs', sent);
  expect([first.status, first.body]).toMatchObject([202, { status: 'received', statusUrl: expect.any(String) }]);
  received = first.body as typeof received;
  // Anyone who is unsure sends it again.
  const again = await site.api.send('olga', 'POST', '/v1/packages/absent/wave-1/access/sign-offs', sent);
  expect([again.status, again.body['id']]).toEqual([202, received.id]);
  const status = await untilSeen(
    () => site.api.send('olga', 'GET', received.statusUrl),
    (answered) => answered.status === 200,
  );
  expect(status.body).toMatchObject({ status: 'unknown', message: expect.stringContaining('no worker') });
});

test('while no worker runs, Temporal also accepts a signal that is sent with its own tools, even twice', async () => {
  const jws = await site.sealer.seal(site.message('absent', 'otto', 'signOff', { decision: 'approve', ...digests }, 'otto-signs-from-the-console'));
  await site.waveHandle('absent').signal('signOff', jws);
  await site.waveHandle('absent').signal('signOff', jws);
  expect(await site.store.messages({ plan: 'absent', wave: 'wave-1', type: 'signOff' })).toEqual([]);
  expect(await site.erp.count(roles)).toBe(0);
});

test('while no worker runs, the board shows the packages as plan and store have them, and says that they do not answer', async () => {
  const { body } = await site.api.send('olga', 'GET', '/v1/board');
  expect(body).toMatchObject({
    silent: 1,
    packages: [{ wave: 'wave-1', package: 'access', released: false, unanswered: true }],
    readiness: [{ package: 'access', missing: [], line: expect.stringContaining('not known') }],
    focus: [{ package: 'access', title: expect.stringMatching(/does not answer$/) }],
  });
  expect(JSON.stringify(body['headline'])).not.toContain('No package');
});

test('when a worker starts, both sign-offs count once each, and the package is released', async () => {
  await site.startWorker();
  await untilSeen(
    async () => (await site.api.send('olga', 'GET', received.statusUrl)).body['status'] as string,
    (status) => status === 'accepted',
  );
  await site.untilPackage('absent', ({ grants }) => grants.created === 2);
  const [shown] = (await site.wave('absent')).packages;
  expect(shown?.signOffs.map(({ by, decision, counts }) => ({ by, decision, counts })).toSorted((a, b) => (a.by < b.by ? -1 : 1))).toEqual([
    { by: 'olga', decision: 'approve', counts: true },
    { by: 'otto', decision: 'approve', counts: true },
  ]);
  expect((await site.store.messages({ plan: 'absent', wave: 'wave-1', type: 'signOff' })).map(({ id }) => id).toSorted()).toEqual(
    [received.id, 'otto-signs-from-the-console'].toSorted(),
  );
  expect(
    (await site.store.events(site.of('absent')))
      .filter(({ kind }) => kind === 'approved')
      .map(({ actor }) => actor)
      .toSorted(),
  ).toEqual(['olga', 'otto']);
  expect(await site.erp.count(roles)).toBe(2);
});

test('a sign-off that is sent again afterwards is answered as already accepted', async () => {
  const again = await site.api.send('olga', 'POST', '/v1/packages/absent/wave-1/access/sign-offs', {
    decision: 'approve',
    ...digests,
    id: 'olga-signs-at-night',
  });
  expect([again.status, again.body]).toEqual([200, { status: 'accepted', id: received.id, duplicate: true }]);
});
