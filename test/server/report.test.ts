/** `rolewave report` over HTTP: the page of a real wave while it is watched, after a rollback, and after its review has closed it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { shownOf } from '../../domain/authority/proposals.ts';
import { testIo } from '../support/command-io.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';

let endpoint: Endpoint;
let folder: string;
const clerk = '/v1/packages/test/wave-1/clerk';

beforeAll(async () => {
  endpoint = await startEndpoint({ answerWithinMs: 30_000 });
  await endpoint.startWorker();
  folder = await mkdtemp(join(tmpdir(), 'rolewave-report-'));
});
afterAll(async () => {
  await endpoint?.close();
  await rm(folder, { recursive: true, force: true });
});

async function report(...options: string[]) {
  const io = testIo({ env: { ROLEWAVE_URL: endpoint.url } });
  const code = await run(['--as', 'ines', 'report', 'test/wave-1', ...options], io);
  return { code, said: [...io.written, ...io.errors].join('\n') };
}

async function page(): Promise<string> {
  const file = join(folder, 'page.html');
  const { code, said } = await report('--out', file);
  expect([code, said]).toEqual([0, expect.stringContaining(`Wrote ${file}, the report of test/wave-1`)]);
  return readFile(file, 'utf8');
}

/** Throws the endpoint's answer if it refuses. */
async function tell(by: string, path: string, body: object): Promise<void> {
  const answer = await endpoint.send(by, 'POST', path, body);
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
}
const untilPackage = (shows: (seen: Record<string, any>) => boolean) =>
  until(
    () => endpoint.send('ines', 'GET', clerk),
    ({ body }) => shows(body),
    60_000,
  );

test('the page of a wave shows its sign-offs, its evaluations, its rollback and its review', async () => {
  // A plan day takes two seconds. The wave goes live when it is signed.
  const waves = [{ goLive: '2027-02-20', window: '365d', packages: [{ package: 'clerk' }] }];
  await endpoint.send('ines', 'POST', '/v1/plans', planText({ clock: { epoch: '2027-02-18', day: '2s' }, waves }));
  const before = await page();
  expect(before).toContain('0 of 1 package released.');
  expect(before).toContain('no evidence yet');

  for (const item of ['handoff', 'backup', 'notices']) await tell('olga', `${clerk}/evidence`, { item, reference: 'TICKET <b>1</b>' });
  const { body } = await untilPackage((seen) => seen['package'].previewDigest !== undefined);
  await tell('olga', `${clerk}/sign-offs`, { decision: 'approve', current: true });
  const evaluated = await untilPackage((seen) => seen['evaluations'].length > 1);
  expect(evaluated.body['running'].baseline).toEqual({ exceptions: 1 });

  const watched = await page();
  const { planDigest, previewDigest } = body['package'] as { planDigest: string; previewDigest: string };
  for (const shown of [
    planDigest,
    previewDigest,
    `<code>${planDigest.slice(0, 12)}</code>`,
    `<code>${previewDigest.slice(0, 12)}</code>`,
    'TICKET &lt;b&gt;1&lt;/b&gt;',
    'released, to 3 people: 1 Monitoring',
  ])
    expect(watched).toContain(shown);
  expect(watched).toMatch(/[2-9] evaluations|1\d evaluations/);
  expect(watched).toContain('Bounds: tune above 10');
  expect(watched).toContain('class="chart-mark chart-healthy" transform');
  expect(watched).toContain('access drift 0 and exceptions 1 are within their bounds');

  await tell('ines', `${clerk}/rollback`, { reason: 'the review was <i>wrong</i>' });
  const proposed = await untilPackage((seen) => seen['running'].proposal !== undefined);
  expect(await page()).toContain('the review was &lt;i&gt;wrong&lt;/i&gt;');
  await tell('olga', `${clerk}/decisions`, { ...shownOf(proposed.body['running'].proposal), answer: 'approve', reason: 'agreed' });
  await untilPackage((seen) => seen['running'].state === 'Rolled back');
  const review = { successes: 'It was undone', challenges: 'It was wrong', improvements: 'Ask earlier', actions: [{ what: 'Design it again', owner: 'otto' }] };
  await until(
    () => endpoint.send('ines', 'POST', '/v1/waves/test/wave-1/review', review),
    ({ status }) => status === 200,
  );
  await until(
    () => endpoint.send('ines', 'GET', '/v1/waves/test/wave-1'),
    ({ body: wave }) => wave['stage'] === 'closed',
  );

  const closed = await page();
  for (const shown of [
    '3 granted, 3 revoked, 1 legacy grant restored',
    'Closed',
    'It was undone',
    'It was wrong',
    'Ask earlier',
    'Design it again',
    'Nothing is open.',
  ])
    expect(closed).toContain(shown);
  expect(closed).toContain('<pre><code>');
  expect(closed).not.toMatch(/<script|<b>1|<i>wrong|NaN|undefined|\[object/);
});

test('an unknown wave and a file that cannot be written each end the command with their own code', async () => {
  const io = testIo({ env: { ROLEWAVE_URL: endpoint.url } });
  expect([await run(['--as', 'ines', 'report', 'test/wave-9'], io), io.errors.join()]).toEqual([3, expect.stringContaining("has no wave 'wave-9'")]);
  await writeFile(join(folder, 'file'), '');
  expect(await report('--out', join(folder, 'file', 'page.html'))).toMatchObject({ code: 2, said: expect.stringContaining('Name another file with --out') });
});
