/** The pages of an endpoint with one applied plan, as people see them in a browser. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { signedIn, startBrowser } from '../support/chromium.ts';
import { startEndpoint, until, type Endpoint } from '../support/endpoint.ts';

export interface Answer {
  status?: number;
  contentType?: string;
  body?: string;
}

export interface Pages {
  api: Endpoint;
  /** Looks at a page as this person. `answer`: what the browser is given in place of the endpoint's answer, and for which addresses. */
  as<T>(
    person: string,
    look: Parameters<typeof signedIn>[3],
    path: string,
    work: (page: Page) => Promise<T>,
    answer?: { for: string; with: Answer },
  ): Promise<T>;
  close(): Promise<void>;
}

/** Applied by ines, who administers the site; the package `clerk` of `wave-1` has its preview. */
export async function startPages(plan: string, changes: Parameters<typeof startEndpoint>[0] = {}): Promise<Pages> {
  const [api, browser] = await Promise.all([startEndpoint(changes, { administrators: { people: ['ines'] } }), startBrowser()]);
  await api.startWorker();
  const { status, body } = await api.send('ines', 'POST', '/v1/plans', plan);
  if (status !== 200) throw new Error(String(body['detail']));
  await until(
    () => api.send('ines', 'GET', '/v1/packages/test/wave-1/clerk'),
    ({ body: seen }) => seen['package']?.previewDigest !== undefined,
  );
  return {
    api,
    async as(person, look, path, work, answer) {
      const { page, context, faults } = await signedIn(browser, api.url, person, look);
      try {
        if (answer) await page.route(answer.for, (route) => route.fulfill(answer.with));
        await page.goto(path);
        await page.locator('h1').waitFor();
        const result = await work(page);
        expect(faults).toEqual([]);
        return result;
      } finally {
        await context.close();
      }
    },
    async close() {
      await browser.close();
      await api.close();
    },
  };
}

/** One picture of a page as it is, where ROLEWAVE_PICTURES names a folder: to be looked at, or for docs/images. */
export async function pictureNow(page: Page, name: string): Promise<void> {
  const folder = process.env['ROLEWAVE_PICTURES'];
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: 'disabled' });
}
