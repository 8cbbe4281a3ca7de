/** A real Chromium for tests of pages: the npm package's own, which needs no download and runs as root, or the one that ROLEWAVE_CHROMIUM names. */
import chromium from '@sparticuz/chromium';
import { chromium as playwright, type Browser } from 'playwright-core';

export async function startBrowser(): Promise<Browser> {
  const named = process.env['ROLEWAVE_CHROMIUM'];
  return playwright.launch(named ? { executablePath: named } : { executablePath: await chromium.executablePath(), args: chromium.args });
}
