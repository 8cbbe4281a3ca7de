/**
 * npm run pictures: plays the demo in a folder of its own, and takes the pictures of docs/images from its board and pages, on a desk and on a phone, light and
 * dark. Ends by itself after about two minutes. Look at the pictures before they are committed.
 */
import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { BoardPackage, BoardView } from '../../domain/views/board.ts';
import { startBrowser, signedIn, type Size } from '../support/chromium.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const images = join(project, 'docs', 'images');
const plan = 'role-packages';
const pilot = `${plan}/wave-3/warehouse-inventory-poster`;
const limitMs = 10 * 60_000;

interface Picture {
  name: string;
  person: string;
  path: string;
  size: Size;
  /** What has to be there. */
  shows: string;
  /** Pixels from the top; undefined: what fits on the screen. */
  height?: number;
}

/** While two packages are watched, one waits for its drill and one for its hold. */
const duringTheStories: Picture[] = [
  { name: 'board', person: 'viktor.hansen', path: '/', size: 'desktop', shows: '.packages .spark', height: 1_180 },
  { name: 'board-phone', person: 'viktor.hansen', path: '/', size: 'phone', shows: '.packages', height: 1_400 },
  { name: 'waves', person: 'viktor.hansen', path: '/waves', size: 'desktop', shows: '.timeline', height: 760 },
];
/** While a rollback waits for its owner. */
const atTheProposal: Picture[] = [
  { name: 'package-page', person: 'dorota.kowalska', path: `/packages/${pilot}`, size: 'desktop', shows: '.charts svg', height: 1_100 },
  { name: 'decision-phone', person: 'dorota.kowalska', path: `/requests/${pilot}`, size: 'phone', shows: 'text=Loses' },
];

const home = await mkdtemp(join(tmpdir(), 'rolewave-pictures-'));
// As root, the demo's PostgreSQL runs as another user, who has to get to its files.
await chmod(home, 0o755);
const demo = spawn(process.execPath, ['demo/main.ts', '--decide'], {
  cwd: project,
  env: { ...process.env, ROLEWAVE_HOME: home },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise<void>((resolve) => demo.once('exit', () => resolve()));
const late = setTimeout(() => demo.kill('SIGINT'), limitMs);
try {
  const url = await addressOfBoard();
  await mkdir(images, { recursive: true });
  const browser = await startBrowser();
  try {
    await until(
      url,
      (packages) => packages.filter(({ released, state, telemetry }) => released && state === 'Monitoring' && telemetry.evaluations > 2).length > 1,
    );
    for (const each of duringTheStories) await take(browser, url, each);
    await until(url, (packages) => packages.some(({ released, state }) => released && state === 'Rollback ready'));
    for (const each of atTheProposal) await take(browser, url, each);
    await takeReport(browser, url);
  } finally {
    await browser.close();
  }
} finally {
  clearTimeout(late);
  demo.kill('SIGINT');
  await ended;
  await rm(home, { recursive: true, force: true });
}

/** As the demo prints it, once it begins to play. */
function addressOfBoard(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /^Board: (\S+?)\/$/m.exec(text)?.[1];
      if (found !== undefined && text.includes('revision 1')) resolve(found);
    });
    demo.once('exit', () => reject(new Error(`the demo ended before it printed the address of the board:\n${text}`)));
  });
}

async function until(url: string, test: (packages: BoardPackage[]) => boolean): Promise<void> {
  const asked = await fetch(`${url}/v1/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ person: 'viktor.hansen' }),
  });
  const { token } = (await asked.json()) as { token: string };
  for (;;) {
    if (demo.exitCode !== null) throw new Error('the demo ended before there was anything to take a picture of');
    const answer = await fetch(`${url}/v1/board`, { headers: { authorization: `Bearer ${token}` } });
    const { packages = [] } = (await answer.json()) as Partial<BoardView>;
    if (test(packages)) return;
    await sleep(200);
  }
}

async function take(browser: Browser, url: string, { name, person, path, size, shows, height }: Picture): Promise<void> {
  const { page, context } = await signedIn(browser, url, person, { size, to: path, scale: 1.5 });
  await page.locator(shows).first().waitFor();
  await page.getByText('Telemetry live').first().waitFor();
  const { width, height: screen } = page.viewportSize() ?? { width: 0, height: 0 };
  if (height !== undefined) await page.setViewportSize({ width, height: Math.max(height, screen) });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const shot = await page.screenshot({ animations: 'disabled' });
    await writeFile(join(images, `${name}-${colorScheme}.webp`), await webp(page, shot));
  }
  await context.close();
}

/** Of the report of wave 1: its packages, and the charts of one of them. The rest is left out, as the picture says. */
async function takeReport(browser: Browser, url: string): Promise<void> {
  const file = join(home, 'report.html');
  const args = ['cli/rolewave.ts', '--url', url, '--as', 'viktor.hansen', 'report', `${plan}/wave-1`, '--out', file];
  const report = () => promisify(execFile)(process.execPath, args, { cwd: project });
  // On a busy machine the wave may need a second question.
  await report().catch(report);
  const context = await browser.newContext({ viewport: { width: 1_080, height: 600 }, deviceScaleFactor: 1.5 });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  await page.evaluate(`(() => {
    const content = document.querySelector('#content');
    const shown = content.querySelector('[aria-labelledby="package-2"]');
    for (const each of [...content.children]) if (each.matches('nav, section') && each !== shown && !each.querySelector('#outcome')) each.remove();
    for (const each of shown.querySelectorAll('*'))
      if (each.isConnected && !each.querySelector('h2, svg') && !each.matches('h2, h2 *, svg, svg *') && !each.closest('figure')) each.remove();
  })()`);
  await page.locator('figure svg').first().waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await writeFile(join(images, `report-${colorScheme}.webp`), await webp(page, await page.screenshot({ fullPage: true })));
  }
  await context.close();
}

/** By the browser itself, in a tab of its own, where no policy of the page forbids it: a quarter of the size of a PNG. */
async function webp(page: Page, png: Buffer): Promise<Buffer> {
  const tab = await page.context().newPage();
  const encoded = await tab.evaluate(
    `(async () => {
      const image = await createImageBitmap(await (await fetch('data:image/png;base64,${png.toString('base64')}')).blob());
      const canvas = new OffscreenCanvas(image.width, image.height);
      canvas.getContext('2d').drawImage(image, 0, 0);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 })).arrayBuffer());
      let text = '';
      for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
      return btoa(text);
    })()`,
  );
  await tab.close();
  return Buffer.from(String(encoded), 'base64');
}
