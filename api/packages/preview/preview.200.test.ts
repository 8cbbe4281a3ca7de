/** Who gets, has and loses what: read before the sign-off, after a change, and after the release. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GrantList } from '../../../domain/views/grants.ts';
import type { PreviewRow, PreviewView } from '../../../domain/views/preview.ts';
import { operatorsApply } from '../../../test/support/site.ts';
import { planText, startEndpoint, until, type Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
const clerk = '/v1/packages/test/wave-1/clerk';
/** On a busy machine a query may find no worker in time: a client then asks again, as the answer says. */
const read = async (query = '', by = 'olga') =>
  (
    await until(
      () => api.send(by, 'GET', `${clerk}/preview${query}`),
      ({ status }) => status !== 503,
    )
  ).body as unknown as PreviewView;
const shown = (rows: PreviewRow[]) => rows.map(({ since, change, person, role }) => [since, person, change, role].filter(Boolean).join(' '));
const wave = () => api.send('ines', 'GET', '/v1/waves/test/wave-1');
const previewed = () => until(wave, ({ body }) => body.packages?.[0]?.previewDigest !== undefined);

const plan = (cohort: string[]) =>
  planText({
    clerk: { cohort },
    delegates: [{ of: 'olga', to: 'dora', until: '2027-06-01' }],
    waves: [{ goLive: '2027-03-01T18:00:00Z', packages: [{ package: 'clerk' }], alsoSigns: ['sam'] }],
  });

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 }, operatorsApply);
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', plan(['ann', 'ben']));
  await previewed();
});
afterAll(() => api.close());

test('owner, delegate, signers and operators read it, person by person', async () => {
  for (const by of ['olga', 'dora', 'sam', 'ines'])
    expect(shown((await read('', by)).rows)).toEqual(['ann gets clerk', 'ann loses old_reader', 'ben gets clerk']);
  const { planDigest, previewDigest, systems, total, signature } = await read();
  expect((await wave()).body.packages[0]).toMatchObject({ planDigest, previewDigest });
  expect(systems).toMatchObject([
    {
      system: 'erp',
      people: 2,
      toGrant: 2,
      toRetire: 1,
      roles: [
        { role: 'clerk', used: 'granted', exists: true },
        { role: 'old_reader', used: 'retired' },
      ],
    },
  ]);
  expect([total, signature]).toEqual([3, undefined]);
});

test('everyone else is told what they lack, and not who has it: 403', async () => {
  for (const part of ['preview', 'grants']) {
    const { status, body } = await api.send('ann', 'GET', `${clerk}/${part}`);
    expect([status, body['code'], body['detail']]).toEqual([
      403,
      'not-a-reader',
      "You neither own 'clerk', nor stand in for its owner, nor sign for the wave 'wave-1', nor operate the plan 'test'.",
    ]);
  }
});

test('pages, filters and the order by system show the same rows, each once', async () => {
  const rows: PreviewRow[] = [];
  for (let query = '?limit=1&by=system'; ;) {
    const page = await read(query);
    rows.push(...page.rows);
    if (page.next === undefined) break;
    query = `?limit=1&by=system&cursor=${page.next}`;
  }
  expect(shown(rows)).toEqual(['ann gets clerk', 'ben gets clerk', 'ann loses old_reader']);
  expect(shown((await read('?person=ben')).rows)).toEqual(['ben gets clerk']);
  expect(shown((await read('?change=loses')).rows)).toEqual(['ann loses old_reader']);
  expect((await read('?system=crm')).rows).toEqual([]);
});

test('a digest that is not the current one, and a cursor of another preview, are refused', async () => {
  const stale = await api.send('olga', 'GET', `${clerk}/preview?digest=${'0'.repeat(64)}`);
  expect([stale.status, stale.body['code']]).toEqual([409, 'stale-digest']);
  const { next } = await read('?limit=1');
  const other = await api.send('olga', 'GET', `${clerk}/preview?limit=1&person=ann&cursor=${next}`);
  expect([other.status, other.body['code']]).toEqual([422, 'malformed']);
});

test('after a change, each signer sees what differs from what they signed themselves', async () => {
  await api.send('olga', 'POST', `${clerk}/sign-offs`, { decision: 'approve', current: true });
  expect((await read()).signature).toMatchObject({ by: 'olga', changed: 0, content: [] });
  expect((await read('?changed=true')).rows).toEqual([]);
  const before = (await read()).previewDigest;

  await api.send('ines', 'POST', '/v1/plans', plan(['ann', 'cem']));
  await until(wave, ({ body }) => ![undefined, before].includes(body.packages?.[0]?.previewDigest));
  const first = await read('?changed=true');
  expect(shown(first.rows)).toEqual(['gone ben gets clerk', 'new cem gets clerk']);
  expect(first.signature).toMatchObject({ by: 'olga', decision: 'approve', previewDigest: before, changed: 2 });
  // sam has not signed: what olga signed last is what sam is shown.
  expect((await read('', 'sam')).signature).toMatchObject({ by: 'olga', changed: 2 });
  await api.send('sam', 'POST', `${clerk}/sign-offs`, { decision: 'approve', current: true });
  expect((await read('', 'sam')).signature).toMatchObject({ by: 'sam', changed: 0 });
  expect((await read()).signature).toMatchObject({ by: 'olga', changed: 2 });
});

test('after the release the grants are listed with their outcome, page by page, and the preview is the released one', async () => {
  const grants = async (query = '') => (await api.send('sam', 'GET', `${clerk}/grants${query}`)).body as unknown as GrantList;
  expect(await grants()).toEqual({ total: 0, grants: [], names: {} });
  for (const item of ['handoff', 'notices', 'backup']) await api.send('olga', 'POST', `${clerk}/evidence`, { item, reference: 'done' });
  await api.send('olga', 'POST', `${clerk}/sign-offs`, { decision: 'approve', current: true });
  await api.send('ines', 'POST', `${clerk}/go-live`, { goLiveMs: Date.now() + 1_500 });
  await until(
    () => api.send('olga', 'GET', clerk),
    ({ body }) => body['running']?.grants.legacyRetired === 1,
  );
  const rows = ({ grants: found }: GrantList) => found.map(({ kind, person, role, outcome }) => [kind, person, role, outcome].join(' '));
  expect(rows(await grants())).toEqual(['grant ann clerk created', 'retire ann old_reader revoked', 'grant cem clerk created']);
  const first = await grants('?limit=2');
  expect([rows(first).length, first.total]).toEqual([2, 3]);
  expect(rows(await grants(`?limit=2&cursor=${first.next}`))).toEqual(['grant cem clerk created']);
  expect(rows(await grants('?person=ann&kind=retire'))).toEqual(['retire ann old_reader revoked']);
  expect(rows(await grants('?outcome=failed'))).toEqual([]);
  expect(shown((await read()).rows)).toEqual(['ann gets clerk', 'ann loses old_reader', 'cem gets clerk']);
});

test('a content that no evaluation found cannot be accepted, and only the owner and delegates may try: 409 and 403', async () => {
  const body = { system: 'erp', role: 'clerk', digest: '0'.repeat(64), reason: 'expected' };
  for (const [by, status, code] of [
    ['olga', 409, 'stale-content'],
    ['ines', 403, 'not-authorized'],
  ] as const) {
    const answer = await api.send(by, 'POST', `${clerk}/accepted-content`, body);
    expect([answer.status, answer.body['code']]).toEqual([status, code]);
  }
});

test('what does not exist is 404', async () => {
  for (const [path, code] of [
    ['/v1/packages/test/wave-1/cleric/preview', 'unknown-package'],
    ['/v1/packages/test/wave-9/clerk/grants', 'unknown-wave'],
    ['/v1/packages/other/wave-1/clerk/grants', 'unknown-plan'],
  ] as const) {
    const { status, body } = await api.send('ines', 'GET', path);
    expect([status, body['code']]).toEqual([404, code]);
  }
});
