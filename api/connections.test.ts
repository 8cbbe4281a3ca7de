import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limitConnections } from './connections.ts';

let server: Server;
let sockets: Socket[];
let held: (() => void)[];
const port = () => (server.address() as AddressInfo).port;

beforeEach(async () => {
  sockets = [];
  held = [];
  server = createServer((request, response) => {
    if (request.url === '/held') held.push(() => response.end('at last'));
    else response.end('here');
  });
  limitConnections(server, (address) => address === '127.0.0.1', {
    inAll: 40,
    perAddress: { open: 6, waiting: 4 },
    perNearAddress: { open: 30, waiting: 20 },
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
  server.closeAllConnections();
});

async function halfSent(count: number, from: string): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    const socket = connect({ port: port(), host: '127.0.0.1', localAddress: from });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  }
}
const ask = (from: string, path = '/') =>
  new Promise<string>((resolve) => {
    const request = get({ port: port(), host: '127.0.0.1', localAddress: from, path, agent: false }, (response) => {
      response.resume().once('end', () => resolve(`${response.statusCode}`));
    });
    request.once('error', () => resolve('closed'));
  });
const open = () => sockets.filter((socket) => !socket.destroyed && !socket.closed).length;

test('requests that are never finished keep nobody away: neither of other addresses nor of the same one', async () => {
  await halfSent(60, '127.0.0.2');
  await expect.poll(open).toBe(4);
  expect([await ask('127.0.0.3'), await ask('127.0.0.1'), await ask('127.0.0.2')]).toEqual(['200', '200', '200']);
});

test('this machine and trusted proxies have a larger share, and still not all', async () => {
  await halfSent(60, '127.0.0.1');
  await expect.poll(open).toBe(20);
  expect([await ask('127.0.0.1'), await ask('127.0.0.2')]).toEqual(['200', '200']);
});

test('an address with as many running requests as it may have waits for one of them to end; others do not', async () => {
  const running = Array.from({ length: 6 }, () => ask('127.0.0.2', '/held'));
  await expect.poll(() => held.length).toBe(6);
  expect([await ask('127.0.0.2'), await ask('127.0.0.3')]).toEqual(['closed', '200']);
  for (const end of held) end();
  expect(await Promise.all(running)).toEqual(Array.from({ length: 6 }, () => '200'));
  await expect.poll(() => ask('127.0.0.2')).toBe('200');
});

test('answers that are never read keep nobody of the same address away', async () => {
  const large = Buffer.alloc(4_000_000);
  server.removeAllListeners('request');
  server.on('request', (request, response) => void response.end(request.url === '/large' ? large : 'here'));
  limitConnections(server, () => false, { inAll: 40, perAddress: { open: 6, waiting: 4 }, perNearAddress: { open: 30, waiting: 20 }, unreadMs: 50 });
  for (let at = 0; at < 6; at += 1) {
    const socket = connect({ port: port(), host: '127.0.0.1', localAddress: '127.0.0.2' });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
  }
  await expect.poll(() => ask('127.0.0.2')).toBe('200');
});
