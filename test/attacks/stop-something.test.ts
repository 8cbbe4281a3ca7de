/**
 * Attempts to stop something with what comes in: the endpoint with one file, a wave with one character, a list with one workflow. On a real site, with real
 * tokens: of an operator, who may apply plans, and of people who act in a package.
 */
import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { validFor, validFrom, waveWorkflowId, type Message } from '../../domain/messages.ts';
import { run } from '../../cli/program.ts';
import type { Line } from '../../doctor/line.ts';
import { testIo } from '../support/command-io.ts';
import { planText, startEndpoint, until, type Answered, type Endpoint } from '../support/endpoint.ts';
import { healthDuring } from '../support/health-during.ts';
import { people, planFile } from '../support/plan.ts';
import { openSealer, type Sealer } from '../../api/seal.ts';

let api: Endpoint;
let sealer: Sealer;
beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000, failingEveryMs: 1_000 });
  sealer = await openSealer(api.config);
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText({ second: true }));
  await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-1'),
    ({ status, body }) => status === 200 && body.packages[0].previewDigest !== undefined,
  );
});
afterAll(() => api?.close());

const note = (by: string, text: unknown) => api.send(by, 'POST', '/v1/packages/test/wave-1/clerk/notes', { text });
const notes = async () => ((await api.send('ines', 'GET', '/v1/waves/test/wave-1')).body.notes as { text: string }[]).map(({ text }) => text);

describe('stop the endpoint with one file', () => {
  const bombs = [...'bcdefghijk'].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijk'[index]}`).join(',')}]`);
  const someone = (index: number) => `firstname.lastname.${String(index).padStart(5, '0')}@people.example`;
  const mistyped = (index: number) => `firstnam.lastnome.${String(index).padStart(5, '0')}@people.example`;
  const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

  test.each<[what: string, text: string, status: number, says: RegExp]>([
    ['a billion laughs', `a: &a [x,x,x,x,x,x,x,x,x]\n${bombs.join('\n')}`, 422, /aliases of this file multiply/],
    ['2 MB of opening brackets', '['.repeat(2_000_000), 422, /nested more than 64 levels/],
    ['a hundred thousand levels', '{a: '.repeat(100_000), 422, /nested more than 64 levels/],
    ['600,000 times the same key', 'a:\n'.repeat(600_000), 422, /words and signs/],
    ['3 MB of anything', 'x'.repeat(3_000_000), 413, /larger than/],
    [
      '1,000 people and 600 unknown names',
      planFile({ people: people('olga', 'ines', 'hugo', ...many(1_000, someone)), packages: [{ cohort: many(600, mistyped) }] }),
      422,
      /did you mean/,
    ],
    ['40,000 people', `people:\n${many(40_000, (index) => `  - { id: p${index}, name: P, team: t }\n`).join('')}`, 422, /words and signs/],
  ])('%s', async (_what, text, status, says) => {
    const { answered, slowestMs, asked } = await healthDuring(api.url, api.send('ines', 'POST', '/v1/plans/validate', text));
    expect(answered.status).toBe(status);
    expect(JSON.stringify(answered.body)).toMatch(says);
    expect(slowestMs).toBeLessThan(5_000);
    expect(asked).toBeGreaterThan(0);
  });

  test('ten of them at once, while others work', async () => {
    const files = many(10, () => api.send('ines', 'POST', '/v1/plans/validate', 'a:\n'.repeat(600_000)));
    const { slowestMs } = await healthDuring(
      api.url,
      Promise.all(files).then(([first]) => first!),
    );
    expect(slowestMs).toBeLessThan(5_000);
    expect((await note('olga', 'still here')).status).toBe(200);
  });
});

describe('stop a wave with one character', () => {
  test.each([
    ['a NUL', 'a\0b'],
    ['half of a character', 'a\ud83d'],
  ])('%s in a reason', async (_what, text) => {
    const answered = await note('olga', text);
    expect([answered.status, answered.body.code]).toEqual([422, 'malformed']);
    // Sealed all the same, and sent to the workflow without the endpoint.
    const message = {
      id: `hostile-${text.length}-${text.charCodeAt(1)}`,
      plan: 'test',
      wave: 'wave-1',
      package: 'clerk',
      by: 'olga',
      ...validFrom(Date.now(), validFor.usual),
      type: 'note',
      body: { text },
    };
    await api.client.workflow.getHandle(waveWorkflowId('test', 'wave-1')).signal('note', await sealer.seal(message as Message));
    await note('olga', `after ${text.charCodeAt(1)}`);
    expect(await notes()).toContain(`after ${text.charCodeAt(1)}`);
  });

  test.each([
    ['a go-live in the year 9999', 'go-live', { goLive: '9999-01-01' }],
    ['a go-live before 1970', 'go-live', { goLiveMs: -1 }],
    ['a go-live beyond all calendars', 'go-live', { goLiveMs: 8.64e15 + 1 }],
    ['a reason of 20,000 characters', 'notes', { text: 'x'.repeat(20_000) }],
    ['a field named __proto__', 'notes', JSON.parse('{"text": "x", "__proto__": {"text": "y"}}') as object],
  ])('%s', async (_what, segment, body) => {
    const answered = await api.send('ines', 'POST', `/v1/packages/test/wave-1/clerk/${segment}`, body);
    expect([answered.status, answered.body.code]).toEqual([422, 'malformed']);
  });

  test('signals without a seal, of any form', async () => {
    const handle = api.client.workflow.getHandle(waveWorkflowId('test', 'wave-1'));
    for (const args of [[], [null], ['\ud83d'], [{}, []], ['x'.repeat(100_000)], [['__proto__']]]) await handle.signal('signOff', ...args);
    expect((await note('olga', 'and the wave goes on')).status).toBe(200);
    const described = await handle.describe();
    expect(described.raw.pendingWorkflowTask?.attempt ?? 0).toBeLessThan(2);
  });
});

test('one workflow whose code fails stops no list, and is named by readyz, the doctor, the board and its row', async () => {
  const connection = await NativeConnection.connect({ address: api.config.temporal.address });
  const { namespace } = api.config.temporal;
  const taskQueue = 'broken';
  const worker = await Worker.create({ connection, namespace, taskQueue, workflowsPath: fileURLToPath(new URL('broken-wave.ts', import.meta.url)) });
  await api.client.workflow.start('wave', { workflowId: 'test/broken', taskQueue });
  await worker.runUntil(async () => {
    await findsTheBroken();
    await findsItOnTheBoard(taskQueue);
  });
  for (const id of ['test/broken', 'test/wave-2']) await api.client.workflow.getHandle(id).terminate();
  await connection.close();
});

async function findsTheBroken(): Promise<void> {
  const full = await until(
    () => api.send('ines', 'GET', '/v1/waves?full=true'),
    ({ body }) => (body.silent ?? []).length > 0,
  );
  expect(full.status).toBe(200);
  expect(full.body.silent).toMatchObject([{ plan: 'test', wave: 'broken', why: expect.stringContaining('does not answer') }]);
  expect(full.body.waves.map(({ wave }: { wave: { wave: string } }) => wave.wave)).toEqual(['wave-1', 'wave-2']);
  expect((await api.send('ines', 'GET', '/v1/packages')).status).toBe(200);
  const ready = await until(
    () => api.send('', 'GET', '/readyz'),
    ({ body }) => body.failingWorkflows === 1,
    60_000,
  );
  expect([ready.status, ready.body]).toMatchObject([200, { status: 'ready', failing: ['test/broken'] }]);
  const { temporal, databaseUrl, trustedKeysFile } = api.config;
  const io = testIo({
    env: {
      ROLEWAVE_URL: api.url,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
      DATABASE_URL: databaseUrl,
      ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
    },
  });
  expect(await run(['--as', 'ines', 'doctor', '--json'], io)).toBe(1);
  const { lines } = JSON.parse(io.written.join('')) as { lines: Line[] };
  expect(lines.find(({ about }) => about === 'workflows')).toMatchObject({ state: 'wrong', text: expect.stringMatching(/one workflow fail.*test\/broken/) });
}

/** In the place of a wave of the plan: the board says of its package that it does not answer, and shows the other as ever. */
async function findsItOnTheBoard(taskQueue: string): Promise<void> {
  await api.client.workflow.getHandle('test/wave-2').terminate();
  await api.client.workflow.start('wave', { workflowId: 'test/wave-2', taskQueue });
  const { status, body } = await until(
    () => api.send('ines', 'GET', '/v1/board'),
    ({ body: board }) => board.silent === 2,
  );
  expect(status).toBe(200);
  const about = (body.focus as { title: string; wave: string }[]).filter(({ title }) => title.endsWith('does not answer'));
  expect(about).toMatchObject([{ plan: 'test', wave: 'wave-2' }]);
  expect(body.packages.map(({ wave }: { wave: string }) => wave).toSorted()).toEqual(['wave-1', 'wave-2']);
}

test('one person who asks without end is told to wait, and nobody else', async () => {
  const limited = await startEndpoint({}, { limits: { readsPerMinute: 5, writesPerMinute: 3, plansPerMinute: 2, unauthenticatedPerMinute: 20 } });
  try {
    const statuses = async (count: number, ask: () => Promise<Answered>) => {
      const answers: Answered[] = [];
      for (let at = 0; at < count; at += 1) answers.push(await ask());
      return answers;
    };
    // Tokens are handed out to an address, too.
    await limited.send('hugo', 'GET', '/v1/plans');
    const reads = await statuses(7, () => limited.send('olga', 'GET', '/v1/plans'));
    expect(reads.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(reads[5]!.body).toMatchObject({ code: 'too-many-requests', detail: expect.stringContaining("'olga' may send 5 reads per minute") });
    expect(Number(reads[5]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await limited.send('ines', 'GET', '/v1/plans')).status).toBe(200);
    const plans = await statuses(3, () => limited.send('ines', 'POST', '/v1/plans/validate', planText()));
    expect(plans.map(({ status }) => status)).toEqual([200, 200, 429]);
    const strangers = await statuses(25, () => limited.send('', 'GET', '/v1/plans'));
    expect(strangers.map(({ status }) => status)).toContain(429);
    expect((await limited.send('hugo', 'GET', '/v1/plans')).status).toBe(200);
    expect((await limited.send('', 'GET', '/healthz')).status).toBe(200);
  } finally {
    await limited.close();
  }
});
