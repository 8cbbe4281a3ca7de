/** The board of very many packages in a real browser, and the same table as static HTML: until each can be used, and what events do to the page. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import type { BoardView } from '../../domain/views/board.ts';
import { recordBatch } from '../../domain/records.ts';
import { installedChromium } from '../../provision/chromium.ts';
import { budget, compared, median, type Pair, type Result } from '../engine/result.ts';
import { startReleased } from './executions.ts';
import { Listeners, markOf } from './listeners.ts';
import { startMeasured } from './measured-process.ts';
import { parkedQueue } from './parked-queue.ts';
import { boardPlan, type BoardPlan } from './plans.ts';
import { eventsPerSecond, type Scale } from './scale.ts';
import type { BoardSite } from './site.ts';

const operator = 'operator';
/** Rows that the board shows at once. */
const shownAtOnce = 50;
const longestTaskMs = 200;
/** A page can be used when it is drawn and its thread has been free for so long; milliseconds. */
const quietMs = 500;

export async function page(site: BoardSite, scale: Scale): Promise<Result[]> {
  await promisify(execFile)(process.execPath, [fileURLToPath(new URL('../../web/build.ts', import.meta.url))]);
  const prepared = boardPlan('board', scale.rows, [operator]);
  await site.apply(prepared.plan);
  const worker = await startMeasured('the parked worker', fileURLToPath(new URL('parked-worker.ts', import.meta.url)), site.home, site.env);
  site.closing.push(() => worker.stop());
  await startReleased(site, prepared, parkedQueue);
  await untilAnswered(site, scale.rows);

  // As on a desk where somebody has the board open all day.
  const desk = new Listeners();
  site.closing.push(async () => desk.close());
  await desk.open(`${site.api.url}/v1/live`, { authorization: `Bearer ${await site.tokenOf(operator)}` });

  const executablePath = await installedChromium();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  site.closing.push(() => browser.close());
  const product = await signedIn(browser, site.api.url);
  const html = await staticPage(product, Math.ceil(scale.rows / shownAtOnce));
  const bare = await serveStatic(html);
  site.closing.push(bare.close);
  const hand = await browser.newContext({ baseURL: bare.url, viewport });

  const loads: Pair[] = [];
  const tasks: number[] = [];
  for (let run = 0; run < scale.runs; run += 1) {
    const taken = { product: [] as number[], baseline: [] as number[] };
    for (let turn = 0; turn < scale.loads; turn += 1) {
      const sides = [
        async () => taken.product.push(await interactiveMs(product, Math.min(shownAtOnce, scale.rows))),
        async () => taken.baseline.push(await interactiveMs(hand, scale.rows)),
      ];
      for (const side of turn % 2 === 0 ? sides : sides.toReversed()) await side();
    }
    loads.push({ product: median(taken.product), baseline: median(taken.baseline) });
    tasks.push(await longestTask(site, product, prepared, scale, run));
    console.error(`page, run ${run + 1}: ${JSON.stringify({ taken, longestTaskMs: tasks.at(-1) })}`);
  }
  return [
    compared(`page: board of ${scale.rows} packages until it can be used, and all rows as static HTML`, 'ms', '<=2', loads),
    budget(`page: longest task while ${eventsPerSecond} events a second come`, 'ms', longestTaskMs, tasks),
  ];
}

const viewport = { width: 1280, height: 900 };

async function untilAnswered(site: BoardSite, rows: number): Promise<void> {
  const headers = { authorization: `Bearer ${await site.tokenOf(operator)}` };
  const end = Date.now() + 300_000;
  for (;;) {
    const response = await fetch(`${site.api.url}/v1/board`, { headers });
    if (!response.ok) throw new Error(`the board answers ${response.status}: ${await response.text()}`);
    const { packages, silent } = (await response.json()) as BoardView;
    if (packages.length === rows && silent === undefined) return;
    if (Date.now() > end) throw new Error(`the board has ${packages.length} of ${rows} packages, and ${silent} do not answer`);
    await sleep(1_000);
  }
}

/** On the page of a demonstration where one picks a person. */
async function signedIn(browser: Browser, url: string): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: url, viewport });
  const opened = await context.newPage();
  await opened.goto('/sign-in?to=/');
  await opened.locator(`button[value="${operator}"]`).click();
  await opened.waitForURL((address) => address.pathname === '/');
  await opened.close();
  return context;
}

/** The board's own table with all of its rows, and its own style. */
async function staticPage(context: BrowserContext, pages: number): Promise<{ html: string; css: string }> {
  const opened = await context.newPage();
  const rows: string[] = [];
  let [head, css] = ['', ''];
  for (let at = 1; at <= pages; at += 1) {
    await opened.goto(`/?page=${at}`);
    await opened.locator('table.packages tbody tr').first().waitFor();
    rows.push(await opened.locator('table.packages tbody').innerHTML());
    head = await opened.locator('table.packages thead').innerHTML();
  }
  for (const href of await opened.locator('link[rel=stylesheet]').evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? '')))
    css += await (await context.request.get(href)).text();
  await opened.close();
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Deployment packages</title><link rel="stylesheet" href="/style.css"></head><body><main id="main"><section class="panel"><div class="table-frame">
<table class="packages"><thead>${head}</thead><tbody>${rows.join('')}</tbody></table></div></section></main></body></html>`;
  return { html, css };
}

async function serveStatic({ html, css }: { html: string; css: string }): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    if (request.url === '/style.css')
      return void response.writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable' }).end(css);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Since the beginning of the navigation: the table is drawn, and the end of the last long task before the page was free for half a second. */
async function interactiveMs(context: BrowserContext, rows: number): Promise<number> {
  const opened = await context.newPage();
  try {
    await opened.addInitScript(watch, { rows, quietMs });
    await opened.goto('/', { waitUntil: 'commit' });
    return await opened.evaluate(() => (globalThis as unknown as InPage).interactive);
  } finally {
    await opened.close();
  }
}

interface InPage {
  interactive: Promise<number>;
  /** Durations of long tasks, milliseconds. */
  tasks: number[];
  document: { readyState: string; querySelectorAll(selector: string): { length: number } };
  requestAnimationFrame(then: () => void): void;
}

/** Runs in the page, before anything else does. */
function watch({ rows, quietMs: quiet }: { rows: number; quietMs: number }): void {
  const page = globalThis as unknown as InPage;
  page.tasks = [];
  let lastEnd = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      lastEnd = Math.max(lastEnd, startTime + duration);
      page.tasks.push(duration);
    }
  }).observe({ type: 'longtask' as never, buffered: true });
  page.interactive = new Promise((resolve) => {
    const look = () => {
      const drawn = page.document.readyState === 'complete' && page.document.querySelectorAll('table.packages tbody tr').length >= rows;
      // After the frame that shows it.
      page.requestAnimationFrame(drawn ? () => setTimeout(() => settle(performance.now())) : look);
    };
    const settle = (drawnAt: number) => {
      const at = Math.max(drawnAt, lastEnd);
      if (performance.now() - at >= quiet) resolve(at);
      else setTimeout(() => settle(drawnAt), 50);
    };
    page.requestAnimationFrame(look);
  });
}

/** Milliseconds; 0: none took fifty, from which on browsers tell. */
async function longestTask({ store }: BoardSite, context: BrowserContext, { plan, waves }: BoardPlan, scale: Scale, run: number): Promise<number> {
  const opened = await context.newPage();
  try {
    await opened.addInitScript(watch, { rows: 1, quietMs });
    await opened.goto('/');
    await opened.evaluate(() => (globalThis as unknown as InPage).interactive);
    await opened.evaluate(() => void ((globalThis as unknown as InPage).tasks = []));
    let asked = 0;
    opened.on('response', (response) => (asked += new URL(response.url()).pathname === '/v1/board' && response.ok() ? 1 : 0));
    const places = [...waves].flatMap(([wave, ids]) => ids.map((id) => ({ wave, id })));
    const events = scale.watchedSeconds * eventsPerSecond;
    for (let event = 0; event < events; event += 1) {
      const next = sleep(1_000 / eventsPerSecond);
      const { wave, id } = places[(event * 37) % places.length] ?? { wave: '', id: '' };
      const at = { plan: plan.plan, wave, package: id, atMs: Date.now(), actor: 'rolewave', kind: 'verdict-healthy' };
      await store.record(recordBatch({ events: [{ id: `page-${run}-${event}`, ...at, text: `exceptions 1 a day, at most 3, ${markOf(event)}` }] }));
      await next;
    }
    await opened.locator('#activity', { hasText: markOf(events - 1) }).waitFor({ timeout: 20_000 });
    await sleep(2_000);
    if (asked === 0) throw new Error('the board was not asked for again while events came');
    console.error(`page, run ${run + 1}: ${events} events, and the board was asked for ${asked} times`);
    return Math.max(0, ...(await opened.evaluate(() => (globalThis as unknown as InPage).tasks)));
  } finally {
    await opened.close();
  }
}
