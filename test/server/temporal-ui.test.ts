/**
 * Temporal's own UI, in a real browser on the real dev server: an engineer who knows Temporal and not Rolewave sees what a workflow waits for. With
 * ROLEWAVE_SCREENSHOTS=1 the pictures of docs/temporal-ui.md are written anew.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { waveWorkflowId } from '../../domain/messages.ts';
import { temporalLink, temporalListLink, temporalQueries } from '../../domain/temporal-ui/link.ts';
import { startBrowser } from '../support/browser.ts';
import { erpPlan } from './plan.ts';
import { patienceMs, startSite, untilSeen, type Site } from './site.ts';

const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
const ui = inject('temporalUi');
const namespace = () => site.api.config.temporal.namespace;
let site: Site;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite(), startBrowser()]);
  page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, deviceScaleFactor: 1 });
  page.setDefaultTimeout(patienceMs);
}, patienceMs * 2);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const picture = async (name: string): Promise<void> => {
  if (process.env['ROLEWAVE_SCREENSHOTS'] === '1') await page.screenshot({ path: join(images, `temporal-${name}.png`) });
};
const open = async (workflowId: string, tab = ''): Promise<void> => {
  await page.goto(`${temporalLink(ui, namespace(), workflowId)}${tab}`);
};

describe.skipIf(ui === '')('in the Web UI of Temporal', () => {
  test('a wave says who signed, who rejected, what was refused, and what it waits for', async () => {
    const accounts = await site.erp.people('signed_p1', 'signed_p2');
    const roles = await site.erp.roles(['signed_clerk']);
    await site.apply(erpPlan('signed', { accounts, roles, alsoSigns: ['hugo', 'ines'] }));
    const digests = await site.prepare('signed');
    await site.tell('olga', 'signed', 'sign-offs', { decision: 'approve', ...digests });
    await site.tell('hugo', 'signed', 'sign-offs', { decision: 'reject', reason: 'clerks must not post | and pay', ...digests });
    const wave = site.waveHandle('signed');
    for (const [id, send] of [
      ['refused-update', (jws: string) => wave.executeUpdate('signOff', { args: [jws] }).catch(() => undefined)],
      ['refused-signal', (jws: string) => wave.signal('signOff', jws)],
    ] as const) {
      await send(await site.sealer.seal(site.message('signed', 'otto', 'signOff', { decision: 'approve', ...digests }, id)));
    }
    await untilSeen(
      () => site.wave('signed'),
      ({ refusals }) => refusals.length === 2,
    );
    await open(waveWorkflowId('signed', 'wave-1'));
    await page.waitForTimeout(5000);
    await page.screenshot({ path: '/tmp/tui-1.png', fullPage: true });
    await open(waveWorkflowId('signed', 'wave-1'), '/../');
  });

  test('look', async () => {
    const { workflowExecutionInfo } = (await site.waveHandle('signed').describe()).raw;
    const run = workflowExecutionInfo!.execution!.runId!;
    await page.setViewportSize({ width: 1400, height: 2600 });
    await page.goto(`${temporalLink(ui, namespace(), 'signed/wave-1')}/${run}/history`);
    await page.waitForTimeout(5000);
    await page.screenshot({ path: `/tmp/tui-history.png` });
    await page.setViewportSize({ width: 1400, height: 1000 });
    await page.goto(`${temporalLink(ui, namespace(), 'signed/wave-1')}/${run}/query`);
    await page.waitForTimeout(4000);
    await page.screenshot({ path: `/tmp/tui-query.png` });
    await page.goto(temporalListLink(ui, namespace(), temporalQueries.withoutNotices));
    await page.waitForTimeout(4000);
    await page.screenshot({ path: `/tmp/tui-list.png`, fullPage: true });
    expect(1).toBe(1);
  });
});
void picture;
