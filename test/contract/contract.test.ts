/**
 * The OpenAPI document against the endpoint: schemathesis (PyPI) makes up requests from it, valid and not, and holds every answer against what the document says.
 * With the token of an operator, on the two plans of test/attacks/two-plans.ts, of which one has a released package. Streams do not end, which schemathesis would
 * wait for: they are held against the document here.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { routes } from '../../api/routes.ts';
import { people, startTwoPlans, type TwoPlans } from '../attacks/two-plans.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const environment = join(project, '.rolewave', 'schemathesis');
const examples = Number(process.env['ROLEWAVE_CONTRACT_EXAMPLES'] ?? 100);
const seed = process.env['ROLEWAVE_CONTRACT_SEED'] ?? '20261126';
const minutes = Number(process.env['ROLEWAVE_CONTRACT_MINUTES'] ?? 20);

const streams = routes.filter(({ answers }) => Object.values(answers).some(({ type }) => type === 'text/event-stream')).map(({ path }) => path);

let site: TwoPlans;
beforeAll(async () => {
  if (!existsSync(join(environment, 'bin', 'schemathesis'))) {
    await run('python3', ['-m', 'venv', environment]);
    await run(join(environment, 'bin', 'pip'), ['install', '--quiet', 'schemathesis==4.32.5']);
  }
  site = await startTwoPlans({ answerWithinMs: 500 });
}, 600_000);
afterAll(() => site?.close());

// Before schemathesis, which ends the wave.
test('only one address streams, and whatever it is asked for, it answers as the document says', async () => {
  expect(streams).toEqual(['/v1/live']);
  const document = (await (await fetch(`${site.api.url}/openapi.json`)).json()) as Document;
  const operation = document.paths['/v1/live']!.get;
  const [token, ownEvent] = [await site.tokenOf(people.operator), `${people.operator} notes`];
  const ask = async (query: Record<string, string>, headers: Record<string, string>): Promise<Heard> => {
    const response = await fetch(`${site.api.url}/v1/live?${new URLSearchParams(query).toString()}`, {
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    return { status: response.status, type: response.headers.get('content-type')?.split(';')[0] ?? '', text: await response.text() };
  };
  const matches = ({ status, type, text }: Heard): string[] => {
    const media = operation.responses[status]?.content[type];
    if (!media) return [`${status} ${type} is not documented`];
    const data = type === 'text/event-stream' ? eventsOf(text).map(({ event, data: told }) => ({ [event]: told })) : [JSON.parse(text) as unknown];
    const schema = z.fromJSONSchema(withDefinitions(media.schema, document));
    return data.flatMap((each) => (schema.safeParse(each).success ? [] : [`${status}: ${JSON.stringify(each)}`]));
  };

  // While somebody listens: an event of each kind, and places from which a stream goes on.
  const listening = ask({ after: 'start', seconds: '5' }, {});
  const noted = await site.ask(people.operator, 'POST', '/v1/packages/mine/wave-1/clerk/notes', { text: ownEvent });
  expect(noted.status, noted.text).toBeLessThan(300);
  const heard = await listening;
  expect(matches(heard)).toEqual([]);
  const events = eventsOf(heard.text);
  expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['heartbeat', 'activity', 'changed']));
  expect(JSON.stringify(events)).toContain(ownEvent);

  // Anything else: what is in its form is answered by a stream that ends when it says, and all else by a problem.
  const place = fc.oneof(fc.constantFrom('start', ...events.flatMap(({ id }) => id ?? [])), fc.string({ maxLength: 220 }));
  const seconds = fc.oneof(fc.constant('1'), fc.integer().map(String), fc.string());
  const header = fc.oneof(fc.constantFrom(...events.flatMap(({ id }) => id ?? [])), fc.stringMatching(/^[!-~]{0,30}$/));
  const query = fc.record({ after: place, seconds, unknown: fc.string() }, { requiredKeys: [] });
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(query, fc.record({ 'last-event-id': header }, { requiredKeys: [] }), async (asked, headers) => {
      // One that is asked for longer is asked for a second.
      const isLong = /^\d{1,9}$/.test(asked.seconds ?? '') && Number(asked.seconds) > 1 && Number(asked.seconds) <= 900;
      const answer = await ask(asked.seconds === undefined || isLong ? { ...asked, seconds: '1' } : asked, headers);
      seen.add(answer.status);
      expect(matches(answer)).toEqual([]);
    }),
    { numRuns: Math.max(examples, 60), seed: Number(seed) },
  );
  expect(seen).toEqual(new Set([200, 422]));
  for (const headers of [{ authorization: 'Bearer none' }, { authorization: '' }] as const) {
    const refused = await ask({}, headers);
    expect([refused.status, matches(refused)]).toEqual([401, []]);
  }
});

test('schemathesis finds nothing', async () => {
  const token = await site.tokenOf(people.operator);
  const code = await run(
    join(environment, 'bin', 'schemathesis'),
    [
      ['--config-file', join(project, 'test/contract/schemathesis.toml'), 'run', `${site.api.url}/openapi.json`],
      ['--header', `Authorization: Bearer ${token}`],
      ['--max-examples', String(examples), '--seed', seed, '--workers', '1'],
      streams.flatMap((path) => ['--exclude-path', path]),
      ['--phases', 'examples,coverage,fuzzing', '--continue-on-failure', '--request-timeout', '60', '--suppress-health-check', 'all'],
      (process.env['ROLEWAVE_CONTRACT_ARGUMENTS'] ?? '').split(' ').filter(Boolean),
    ].flat(),
    minutes * 60_000,
  );
  expect(code).toBe(0);
});

interface Heard {
  status: number;
  type: string;
  text: string;
}
type Json = Record<string, unknown>;
interface Document {
  paths: Record<string, { get: { responses: Record<number, { content: Record<string, { schema: Json }> }> } }>;
  components: { schemas: Record<string, Json> };
}

/** As browsers read them (WHATWG HTML, 9.2.6), of lines that end with a line feed. */
function eventsOf(text: string): { id?: string; event: string; data: unknown }[] {
  expect(text.endsWith('\n\n')).toBe(true);
  return text
    .split('\n\n')
    .map((block) => Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string])))
    .flatMap(({ id, event = '', data }) => (data === undefined ? [] : [{ ...(id === undefined ? {} : { id }), event, data: JSON.parse(data) as unknown }]));
}

/** References lead into the document, where a schema alone has no such place. */
const withDefinitions = (schema: Json, { components }: Document): Json =>
  JSON.parse(JSON.stringify({ ...schema, $defs: components.schemas }).replaceAll('#/components/schemas/', '#/$defs/')) as Json;

/** Its output is this process's. Ends it when its time is over, which fails the test. */
async function run(command: string, args: string[], withinMs = 300_000): Promise<number | null> {
  const child = spawn(command, args, {
    cwd: existsSync(environment) ? environment : project,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const end = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(end);
  return code;
}
