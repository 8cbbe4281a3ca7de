import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { fixedSite } from '../settings/site.ts';
import { site } from '../test/support/site.ts';
import { createApp } from './app.ts';
import { defineRoute, type Answer, type Services } from './route.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An endpoint with one route, `/v1/slow`; the person is named by the token. Returns its port. */
async function endpoint(handle: () => Promise<Answer>, change: Partial<Services> = {}): Promise<number> {
  const route = defineRoute({
    method: 'get',
    path: '/v1/slow',
    group: 'service',
    reads: 'self',
    summary: 'Slow',
    answers: { 200: { what: 'something', schema: z.unknown() } },
    problems: [],
    handle,
  });
  const authentication = {
    of: async (request: { get(name: string): string | undefined }) => ({ caller: { id: request.get('authorization') ?? '', groups: [] }, how: 'token' }),
  };
  const services = { authentication, site: fixedSite(site()), log: pino({ level: 'silent' }), ...change };
  server = createServer(createApp([route], services as unknown as Services));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('of forty requests that one person sends at once, six are answered at a time, and another person’s is not kept waiting', async () => {
  const waiting: (() => void)[] = [];
  const port = await endpoint(async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { status: 200, body: {} };
  });
  const ask = (person: string) => fetch(`http://127.0.0.1:${port}/v1/slow`, { headers: { authorization: person } });
  const many = Array.from({ length: 40 }, () => ask('olga'));
  await expect.poll(() => waiting.length).toBe(6);
  const other = ask('hugo');
  await expect.poll(() => waiting.length).toBe(7);
  waiting.pop()?.();
  expect((await other).status).toBe(200);
  expect(waiting).toHaveLength(6);
  for (let answered = 0; answered < 40; answered += 1) {
    await expect.poll(() => waiting.length).toBeGreaterThan(0);
    expect(waiting.length).toBeLessThanOrEqual(6);
    waiting.shift()?.();
  }
  expect((await Promise.all(many)).map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
});

test('requests of someone who has gone before their turn are not handled', async () => {
  const waiting: (() => void)[] = [];
  let handled = 0;
  const port = await endpoint(async () => {
    handled += 1;
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { status: 200, body: {} };
  });
  const leaving = new AbortController();
  const ask = (signal?: AbortSignal) => fetch(`http://127.0.0.1:${port}/v1/slow`, { headers: { authorization: 'olga' }, ...(signal ? { signal } : {}) });
  const first = Array.from({ length: 6 }, () => ask());
  await expect.poll(() => waiting.length).toBe(6);
  const left = Array.from({ length: 5 }, () => ask(leaving.signal).catch(() => 'left'));
  await expect.poll(() => new Promise((resolve) => server?.getConnections((_error, count) => resolve(count))), { timeout: 10_000 }).toBe(11);
  leaving.abort();
  expect(await Promise.all(left)).toEqual(Array.from({ length: 5 }, () => 'left'));
  await expect.poll(() => new Promise((resolve) => server?.getConnections((_error, count) => resolve(count))), { timeout: 10_000 }).toBe(6);
  for (const answer of waiting) answer();
  await Promise.all(first);
  expect(handled).toBe(6);
});

test('requests of someone who leaves while they are authenticated keep no turn', async () => {
  let handled = 0;
  let authenticating = 0;
  const slow = Promise.withResolvers<void>();
  const of = async () => {
    authenticating += 1;
    await slow.promise;
    return { caller: { id: 'olga', groups: [] }, how: 'token' as const };
  };
  const port = await endpoint(
    async () => {
      handled += 1;
      return { status: 200, body: {} };
    },
    { authentication: { of, ofPage: async () => undefined } },
  );
  const leaving = new AbortController();
  const ask = (signal: AbortSignal) => fetch(`http://127.0.0.1:${port}/v1/slow`, { signal });
  const left = Array.from({ length: 6 }, () => ask(leaving.signal).catch(() => 'left'));
  await expect.poll(() => authenticating, { timeout: 10_000 }).toBe(6);
  leaving.abort();
  expect(await Promise.all(left)).toEqual(Array.from({ length: 6 }, () => 'left'));
  await expect.poll(() => new Promise((resolve) => server?.getConnections((_error, count) => resolve(count))), { timeout: 10_000 }).toBe(0);
  slow.resolve();
  expect([(await ask(AbortSignal.timeout(10_000))).status, handled]).toEqual([200, 1]);
});

test('a request keeps its turn until its work has ended, also when the one who sent it has left', async () => {
  const waiting: (() => void)[] = [];
  const port = await endpoint(async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return { status: 200, body: {} };
  });
  const leaving = new AbortController();
  const ask = (signal: AbortSignal) => fetch(`http://127.0.0.1:${port}/v1/slow`, { headers: { authorization: 'olga' }, signal }).catch(() => 'left');
  const left = Array.from({ length: 6 }, () => ask(leaving.signal));
  await expect.poll(() => waiting.length).toBe(6);
  leaving.abort();
  expect(await Promise.all(left)).toEqual(Array.from({ length: 6 }, () => 'left'));
  await expect.poll(() => new Promise((resolve) => server?.getConnections((_error, count) => resolve(count))), { timeout: 10_000 }).toBe(0);
  const staying = ask(AbortSignal.timeout(20_000));
  await expect.poll(() => new Promise((resolve) => server?.getConnections((_error, count) => resolve(count))), { timeout: 10_000 }).toBe(1);
  expect(waiting).toHaveLength(6);
  waiting.shift()?.();
  await expect.poll(() => waiting.length).toBe(6);
  waiting.pop()?.();
  expect(await staying).toMatchObject({ status: 200 });
  for (const end of waiting) end();
});

test('a client that does not read its answer is disconnected, and its turns are others’', async () => {
  let handled = 0;
  const body = { text: 'x'.repeat(8 * 1024 * 1024) };
  const port = await endpoint(
    async () => {
      handled += 1;
      return { status: 200, body: handled <= 6 ? body : {} };
    },
    { readWithinMs: 300 },
  );
  const sockets = Array.from({ length: 6 }, () => {
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.pause();
    socket.write('GET /v1/slow HTTP/1.1\r\nHost: localhost\r\nAuthorization: olga\r\n\r\n');
    return socket;
  });
  await expect.poll(() => handled, { timeout: 10_000 }).toBe(6);
  const next = await fetch(`http://127.0.0.1:${port}/v1/slow`, { headers: { authorization: 'olga' } });
  expect([next.status, sockets.length]).toEqual([200, 6]);
  await expect.poll(() => new Promise((resolve) => server?.getConnections((_error, count) => resolve(count))), { timeout: 10_000 }).toBeLessThanOrEqual(1);
});
