import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, test } from 'vitest';
import { letGo } from './let-go.ts';

test('an answer that goes on is written and ended as before, and keeps no headers that were sent', async () => {
  const kept: unknown[] = [];
  const app = express();
  app.get('/', (request, response) => {
    response.set('X-Long', 'x'.repeat(5_000)).type('text/event-stream').flushHeaders();
    letGo(request, response);
    kept.push(response.headersSent, Reflect.get(response satisfies ServerResponse, '_header'), request.rawHeaders, request.headers['x-who']);
    response.write('first ');
    setImmediate(() => response.end('last'));
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: { 'x-who': 'ana' } });
    expect(response.headers.get('x-long')).toHaveLength(5_000);
    expect(await response.text()).toBe('first last');
    expect(kept).toEqual([true, 'sent', [], 'ana']);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
