/**
 * What a stranger, an operator of another plan, and somebody without a token tried against a running site for an hour, with real tokens: to stop the endpoint
 * for everybody, to fill the store, to learn what happens in plans that they do not see, and to bury others under plans of their own.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { Client } from 'pg';
import { recordBatch } from '../../domain/records.ts';
import { openStore } from '../../store/open.ts';
import { startEndpoint } from '../support/endpoint.ts';
import { people, planText, startTwoPlans, type TwoPlans } from './two-plans.ts';

let site: TwoPlans;
const sockets: Socket[] = [];
beforeAll(async () => {
  site = await startTwoPlans();
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => site?.close());

const attacker = 'ines-xk';

async function opened(): Promise<Socket> {
  const { port, hostname } = new URL(site.api.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}
const request = (path: string, token?: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${token === undefined ? '' : `Authorization: Bearer ${token}\r\n`}\r\n`;
const everybodyIsAnswered = async () => {
  expect((await site.ask(people.owner, 'GET', '/v1/packages/mine/wave-1/clerk')).status).toBe(200);
  expect((await site.ask(people.stranger, 'GET', '/v1/me')).status).toBe(200);
};

describe('stop the endpoint', () => {
  test.each(['/openapi.json', '/healthz', '/favicon.svg'])('a thousand requests for %s in one packet are one request', async (path) => {
    const socket = await opened();
    let heard = '';
    socket.on('data', (part) => (heard += String(part)));
    socket.write(request(path).repeat(1_000));
    await once(socket, 'close');
    expect(heard.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThan(2);
    await everybodyIsAnswered();
  });

  test('forty event streams of one person, all in one packet or one after the other, end no process', async () => {
    const token = await site.tokenOf(people.stranger);
    const together = await opened();
    together.write(request('/v1/live?after=start', token).repeat(40));
    for (let at = 0; at < 40; at += 1) {
      const socket = await opened();
      socket.pause();
      socket.write(request('/v1/live?after=start', token));
    }
    await everybodyIsAnswered();
    for (const socket of sockets.splice(0)) socket.destroy();
    await everybodyIsAnswered();
  });

  test('tokens are not offered outside a demonstration, whatever is sent for them, and the body is not read', async () => {
    const api = await startEndpoint({ demo: false });
    try {
      const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`key-${at}`, at]));
      const { status, body } = await api.send('', 'POST', '/v1/tokens', keys);
      expect([status, body['code'], body['mistakes']]).toEqual([404, 'no-such-route', undefined]);
    } finally {
      await api.close();
    }
  });

  test('an answer names some of a hundred thousand mistakes, and says how many there are', async () => {
    const keys = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`key-${at}`, at]));
    const note = await site.ask(people.owner, 'POST', '/v1/packages/mine/wave-1/clerk/notes', keys);
    expect([note.status, note.body.mistakes.length <= 501, note.body.moreMistakes > 0]).toEqual([422, true, true]);
  });
});

test.each(['/%69ndex.html', '/assets/..%2findex.html', '/assets/%2e%2e%2findex.html'])('the page is not given without a session as %s', async (path) => {
  const socket = await opened();
  socket.write(request(path));
  const [first] = (await once(socket, 'data')) as [Buffer];
  expect(String(first)).toMatch(/^HTTP\/1\.1 (404|302) /);
});

describe('learn what happens in plans of others', () => {
  const told = async (by: string, query: string) => (await site.ask(by, 'GET', `/v1/live?seconds=1&${query}`)).text;

  test('whether events were missed does not depend on what others do', async () => {
    const store = await openStore(site.api.config.databaseUrl, { migrate: false });
    const at = { plan: 'mine', wave: 'wave-1', package: 'clerk', atMs: Date.UTC(2026, 3, 8), actor: people.owner, kind: 'note' as const, text: 'a note' };
    const events = Array.from({ length: 205 }, (_, each) => ({ ...at, id: `mine/wave-1/clerk#note-${each}` }));
    await store.record(recordBatch({ events }));
    await store.close();
    expect(await told(people.stranger, 'after=start')).not.toContain('event: missed');
    expect(await told(attacker, 'after=start')).not.toContain('event: missed');
    expect(await told(people.owner, 'after=start')).toContain('event: missed');
  });

  test.each([
    "select count(*) as value from generate_series(1, 9) o where pg_describe_object(1261, o::oid, 0) = 'membership of role a in role b'",
    "select length(acldefault('r', 10)::text) as value",
    "select has_table_privilege('ann', 'orders', 'select')::int as value",
    'select length(10::oid::regrole::text) as value',
  ])('a metric reads neither roles nor who holds them: %s', async (query) => {
    const plan = parse(planText('theirs'));
    plan.metrics[0].provider = { kind: 'sql', system: 'erp', query };
    const { status, body } = await site.ask(attacker, 'POST', '/v1/plans/metric-trial?metric=adoption', stringify(plan));
    expect([status, body.code, body.mistakes?.[0]?.message]).toEqual([422, 'plan-invalid', expect.stringContaining('the query uses')]);
  });
});

describe('fill the store', () => {
  test.each(['/v1/plans', '/v1/plans/simulate', '/v1/plans/validate', '/v1/plans/metric-trial?metric=adoption'])(
    'a plan that is small as a file and large when it is written out is refused by %s',
    async (path) => {
      const plan = parse(planText('theirs'));
      const packages = plan.packages.map((each: object) => ({ ...each, rolloutSteps: ['STEPS'] }));
      const written = stringify({ ...plan, packages }).replaceAll(/( +)- STEPS\n/g, (_, indent: string) => `${indent}- *long\n`.repeat(30_000));
      const text = `description: &long "${'x'.repeat(199)}"\n${written}`;
      expect(text.length).toBeLessThan(1_500_000);
      const { status, body } = await site.ask(attacker, 'POST', path, text);
      expect([status, body.code, body.mistakes?.[0]?.message]).toEqual([422, 'plan-invalid', expect.stringContaining('when everything is written out')]);
    },
  );

  test('what is only compared with the systems is not kept', async () => {
    const { status } = await site.ask(attacker, 'POST', '/v1/plans/simulate', planText('theirs'));
    expect(status).toBe(200);
    const client = new Client(site.api.config.databaseUrl);
    await client.connect();
    const { rows } = await client.query<{ count: number }>('select count(*)::int as count from rolewave.drafts');
    await client.end();
    expect(rows).toEqual([{ count: 0 }]);
  });
});

describe('bury others under plans of one’s own', () => {
  /** olga of the plan `mine`, under another name, owns everything in it. */
  const spam = (id: string) => {
    const plan = parse(planText('theirs'));
    return stringify({
      ...plan,
      plan: id,
      people: [...plan.people, { id: people.owner, name: 'Somebody else', team: 'finance' }],
      packages: plan.packages.map((each: object) => ({ ...each, owner: people.owner })),
      waves: [{ ...plan.waves[0], status: 'tentative', goLive: undefined, window: undefined }],
      delegates: [],
    });
  };

  test('a right for plans that begin with a word is a right to so many plans, and what they say about a person renames nobody', async () => {
    const limits = { readsPerMinute: 1_000_000, writesPerMinute: 1_000_000, plansPerMinute: 1_000_000, unauthenticatedPerMinute: 1_000_000, plansPerRight: 2 };
    await site.api.changeSite({
      administrators: { people: [people.administrator] },
      limits,
      plans: [
        { plan: 'mine', apply: { people: [people.operator] }, read: { groups: ['audit'] }, systems: [{ system: 'erp' }] },
        { plan: 'theirs*', apply: { people: [attacker] }, systems: [{ system: 'erp' }] },
      ],
    });
    const first = await site.ask(attacker, 'POST', '/v1/plans', spam('theirs-spam'));
    expect([first.status, first.text]).toEqual([200, expect.any(String)]);
    const second = await site.ask(attacker, 'POST', '/v1/plans', spam('theirs-more'));
    expect([second.status, second.body.code, second.body.detail]).toEqual([422, 'site-refuses', expect.stringContaining("lets 'theirs*' be 2 plans")]);
    expect((await site.ask(attacker, 'POST', '/v1/plans', spam('theirs-spam'))).status).toBe(200);
    const me = await site.ask(people.owner, 'GET', '/v1/me');
    expect(me.body.name).not.toBe('Somebody else');
    const board = await site.ask(people.owner, 'GET', '/v1/board');
    expect([board.status, board.body.reader.name]).toEqual([200, me.body.name]);
    expect(board.body.packages.map(({ plan }: { plan: string }) => plan)).toContain('mine');
  });
});
