/**
 * A real Chromium that looks at the pages of an endpoint as one person.
 *
 *   const chromium = await startChromium();
 *   const page = await chromium.as(api.url, 'olga', '/packages/test/wave-1/clerk');
 *   await findings(page)                 what axe-core finds, as text
 *   await picture(page, 'package')       screenshots at desktop and phone width, light and dark, where ROLEWAVE_SCREENSHOTS names a folder
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import packed from '@sparticuz/chromium';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';

const desktop = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };

export interface Chromium {
  /** A new window in which this person was picked, at this path. */
  as(url: string, person: string, path: string): Promise<Page>;
  close(): Promise<void>;
}

/** Made for a function that opens one page: with one process, a window that closes takes the browser along. The origin of a page must count, too. */
const notHere = new Set(['--single-process', '--no-zygote', '--disable-web-security', '--allow-running-insecure-content']);

/** ROLEWAVE_CHROMIUM names another one than that of the npm package. */
export async function startChromium(): Promise<Chromium> {
  const executablePath = process.env['ROLEWAVE_CHROMIUM'] ?? (await packed.executablePath());
  const browser: Browser = await chromium.launch({ executablePath, args: packed.args.filter((each) => !notHere.has(each)) });
  return {
    async as(url, person, path) {
      const context = await browser.newContext({ viewport: desktop, baseURL: url, reducedMotion: 'reduce' });
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(`/sign-in?to=${encodeURIComponent(path)}`);
      // Those who only receive access are behind a summary.
      await page.locator(`button[name=person][value="${person}"]`).evaluate((button: { click(): void }) => button.click());
      await page.waitForURL(`**${path}`);
      return page;
    },
    close: () => browser.close(),
  };
}

/** Rule and place of each violation of WCAG 2.2 A and AA, and of what axe calls best practice. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run();
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}\n  ${node.html.slice(0, 200)}\n  ${node.failureSummary}`));
  });
}

export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['ROLEWAVE_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  for (const [width, viewport] of Object.entries({ desktop, phone }))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: 'light' });
}
