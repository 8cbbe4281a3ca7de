/**
 * Rows that somebody forged or damaged in the store: final records, notices, evaluations and events that are not in their form. One such row breaks no list, and
 * a final record of a workflow that runs is not shown.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';

let api: Endpoint;
let run: (sql: string, values?: unknown[]) => Promise<void>;
let close: () => Promise<void>;

beforeAll(async () => {
  api = await startEndpoint({ answerWithinMs: 30_000 });
  await api.startWorker();
  const applied = await api.send('ines', 'POST', '/v1/plans', planText());
  if (applied.status !== 200) throw new Error(`the plan was not applied: ${applied.status}`);
  await until(
    () => read('/v1/waves/test/wave-1'),
    ({ packages }) => packages[0].previewDigest !== undefined,
  );
  const client = new Client({ connectionString: api.config.databaseUrl });
  await client.connect();
  run = async (sql, values = []) => void (await client.query(sql, values));
  close = () => client.end();
});
afterAll(async () => {
  await close?.();
  await api?.close();
});

async function read(path: string): Promise<Record<string, any>> {
  const { status, body } = await api.send('ines', 'GET', path);
  expect([path, status, body['code']]).toEqual([path, 200, undefined]);
  return body;
}

const waves = async () => (await read('/v1/waves'))['waves'].map(({ plan, wave, stage }: Record<string, string>) => `${plan}/${wave} ${stage}`);

test('a final record of a wave that runs is ignored, however well it is forged', async () => {
  const before = await read('/v1/waves/test/wave-1');
  const { name: _, ...carried } = before['packages'][0];
  const closed = { ...before, stage: 'closed', endedWhy: 'forged', packages: [carried] };
  await run(`insert into rolewave.finals (workflow_id, state, updated_at) values ('test/wave-1', $1, 0)`, [JSON.stringify(closed)]);
  expect(await read('/v1/waves/test/wave-1')).toMatchObject({ stage: before['stage'] });
  expect(await waves()).toEqual([`test/wave-1 ${before['stage']}`]);
  const note = await api.send('ines', 'POST', '/v1/waves/test/wave-1/notes', { text: 'it goes on' });
  expect(note.status).toBe(200);
  // A second apply asks whether waves have ended.
  expect((await api.send('ines', 'POST', '/v1/plans', planText())).status).toBe(200);
});

test('final records that are not in their form, or about something else, are in no list', async () => {
  const forged: [string, unknown][] = [
    ['test/gone', null],
    ['test/wave-9', { stage: 'closed' }],
    ['other/wave-1', 'closed'],
    ['test/wave-8', { ...(await read('/v1/waves/test/wave-1')), stage: 'closed' }],
    ['test/wave-1/clerk', { state: 'Rolled back' }],
    ['a/b/c/d', []],
  ];
  for (const [id, state] of forged) await run(`insert into rolewave.finals (workflow_id, state, updated_at) values ($1, $2, 0)`, [id, JSON.stringify(state)]);
  expect(await waves()).toEqual([expect.stringMatching(/^test\/wave-1 /)]);
  for (const path of ['/v1/packages', '/v1/waves?full=true', '/v1/packages?plan=test']) await read(path);
  expect((await api.send('ines', 'GET', '/v1/waves/test/gone')).status).toBe(404);
});

test('notices that are not in their form are left out, and do not end a page early', async () => {
  await until(
    () => read('/v1/notices'),
    ({ notices }) => ['evidence', 'signOff'].every((kind) => notices.some((each: { kind: string }) => each.kind === kind)),
  );
  const before = (await read('/v1/notices'))['notices'].length;
  const insert = `insert into rolewave.notices (id, plan, wave, package, kind, level, recipients, opened_at, text, action)`;
  for (const [index, [kind, level, to, action]] of [
    ['coffee', 'first', '["olga"]', '{}'],
    ['signOff', 'first', '"olga"', 'null'],
    ['signOff', 'louder', '{}', '[]'],
    ['signOff', 'first', '[7]', '{"type":"signOff"}'],
  ].entries())
    await run(`${insert} values ($1, 'test', 'wave-1', '', $2, $3, $4, 0, 'forged', $5)`, [`forged-${index}`, kind, level, to, action]);
  await run(
    `${insert} select 'after-them', plan, wave, package, kind, level, recipients, opened_at, 'the last one', action from rolewave.notices where text <> 'forged' limit 1`,
  );
  const { notices } = await read('/v1/notices');
  expect(notices).toHaveLength(before + 1);
  expect(notices.at(-1).text).toBe('the last one');
  const { notices: last, next } = await read(`/v1/notices?limit=${before}`);
  expect(last).toHaveLength(before);
  expect((await read(`/v1/notices?limit=${before}&cursor=${next}`))['notices']).toMatchObject([{ text: 'the last one' }]);
});

test('evaluations and events that are not in their form are left out of a package and of the trail', async () => {
  const of = '/v1/packages/test/wave-1/clerk';
  const evaluation = `insert into rolewave.evaluations (plan, wave, package, number, purpose, due_at, evaluated_at, measurements, drift, drift_lines, verdict, why, metrics, rules)`;
  await run(`${evaluation} values ('test', 'wave-1', 'clerk', 1, 'scheduled', 1, 1, 'null', '[]', '{}', 'splendid', '', '7', 1)`);
  await run(`${evaluation} values ('test', 'wave-1', 'clerk', 2, 'guessed', 2, 1, '[]', '{}', '[]', 'healthy', '', '[]', 1)`);
  const event = `insert into rolewave.events (id, plan, wave, package, at, actor, kind, text, data)`;
  for (const [index, data] of ['7', '"text"', '[1]', 'null'].entries())
    await run(`${event} values ($1, 'test', 'wave-1', 'clerk', 1, 'olga', 'approved', 'forged', $2)`, [`forged-${index}`, data]);
  expect((await read(of))['evaluations']).toEqual([]);
  for (const path of ['/v1/events', '/v1/waves/test/wave-1/events', of]) {
    const events: Record<string, unknown>[] = (await read(path))['events'];
    expect(events.filter(({ text }) => text === 'forged').map((one) => one['data'])).toEqual([undefined, undefined, undefined, undefined]);
  }
});

test('a revision that somebody wrote into the store decides nothing about who reads, and is not shown', async () => {
  const mallory = async (path: string) => {
    const { status, body } = await api.send('mallory', 'GET', path);
    return [path, status, Array.isArray(body) ? body.length : body['code']];
  };
  const before = [await mallory('/v1/plans'), await mallory('/v1/plans/test'), await mallory('/v1/waves/test/wave-1')];
  await run(
    `insert into rolewave.revisions (plan, number, digest, document, applied_by, applied_at, clock, record, seal)
     select plan, number + 1, 'forged', jsonb_set(document::jsonb, '{operators}', '["mallory"]')::json, applied_by, applied_at, clock, record, seal
     from rolewave.revisions where plan = 'test'`,
  );
  expect([await mallory('/v1/plans'), await mallory('/v1/plans/test'), await mallory('/v1/waves/test/wave-1')]).toEqual(before);
  expect(before[0]).toEqual(['/v1/plans', 200, 0]);
  expect(await read('/v1/plans/test')).toMatchObject({ number: 1 });
  expect((await api.send('ines', 'GET', '/v1/plans')).body).toMatchObject([{ plan: 'test', revision: 1 }]);
  expect((await api.send('ines', 'GET', '/v1/plans/test?revision=2')).status).toBe(404);
  expect((await api.send('ines', 'POST', '/v1/plans', planText())).body['code']).toBe('revision-not-sealed');
});
