import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint } from '../../../test/support/endpoint.ts';
import type { Endpoint } from '../../../test/support/endpoint.ts';

let api: Endpoint;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 300 });
});
afterAll(() => api.close());

test('all mistakes are reported at once, with file, line and path', async () => {
  const refused = await api.send(
    'ines',
    'POST',
    '/v1/plans/validate?file=mine.yaml',
    planText().replace('owner: olga', 'owner: olge').replace('length: 14d', 'length: soon'),
  );
  expect([refused.status, refused.body]).toMatchObject([
    422,
    {
      code: 'plan-invalid',
      mistakes: [{ file: 'mine.yaml', line: expect.any(Number), path: expect.stringContaining('owner') }, { path: expect.stringContaining('length') }],
    },
  ]);
});

test.each([
  ['empty', ''],
  ['binary', '\u0000\u0001plan'],
  ['a list', '- plan'],
  [
    'a bomb',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${Array.from('bcdefghij', (key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(', ')}]`).join('\n')}`,
  ],
])('a file that is %s is refused', async (_what, text) => {
  const refused = await api.send('ines', 'POST', '/v1/plans', text);
  expect([refused.status, refused.body.code, refused.body.mistakes.length > 0]).toEqual([422, 'plan-invalid', true]);
});

test('an endless body is refused before it is read', async () => {
  const refused = await api.send('ines', 'POST', '/v1/plans', `plan: test\n${'# x\n'.repeat(600_000)}`);
  expect([refused.status, refused.body.code]).toEqual([413, 'too-large']);
});

test('a valid plan is returned in its normal form, and nothing is stored', async () => {
  const read = await api.send('olga', 'POST', '/v1/plans/validate', planText());
  expect([read.status, read.body]).toMatchObject([200, { ok: true, packages: 1, waves: 1, plan: { plan: 'test' } }]);
  expect((await api.send('olga', 'GET', '/v1/plans')).body).toEqual([]);
});

test('a new wave must be dated in the future; an applied one may be in the past, but may not be moved there', async () => {
  const clock = { epoch: '2026-04-06', day: '1s' };
  const past = await api.send('ines', 'POST', '/v1/plans/validate', planText({ goLive: '2020-01-01' }));
  expect([past.status, past.body.mistakes]).toEqual([422, [expect.objectContaining({ path: expect.stringContaining('goLive') })]]);
  expect((await api.send('ines', 'POST', '/v1/plans', planText({ clock, goLive: '2026-04-07' }))).status).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect((await api.send('ines', 'POST', '/v1/plans/validate', planText({ clock, goLive: '2026-04-07' }))).status).toBe(200);
  expect((await api.send('ines', 'POST', '/v1/plans/validate', planText({ clock, goLive: '2026-04-06T12:00:00Z' }))).status).toBe(422);
});
