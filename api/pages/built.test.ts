import { once } from 'node:events';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtFiles } from './built.ts';

let server: Server;
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-built-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), 'the page');
  await writeFile(join(folder, 'assets', 'page-BwdhxiJR.js'), 'a file');
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
