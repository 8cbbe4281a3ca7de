import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { fixedSite } from '../../settings/site.ts';
import { site } from '../../test/support/site.ts';
import { createApp } from '../app.ts';
import { openCursors } from '../lists/cursors.ts';
import type { Services } from '../route.ts';

/** An endpoint whose pages are one line; `seen` resolves to the plans of the person who asks for the board. */
async function endpoint(over: { seen?: () => Promise<Map<string, never>>; readsPerMinute?: number } = {}): Promise<string> {
  const pagesFolder = await mkdtemp(join(tmpdir(), 'rolewave-pages-'));
  await writeFile(join(pagesFolder, 'index.html'), '<body>the page</body>');
  const ofSite = site();
  const services = {
    authentication: { ofPage: async () => ({ caller: { id: 'olga', groups: [] }, how: 'oidc', name: 'Olga' }) },
    site: fixedSite({ ...ofSite, limits: { ...ofSite.limits, ...(over.readsPerMinute === undefined ? {} : { readsPerMinute: over.readsPerMinute }) } }),
    log: pino({ level: 'silent' }),
    cursors: openCursors({ secretFor: () => new Uint8Array(32) }),
    store: { lastPositions: async () => ({ event: 7, evaluation: 8 }), eventPage: async () => ({ rows: [] }), waitingNotices: async () => [] },
    states: { plan: async () => undefined, measured: async () => new Map() },
    people: async () => new Map(),
    readings: { all: over.seen ?? (async () => new Map()) },
    pagesFolder,
  };
  const server = createServer(createApp([], services as unknown as Services));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(pagesFolder, { recursive: true });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const shippedIn = (document: string) => JSON.parse(/id="shipped">(.*)<\/script>/.exec(document)?.[1] ?? '') as Record<string, unknown>;

test('a page comes with who they are, and with where its stream begins', async () => {
  const url = await endpoint();
  const shipped = shippedIn(await (await fetch(`${url}/waves`)).text());
  expect(shipped).toMatchObject({ '/v1/me': { id: 'olga' }, '/v1/live': expect.any(String) });
});

test('pages are reads of their person: too many are refused', async () => {
  const url = await endpoint({ readsPerMinute: 3 });
  const statuses = [];
  for (let page = 0; page < 4; page += 1) statuses.push((await fetch(`${url}/`, { headers: { accept: 'text/html' } })).status);
  expect(statuses).toEqual([200, 200, 200, 429]);
});

test('pages of one person ask for six boards at a time, and come without answers where these have not ended', async () => {
  const asked: (() => void)[] = [];
  const url = await endpoint({ seen: () => new Promise((resolve) => asked.push(() => resolve(new Map<string, never>()))) });
  const pages = async (count: number) => Promise.all(Array.from({ length: count }, async () => (await fetch(`${url}/`)).text()));
  expect((await pages(20)).map((page) => Object.keys(shippedIn(page)).length)).toEqual(expect.arrayContaining([0, 2]));
  // Who a page is for was answered at once, and needs no board; the six boards go on.
  expect(asked).toHaveLength(6);
  expect(shippedIn((await pages(1))[0] ?? '')).toEqual({});
  for (const end of asked.splice(0)) end();
  const next = pages(1);
  await expect.poll(() => asked.length).toBe(1);
  for (const end of asked) end();
  await next;
});
