/**
 * Chromium for tests of the pages: the one that ROLEWAVE_CHROMIUM names, or that of the npm package `@sparticuz/chromium`, which runs as root and needs
 * libnss3 and libexpat1 of the system.
 */
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { installedChromium } from '../../provision/chromium.ts';

export async function startBrowser(): Promise<Browser> {
  const executablePath = await installedChromium();
  // Without its own sandbox, as in every container; without the package's other switches, which turn off what browsers protect against.
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'] });
}

export const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
/** The desktop's window, enlarged to 200 %: what a page has room for then. */
export const zoomed = { width: 640, height: 450 };
export type Size = keyof typeof sizes;

export interface Look {
  size?: Size;
  colorScheme?: 'light' | 'dark';
  /** Where to go afterwards; the board by default. */
  to?: string;
  /** Of a pixel, for pictures. */
  scale?: number;
}

/** A browser of this person, picked on the sign-in page of the endpoint. `faults`: what the page said that it should not. */
export async function signedIn(
  browser: Browser,
  url: string,
  person: string,
  look: Look = {},
): Promise<{ page: Page; context: BrowserContext; faults: string[] }> {
  const { size = 'desktop', colorScheme = 'light', to = '/', scale = 1 } = look;
  const context = await browser.newContext({
    baseURL: url,
    colorScheme,
    viewport: sizes[size],
    deviceScaleFactor: scale,
    ...(size === 'phone' ? { isMobile: true, hasTouch: true } : {}),
    // What changed is not colored for two seconds: pictures are the same every time.
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (said) => {
    if (said.type() === 'error' && !/Failed to load resource/.test(said.text())) faults.push(said.text());
  });
  await page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
  // People who only receive access are listed behind a heading.
  await page.locator('details').evaluateAll((all) => all.forEach((each) => each.setAttribute('open', '')));
  await page.locator(`button[value="${person}"]`).click();
  await page.waitForURL((address) => address.pathname === to);
  return { page, context, faults };
}
