import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { serveHealth, type Health, type HealthServer } from './health.ts';

const look = vi.fn<() => Promise<Health>>(async () => ({ alive: true, ready: true }) as Health);
let server: HealthServer;
const sockets: Socket[] = [];
beforeEach(async () => {
  look.mockClear();
  server = await serveHealth(0, look);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

test('thousands of requests in five packets share a look at the store and Temporal', async () => {
  for (let at = 0; at < 5; at += 1) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_700));
    await once(socket, 'data');
  }
  expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  // One for each second that it takes, of 8,501.
  expect(look.mock.calls.length).toBeLessThan(100);
});
