/**
 * Temporal's own UI, in a real browser on the real dev server: someone who knows Temporal and not Rolewave sees what a workflow waits for. With
 * ROLEWAVE_SCREENSHOTS=1 the pictures of README.md and docs/temporal-ui.md are written anew.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { packageWorkflowId, waveWorkflowId } from '../../domain/messages.ts';
import { searchAttributes } from '../../domain/search-attributes.ts';
import { temporalLink, temporalListLink, temporalQueries } from '../../domain/temporal-ui/link.ts';
import { startBrowser } from '../support/chromium.ts';
import type { PlanInput } from '../support/plan.ts';
import { erpPlan } from './plan.ts';
import { patienceMs, startSite, untilSeen, type Site } from './site.ts';

const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
const ui = inject('temporalUi');
/** One day of these plans lasts two seconds, so nobody is asked in another's place while the pictures are taken. */
const never = { delegateAfter: '3000d', onCallAfter: '3001d' };
let site: Site;
let namespace: string;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [site, browser] = await Promise.all([startSite({}, { NOTICE_TERMINAL: '1' }), startBrowser()]);
  ({ namespace } = site.api.config.temporal);
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(patienceMs);
  // As somebody has set them with the gear under the list.
  const labels = ['Status', 'Workflow ID', 'Type', searchAttributes.stage, searchAttributes.state, searchAttributes.risk, searchAttributes.team, 'Start'];
  const columns = { [namespace]: labels.map((label, index) => ({ label, pinned: index < 2 })) };
  await page.addInitScript((text) => localStorage.setItem('namespace-workflow-table-columns', text), JSON.stringify(columns));
  await signedAndRejected();
  await onHold();
  await rollbackProposed();
}, patienceMs * 3);
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

async function planOf(id: string): Promise<PlanInput> {
  const accounts = await site.erp.people(`${id}_p1`, `${id}_p2`);
  return { ...erpPlan(id, { accounts, roles: await site.erp.roles([`${id}_clerk`]), length: '300d' }), notices: { usual: never, urgent: never } };
}

/** olga approves, hugo rejects, ines has not answered, and otto, who may not, tries by an update and by a signal. */
async function signedAndRejected(): Promise<void> {
  const plan = await planOf('finance');
  await site.apply({ ...plan, waves: plan.waves.map((wave) => ({ ...wave, goLive: '2027-04-07', alsoSigns: ['hugo', 'ines'] })) });
  const digests = await site.prepare('finance');
  await site.tell('olga', 'finance', 'sign-offs', { decision: 'approve', ...digests });
  await site.tell('hugo', 'finance', 'sign-offs', { decision: 'reject', reason: 'clerks must not post | and pay', ...digests });
  const wave = site.waveHandle('finance');
  const sealed = (id: string) => site.sealer.seal(site.message('finance', 'otto', 'signOff', { decision: 'approve', ...digests }, id));
  await expect(wave.executeUpdate('signOff', { args: [await sealed('by-update')] })).rejects.toMatchObject({ cause: { type: 'not-authorized' } });
  await wave.signal('signOff', await sealed('by-signal'));
  await untilSeen(
    () => site.wave('finance'),
    ({ refusals }) => refusals.length === 2,
  );
}

async function onHold(): Promise<void> {
  const plan = await planOf('payroll');
  const hold = { reason: 'the audit of 2026 is not closed', liftedBy: ['hugo', 'ines', 'olga'], approvals: 2 };
  const waves = plan.waves.map(({ goLive: _goLive, ...wave }) => ({ ...wave, status: 'on-hold' as const, hold }));
  await site.apply({ ...plan, waves });
  await site.ask('hugo', 'POST', '/v1/waves/payroll/wave-1/lift-hold', { goLive: '2027-05-04', since: 1, reason: 'closed on Friday' });
}

async function rollbackProposed(): Promise<void> {
  await site.release(await planOf('treasury'));
  await site.untilPackage('treasury', ({ grants }) => grants.created === 2);
  await site.tell('ines', 'treasury', 'rollback', { reason: 'payments were posted twice' });
  await site.untilPackage('treasury', ({ proposal }) => proposal?.kind === 'rollback' && proposal.dependencies !== undefined);
  await site.untilWave('treasury', ({ packages }) => packages[0]?.state === 'Rollback ready');
}

const picture = async (name: string): Promise<void> => {
  if (process.env['ROLEWAVE_SCREENSHOTS'] === '1') await page.screenshot({ path: join(images, `${name}.png`) });
};
/** Of the page and the frames in it: Temporal's UI shows Markdown in a frame. */
const text = async (): Promise<string> =>
  (
    await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator('body')
          .innerText({ timeout: 5_000 })
          .catch(() => ''),
      ),
    )
  )
    .join('\n')
    .replaceAll(/\s+/g, ' ');
const untilShown = (...words: string[]): Promise<string> => untilSeen(text, (shown) => words.every((each) => shown.includes(each)));

async function openTab(workflowId: string, tab: 'user-metadata' | 'history' | 'query', height = 900): Promise<void> {
  const { runId } = await site.api.client.workflow.getHandle(workflowId).describe();
  await page.setViewportSize({ width: 1400, height });
  await page.goto(`${temporalLink(ui, namespace, workflowId)}/${runId}/${tab}`);
}

describe.skipIf(ui === '')('the UI of Temporal', () => {
  test('lists waves and packages, and no notice, where our links lead', async () => {
    await page.goto(temporalListLink(ui, namespace, ''));
    expect(await untilShown('finance/wave-1')).toContain('notice/');
    await page.goto(temporalListLink(ui, namespace, temporalQueries.wavesAndPackages));
    await page.setViewportSize({ width: 1600, height: 600 });
    const shown = await untilShown('finance/wave-1', 'payroll/wave-1', 'treasury/wave-1/access', 'Rollback ready', 'signOffs');
    expect(shown).not.toContain('notice/');
    await picture('workflows');
    await page.goto(temporalListLink(ui, namespace, temporalQueries.needPeople));
    expect(await untilShown('treasury/wave-1/access')).not.toContain('finance/wave-1');
    await page.goto(temporalListLink(ui, namespace, temporalQueries.ofPlan('payroll')));
    expect(await untilShown('payroll/wave-1')).not.toContain('finance/wave-1');
  });

  test('of a wave it tells what it waits for, from whom and until when, who signed or rejected, and what was refused and why', async () => {
    await openTab(waveWorkflowId('finance', 'wave-1'), 'user-metadata', 1300);
    await untilShown(
      'Waits for sign-offs',
      'asked: ines, olga',
      'sign-off by ines; sign-off by hugo, who rejected it',
      'plan time, 2026-',
      'olga approved',
      'hugo rejected: clerks must not post | and pay',
      "otto 'otto' may not".replaceAll("'", '‘').replace('‘ may', '’ may'),
    );
    await picture('wave');
  });

  test('a refused update is red and says why, and a refused signal has an activity that says so', async () => {
    await openTab(waveWorkflowId('finance', 'wave-1'), 'history', 1600);
    await untilShown('Outcome Failure', 'Summary refused: signOff (not-authorized)', 'Summary approved access', 'Summary rejected access');
    await page.getByText('Outcome Failure').first().scrollIntoViewIfNeeded();
    await picture('refused');
  });

  test('a hold says why, who has approved, and who may', async () => {
    await openTab(waveWorkflowId('payroll', 'wave-1'), 'user-metadata');
    await untilShown('On hold · revision 1', 'Why: the audit of 2026 is not closed · 1 of 2 approvals to lift it; hugo approved; ines, olga may approve');
    await picture('hold');
  });

  test('a proposed rollback shows why, who decides, and the next evaluation on both clocks; its wave says so too', async () => {
    await openTab(waveWorkflowId('treasury', 'wave-1'), 'user-metadata');
    await untilShown('olga, the owner, decides on the proposed rollback');
    await openTab(packageWorkflowId('treasury', 'wave-1', 'access'), 'user-metadata');
    const shown = await untilShown('signed off olga 2026-', 'rollback since', 'payments were posted twice', 'olga decides', 'Dependency check of the rollback');
    expect(shown).toMatch(/next evaluation \d{4}-\d\d-\d\d( \d\d:\d\d UTC)? plan time, 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d UTC real time/);
    await picture('package');
  });

  test('the query that it offers first is the state', async () => {
    for (const id of [waveWorkflowId('finance', 'wave-1'), packageWorkflowId('treasury', 'wave-1', 'access')]) {
      await openTab(id, 'query');
      await untilSeen(
        () => page.evaluate<string[]>("[...document.querySelectorAll('input')].map((each) => each.value)"),
        (chosen) => chosen.includes('currentState'),
      );
      await page.getByRole('button', { name: 'Run Query' }).click();
      await untilShown('"kind":');
    }
  });
});
