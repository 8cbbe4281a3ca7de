import { once } from 'node:events';
import { Agent, get, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serverOf } from './one-request-at-a-time.ts';

let server: Server;
let asked: number;
beforeEach(async () => {
  asked = 0;
  server = serverOf({}, (_request, response) => {
    asked += 1;
    setTimeout(() => response.end('here'), 5);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

test.each([
  ['as usual', 'Host: localhost\r\n'],
  ['that expect to be continued', 'Host: localhost\r\nExpect: 100-continue\r\n'],
  ['that expect what nobody knows', 'Host: localhost\r\nExpect: x\r\n'],
  ['without a host', ''],
])('of a packet with a thousand requests %s one is begun by the listener, and the connection is closed', async (_what, headers) => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  let heard = '';
  socket.on('data', (part) => (heard += String(part)));
  socket.write(`GET / HTTP/1.1\r\n${headers}\r\n`.repeat(1_000));
  await once(socket, 'close');
  expect([asked, heard.match(/^HTTP\/1\.1 [2-5]/gm)?.length ?? 0]).toEqual([1, 0]);
});

test('a client that waits for each answer keeps its connection', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ports = new Set<number | undefined>();
  for (let at = 0; at < 5; at += 1)
    await new Promise<void>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      get({ port, host: '127.0.0.1', agent }, (response) => {
        ports.add(response.socket.localPort);
        response.resume().once('end', resolve);
      }).once('error', reject);
    });
  agent.destroy();
  expect([asked, ports.size]).toEqual([5, 1]);
});
