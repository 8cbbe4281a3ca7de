/**
 * With real tokens on a running site: a message that was refused is sent again once its sender may send such messages, by somebody who reads the namespace; and a
 * plan in which everything is called like a property of every object.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSealer } from '../../api/seal.ts';
import { validFor, validFrom, waveWorkflowId, type Message } from '../../domain/messages.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { people, usualPeople } from '../support/plan.ts';
import { siteSystem } from '../support/site.ts';

let api: Endpoint;
const odd = { id: 'constructor', owner: '__proto__', member: 'toString', other: 'valueOf' } as const;
beforeAll(async () => {
  const systems = [{ system: 'erp' }];
  api = await startEndpoint(
    { answerWithinMs: 30_000 },
    {
      administrators: { people: ['root'] },
      systems: [siteSystem()],
      plans: [
        { plan: 'test', apply: { people: ['ines', 'hugo'] }, systems },
        { plan: odd.id, apply: { people: ['ines'] }, systems },
      ],
    },
  );
  await api.startWorker();
});
afterAll(() => api?.close());

const accepted = async (by: string, path: string, body: unknown) => {
  const answered = await api.send(by, 'POST', path, body);
  expect([answered.status, answered.body], `${by} ${path}`).toMatchObject([200, {}]);
  return answered;
};

test('a message that was refused stays refused, no matter who sends it again and how, also once its sender may send it', async () => {
  const clerk = '/v1/packages/test/wave-1/clerk';
  await accepted('ines', '/v1/plans', planText());
  const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
  await until(wave, ({ status, body }) => status === 200 && body.packages[0].previewDigest !== undefined);
  const texts = async () => ((await wave()).body.notes as { text: string }[]).map(({ text }) => text);

  // Over HTTP, and as the endpoint would have sealed it.
  expect((await api.send('ann', 'POST', `${clerk}/notes`, { text: 'by HTTP' })).status).toBe(403);
  const note = (id: string): Message => ({
    id,
    plan: 'test',
    wave: 'wave-1',
    package: 'clerk',
    by: 'ann',
    ...validFrom(Date.now(), validFor.waiting),
    type: 'note',
    body: { text: id },
  });
  const sealer = await openSealer(api.config);
  const kept = await sealer.seal(note('kept-by-somebody'));
  const handle = api.client.workflow.getHandle(waveWorkflowId('test', 'wave-1'));
  await handle.signal('note', kept);
  await until(wave, ({ body }) => (body.refusals ?? []).some(({ by }: { by: string }) => by === 'ann'));

  await accepted('ines', '/v1/plans', planText({ operators: ['ines', 'hugo', 'ann'] }));
  await until(wave, ({ body }) => body.revision === 2);
  await accepted('ann', `${clerk}/notes`, { text: 'may by now' });
  await handle.signal('note', kept);
  await handle.signal('note', await sealer.seal(note('kept-by-somebody')));
  const updated = await handle.executeUpdate('note', { args: [kept] }).catch((error: Error) => `${String(error)} ${String(error.cause)}`);
  expect(updated).toContain('stays refused');
  await accepted('ann', `${clerk}/notes`, { text: 'the wave goes on' });
  expect((await texts()).toSorted()).toEqual(['may by now', 'the wave goes on']);
});

test('a plan in which everything is called like a property of every object is released, read and rolled back like any other', async () => {
  const { id, owner, member, other } = odd;
  const text = planText({
    plan: id,
    clock: { epoch: '2027-03-01', day: '2s' },
    people: people(...usualPeople, owner, member, other),
    operators: ['ines', other],
    delegates: [{ of: owner, to: other, until: '2028-01-01', packages: [id] }],
    goLive: '2027-03-02',
    packages: [{ id, owner, cohort: [member, 'ann'], legacy: [], entitlements: [{ system: 'erp', role: id }] }],
    waves: [{ id, goLive: '2027-03-02', window: '365d', packages: [{ package: id }] }],
  });
  for (const path of ['/v1/plans/validate', '/v1/plans/simulate', '/v1/plans']) await accepted('ines', path, text);
  const at = `/v1/packages/${id}/${id}/${id}`;
  for (const item of ['handoff', 'notices', 'backup']) await accepted(owner, `${at}/evidence`, { item, reference: 'done' });
  const seen = () => api.send(owner, 'GET', at);
  await until(seen, ({ body }) => body.package?.previewDigest !== undefined);
  await accepted(owner, `${at}/sign-offs`, { decision: 'approve', current: true });
  await until(seen, ({ body }) => body.running?.grants.created === 2);

  const lists = ['plans', 'waves', 'packages', 'events', 'notices', 'board', 'calendar', 'leadership', 'board/activity', 'systems', 'me'];
  const inPlan = [`plans/${id}`, `waves/${id}/${id}`, ...['', '/preview', '/grants', '/rollback-preview'].map((part) => `packages/${id}/${id}/${id}${part}`)];
  for (const by of [owner, other, member, 'ines'])
    for (const path of lists) expect([(await api.send(by, 'GET', `/v1/${path}`)).status, by, path]).toEqual([200, by, path]);
  for (const path of inPlan) expect([(await api.send(owner, 'GET', `/v1/${path}`)).status, path]).toEqual([200, path]);
  for (const query of [`owner=${owner}`, `plan=${id}`, `wave=${id}`, `text=${id}`]) {
    const { body } = await api.send(owner, 'GET', `/v1/packages?${query}`);
    expect([query, body.packages.map((row: { package: string }) => row.package)]).toEqual([query, [id]]);
  }
  // Somebody who has no part in it, and whose name is one that every object has, too.
  expect((await api.send('hasOwnProperty', 'GET', `/v1/plans/${id}`)).status).toBe(404);
  expect((await api.send('hasOwnProperty', 'GET', '/v1/packages')).body.packages).toEqual([]);

  await accepted(owner, `${at}/rollback`, { reason: 'over' });
  const { body } = await until(seen, (answered) => answered.body.running?.proposal?.dependencies !== undefined);
  const { id: proposal } = body.running.proposal;
  await accepted(owner, `${at}/decisions`, { proposal, kind: 'rollback', answer: 'approve', reason: 'over' });
  await until(seen, (answered) => answered.body.running?.state === 'Rolled back' || answered.body.package?.state === 'Rolled back');
  const { body: ledger } = await api.send(owner, 'GET', `${at}/grants`);
  expect(JSON.stringify(ledger)).toContain(member);
});
