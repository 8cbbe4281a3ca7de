import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { personNamed } from '../domain/people-named.ts';
import { ApiClient } from './api-client.ts';

const answers: Record<string, unknown> = {
  '/one': { by: ['anna.l', 'olga', 'b.oth'], names: { 'anna.l': 'Anna', olga: 'Olga', 'b.oth': 'Both' } },
  '/two': { by: ['anna.l', 'b.oth'], text: 'signed by max.m', names: { 'anna.l': 'Another', 'b.oth': 'Both' } },
  '/three': { by: ['max.m'], names: { 'max.m': 'Max' } },
};
let server: Server;
let url: string;
beforeAll(async () => {
  server = createServer(({ url: path = '' }, response) => void response.end(JSON.stringify(answers[path])));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

test('an answer gives no name to those whom another one names differently or not at all', async () => {
  const client = new ApiClient({ caller: async () => ({ url }), timeoutMs: 10_000 });
  await client.get('/one');
  expect(Object.fromEntries(client.names)).toEqual({ 'anna.l': 'Anna', olga: 'Olga', 'b.oth': 'Both' });
  for (const path of ['/two', '/three', '/one']) await client.get(path);
  expect(Object.fromEntries(client.names)).toEqual({ olga: 'Olga', 'b.oth': 'Both' });
  expect(['olga', 'anna.l'].map((id) => personNamed(client.names, id))).toEqual(['Olga (olga)', 'anna.l']);
});
