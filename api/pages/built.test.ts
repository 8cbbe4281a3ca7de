import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtFiles } from './built.ts';

let server: Server;
let folder: string;
const script = 'const one = 1;\n'.repeat(500);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-built-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), 'the page');
  await writeFile(join(folder, 'assets', 'page-BwdhxiJR.js'), script);
  await writeFile(join(folder, 'icon.svg'), 'an icon');
  server = express().use(builtFiles(folder)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => server?.close());

/** As it is written: `fetch` would tidy it. */
const answer = (path: string) =>
  new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    get({ host: '127.0.0.1', port, path }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += String(part))).on('end', () => resolve({ status: response.statusCode, text }));
    }).on('error', reject);
  });

test.each(['/assets/page-BwdhxiJR.js', '/icon.svg'])('%s is given to anyone', async (path) => {
  expect((await answer(path)).status).toBe(200);
});

test.each([
  '/index.html',
  '/%69ndex.html',
  '/INDEX.html',
  '/assets/..%2findex.html',
  '/assets/../index.html',
  '/assets%2f..%2findex.html',
  '/assets/%2e%2e/index.html',
  '/./index.html',
  '//index.html',
])('the page itself is not given without a session as %s', async (path) => {
  const { status, text } = await answer(path);
  expect([status, text.includes('the page')]).toEqual([404, false]);
});

test('files are given from memory: small, kept by browsers for ever, and not sent again to those who have them', async () => {
  const { port } = server.address() as AddressInfo;
  const ask = (headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}/assets/page-BwdhxiJR.js`, { headers });
  const first = await ask({ 'accept-encoding': 'gzip' });
  expect([first.headers.get('content-encoding'), first.headers.get('cache-control'), first.headers.get('content-type')]).toEqual([
    'gzip',
    'public, max-age=31536000, immutable',
    'text/javascript; charset=utf-8',
  ]);
  expect(await first.text()).toBe(script);
  await rm(join(folder, 'assets', 'page-BwdhxiJR.js'));
  const plain = await ask({ 'accept-encoding': 'identity' });
  expect([plain.status, plain.headers.get('content-encoding'), await plain.text()]).toEqual([200, null, script]);
  expect((await ask({ 'accept-encoding': 'gzip', 'cache-control': 'max-age=0', 'if-none-match': first.headers.get('etag') ?? '' })).status).toBe(304);
  expect(first.headers.get('etag')).not.toBe(plain.headers.get('etag'));
});
