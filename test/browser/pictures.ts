/**
 * npm run pictures: plays the demo in a folder of its own, and takes the pictures of docs/images while a rollback is proposed: the board, on a desk and on a
 * phone, light and dark. Look at them before they are committed.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BoardView } from '../../domain/views/board.ts';
import { startBrowser, signedIn, sizes, type Size } from '../support/chromium.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const images = join(project, 'docs', 'images');
const person = 'dorota.kowalska';

const home = await mkdtemp(join(tmpdir(), 'rolewave-pictures-'));
const demo = spawn(process.execPath, ['demo/main.ts'], { cwd: project, env: { ...process.env, ROLEWAVE_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'] });
const ended = new Promise<void>((resolve) => demo.once('exit', () => resolve()));
try {
  const url = await addressOfBoard();
  await untilProposed(url);
  await mkdir(images, { recursive: true });
  const browser = await startBrowser();
  const looks = (['light', 'dark'] as const).flatMap((colorScheme) => (Object.keys(sizes) as Size[]).map((size) => ({ size, colorScheme })));
  for (const { size, colorScheme } of looks) {
    const { page, context } = await signedIn(browser, url, person, { size, colorScheme });
    await page.getByText('Telemetry live').first().waitFor();
    await page.screenshot({ path: join(images, `board-${size}-${colorScheme}.png`), fullPage: size === 'desktop', animations: 'disabled' });
    await context.close();
  }
  await browser.close();
} finally {
  demo.kill('SIGINT');
  await ended;
  await rm(home, { recursive: true, force: true });
}

/** As the demo prints it. */
function addressOfBoard(): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    demo.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /board[^\n]*?(https?:\/\/[\w.:[\]-]+)/i.exec(text)?.[1];
      if (found !== undefined && text.includes('Everything is running')) resolve(found);
    });
    demo.once('exit', () => reject(new Error(`the demo ended before it printed the address of the board:\n${text}`)));
  });
}

async function untilProposed(url: string): Promise<void> {
  const response = await fetch(`${url}/v1/tokens`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ person }) });
  const { token } = (await response.json()) as { token: string };
  for (;;) {
    const answer = await fetch(`${url}/v1/board`, { headers: { authorization: `Bearer ${token}` } });
    const { packages } = (await answer.json()) as BoardView;
    if (packages?.some(({ released, state }) => released && state === 'Rollback ready')) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
