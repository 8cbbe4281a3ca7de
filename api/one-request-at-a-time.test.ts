import { once } from 'node:events';
import { Agent, createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { oneRequestAtATime } from './one-request-at-a-time.ts';

let server: Server;
let asked: number;
beforeEach(async () => {
  asked = 0;
  server = createServer(
    oneRequestAtATime((_request, response) => {
      asked += 1;
      setTimeout(() => response.end('here'), 5);
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

test('of a packet with a thousand requests one is begun, and the connection is closed', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1_000));
  await once(socket.resume(), 'close');
  expect(asked).toBe(1);
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
