/** Pictures of a page at desktop and phone width, light and dark, where ROLEWAVE_SCREENSHOTS names a folder: to be looked at while the page is changed. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { sizes } from '../support/chromium.ts';

export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['ROLEWAVE_SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  for (const [size, viewport] of Object.entries(sizes))
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`), fullPage: true });
    }
  await page.setViewportSize(sizes.desktop);
  await page.emulateMedia({ colorScheme: 'light' });
}
