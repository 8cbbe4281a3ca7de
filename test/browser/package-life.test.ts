/** A package's whole life through its page, against a real Temporal server, store, API and worker: from picking a person to the rollback. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { startBrowser, signedIn, sizes, zoomed } from '../support/chromium.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { metric, roles, watch } from '../support/plan.ts';
import { operatorsApply } from '../support/site.ts';
import { accessibilityFaults } from './accessible.ts';
import { picture } from './picture.ts';

let api: Endpoint;
let browser: Browser;
const address = '/packages/test/wave-1/clerk';
const asked = '/requests/test/wave-1/clerk';

beforeAll(async () => {
  [api, browser] = await Promise.all([startEndpoint({}, operatorsApply), startBrowser()]);
  await api.startWorker();
  // A plan day is an hour: a minute of the plan takes two and a half seconds.
  const plan = planText({
    clock: { epoch: '2026-04-06', day: '3600s' },
    goLive: '2026-04-20T18:00:00Z',
    metrics: [metric('exceptions', { description: 'Postings that end in an exception' })],
    clerk: {
      name: 'Finance Month-End Operator',
      description: 'Runs the month-end close, that is accruals, allocations and the close checklist.',
      rolloutSteps: ['Tell the operators which reports they will no longer see', 'Grant the close roles after the last posting run'],
      ownerHandoff: 'The close team lead takes over from the project with the first evaluation',
      rollbackPath: ['Revoke what this release granted', 'Restore access to the reports for those who had it'],
      entitlements: roles('erp', 'clerk', 'reader'),
      watch: watch('14d', { metric: 'exceptions', tune: { above: 10 }, rollback: { above: 20 } }),
      rollback: { claims: { by: ['otto'] } },
    },
  });
  await api.send('ines', 'POST', '/v1/plans', plan);
  await until(
    () => api.send('ines', 'GET', '/v1/waves/test/wave-1'),
    (seen) => seen.body['packages']?.[0]?.previewDigest !== undefined,
  );
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
});

async function as(person: string, to: string): Promise<Page> {
  const { page } = await signedIn(browser, api.url, person, { to });
  page.setDefaultTimeout(20_000);
  return page;
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const dialog = (page: Page) => page.getByRole('dialog');

/** What a reload asks for of what comes with the page. */
async function askedAgain(page: Page): Promise<string[]> {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.reload();
  await page.getByText('old_reader').first().waitFor();
  return asked.filter((path) => path === '/v1/me' || path === `/v1${address}`);
}

/** In the dialog that is open: presses its button, and waits until it is accepted. */
async function confirm(page: Page, name: string): Promise<void> {
  await dialog(page).getByRole('button', { name, exact: true }).click();
  await dialog(page).waitFor({ state: 'detached' });
}

/** Light and dark, on a desk, enlarged to 200 %, and on a phone. */
async function isClean(page: Page, name: string): Promise<void> {
  expect(await accessibilityFaults(page)).toEqual([]);
  for (const viewport of [zoomed, sizes.phone]) {
    await page.setViewportSize(viewport);
    expect([name, viewport.width, await page.evaluate<number>('document.documentElement.scrollWidth')]).toEqual([name, viewport.width, viewport.width]);
  }
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.setViewportSize(sizes.desktop);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, name);
}

test('who does not act for it sees counts, and is told who sees more', async () => {
  const page = await as('ann', address);
  await page.getByText('You see counts and states').waitFor();
  expect(await page.getByText('old_reader').count()).toBe(0);
  await isClean(page, 'package-may-not');
  await page.context().close();
});

test('the owner supplies the evidence, signs on the page of the notice, and sets the date', async () => {
  const page = await as('olga', address);
  await page.getByRole('heading', { name: 'Finance Month-End Operator' }).waitFor();
  await page.getByText('old_reader').first().waitFor();
  expect(await askedAgain(page)).toEqual([]);
  await page.locator('#people .people').waitFor();
  expect(await page.locator('#people').innerText()).toMatch(/ann[\s\S]*gets[\s\S]*erp\/clerk/);
  await isClean(page, 'package-before');

  for (let missing = await button(page, /^Add evidence/).count(); missing > 0; missing--) {
    await button(page, /^Add evidence/)
      .first()
      .click();
    await dialog(page).getByLabel('Reference or reason').fill('CHG-1042, approved by the board');
    if (missing === 1) await isClean(page, 'dialog-evidence');
    await confirm(page, 'Record evidence');
    await expect.poll(() => button(page, /^Add evidence/).count(), { timeout: 20_000 }).toBe(missing - 1);
  }

  await page.goto(asked);
  await page.getByRole('heading', { name: 'Release Finance Month-End Operator?' }).waitFor();
  await page.locator('#people .people').waitFor();
  await isClean(page, 'decision-release');
  await button(page, 'Sign off').click();
  await isClean(page, 'dialog-sign-off');
  await confirm(page, 'Sign off');
  await page.locator('#sign-offs').getByText('approved').waitFor();

  await button(page, /Proof of the sign-off/).click();
  await dialog(page).getByText('"decision": "approve"').waitFor();
  await isClean(page, 'dialog-proof');
  await button(page, 'Close').click();

  await page.goto(address);
  await button(page, 'Set go-live date').click();
  await dialog(page).getByLabel('Go-live (UTC)').fill('2020-01-01T00:00');
  await button(page, 'Set the date').click();
  await dialog(page).getByRole('alert').waitFor();
  await isClean(page, 'dialog-refused');
  const { clock } = (await api.send('olga', 'GET', `/v1${address}`)).body;
  await dialog(page)
    .getByLabel('Go-live (UTC)')
    .fill(new Date(clock.nowMs + 10 * 60_000).toISOString().slice(0, 16));
  await confirm(page, 'Set the date');
  await page.getByRole('heading', { name: 'Who got what' }).waitFor({ timeout: 60_000 });
  await page.context().close();
});

test('a message that is sent twice by a double click counts once', async () => {
  const page = await as('olga', address);
  await button(page, 'Add a note').click();
  await dialog(page).getByLabel('Note').fill('Seen by the close team.');
  await dialog(page).getByRole('button', { name: 'Add the note', exact: true }).dblclick();
  await page.locator('#notes').getByText('Seen by the close team.').waitFor();
  const { events } = (await api.send('olga', 'GET', `/v1${address}`)).body;
  expect((events as { kind: string }[]).filter(({ kind }) => kind === 'note')).toHaveLength(1);
  await page.context().close();
});

test('an operator evaluates it, and the page shows the verdict without a reload', async () => {
  const page = await as('ines', address);
  await page.getByRole('heading', { name: 'Who got what' }).waitFor();
  await expect.poll(() => page.locator('#people').getByText('granted').count(), { timeout: 30_000 }).toBeGreaterThan(0);
  await button(page, 'Evaluate now').click();
  await confirm(page, 'Evaluate now');
  await page
    .getByRole('list', { name: /Evaluations/ })
    .getByText('Healthy')
    .first()
    .waitFor({ timeout: 30_000 });
  await page.getByRole('img', { name: 'exceptions' }).waitFor();
  await isClean(page, 'package-watched');
  await page.context().close();
});

test('the page stays right while the API is gone and comes back: it says that it is stale, then that it is live', async () => {
  const page = await as('olga', address);
  await page.getByText('Telemetry live').waitFor();
  await api.stopApi();
  await page.getByText('Not live: trying again').waitFor({ timeout: 30_000 });
  await page.getByRole('heading', { name: 'Finance Month-End Operator' }).waitFor();
  await button(page, 'Evaluate now').click();
  await dialog(page).getByRole('button', { name: 'Evaluate now' }).click();
  await dialog(page).getByText('Rolewave does not answer').waitFor();
  await isClean(page, 'package-stale');
  await api.startApi();
  await page.getByText('Telemetry live').waitFor({ timeout: 60_000 });
  // The same message, again.
  await confirm(page, 'Evaluate now');
  await expect
    .poll(
      () =>
        page
          .getByRole('list', { name: /Evaluations/ })
          .locator('li')
          .count(),
      { timeout: 30_000 },
    )
    .toBeGreaterThan(1);
  await page.context().close();
});

test('without a worker a message is received, and the dialog follows it until it is decided', async () => {
  const page = await as('olga', address);
  await page.getByRole('heading', { name: 'Who got what' }).waitFor();
  await page.getByText('More', { exact: true }).click();
  await button(page, 'Pause the watch').click();
  await dialog(page).getByLabel('Reason').fill('Vendor works on the posting interface');
  await api.stopWorker();
  await dialog(page).getByRole('button', { name: 'Pause the watch' }).click();
  await dialog(page).getByText('Received, and not yet decided').waitFor({ timeout: 30_000 });
  await isClean(page, 'dialog-received');
  await api.startWorker();
  await dialog(page).waitFor({ state: 'detached', timeout: 90_000 });
  await page.locator('#watch').getByText('paused: Vendor works').waitFor({ timeout: 30_000 });
  await button(page, 'Resume the watch').click();
  await confirm(page, 'Resume the watch');
  await page.context().close();
});

test('another owner claims access of ann, which the preview of a rollback then keeps for them', async () => {
  const page = await as('otto', address);
  await page.getByText('More', { exact: true }).click();
  await button(page, 'Claim access').click();
  await dialog(page).getByRole('checkbox', { name: 'ann', exact: true }).check();
  await dialog(page).getByLabel('Role').selectOption('erp/clerk');
  const { clock } = (await api.send('otto', 'GET', `/v1${address}`)).body;
  await dialog(page)
    .getByLabel('Until (UTC)')
    .fill(new Date(clock.nowMs + 20 * 86_400_000).toISOString().slice(0, 16));
  await dialog(page).getByLabel('Reason').fill('The auditors need the close');
  await isClean(page, 'dialog-claim');
  await confirm(page, 'Claim access');
  await page.locator('#rollback').getByText('What a rollback would keep for a claim').waitFor({ timeout: 30_000 });
  await page.reload();
  await page.locator('#rollback summary').getByText('1 kept').waitFor({ timeout: 60_000 });
  await page.locator('#rollback summary').getByText('1 kept').click();
  await page.locator('#rollback').getByText('kept for otto until').first().waitFor();
  await isClean(page, 'package-claimed');
  await page.context().close();
});

test('an operator proposes a rollback after its preview; only the owner is offered to approve it, and does so on a phone', async () => {
  const ines = await as('ines', address);
  await button(ines, 'Roll back').click();
  await dialog(ines).getByText('revoked', { exact: false }).first().waitFor({ timeout: 60_000 });
  await dialog(ines).getByLabel('Reason').fill('Exceptions doubled since the release');
  await isClean(ines, 'dialog-rollback');
  await confirm(ines, 'Propose rollback');
  await ines.goto(asked);
  await ines.getByRole('heading', { name: 'Roll back Finance Month-End Operator?' }).waitFor();
  expect(await button(ines, 'Approve rollback').count()).toBe(0);
  expect(await button(ines, 'Keep as it is').count()).toBe(1);
  await ines.context().close();

  const olga = await as('olga', asked);
  await olga.setViewportSize(sizes.phone);
  await olga.getByText('Exceptions doubled since the release').first().waitFor();
  await olga.locator('#undo').getByText('Loses').first().waitFor({ timeout: 60_000 });
  await isClean(olga, 'decision-rollback');
  await olga.setViewportSize(sizes.phone);
  const box = await button(olga, 'Approve rollback').boundingBox();
  expect(box!.height).toBeGreaterThanOrEqual(44);
  expect(box!.y + box!.height).toBeLessThanOrEqual(844);
  await button(olga, 'Approve rollback').click();
  await dialog(olga).getByText('revoked', { exact: false }).first().waitFor({ timeout: 60_000 });
  await dialog(olga).getByLabel('Reason').fill('Agreed');
  await confirm(olga, 'Approve rollback');
  await olga.getByText('Rolled back').first().waitFor({ timeout: 60_000 });
  await olga.setViewportSize(sizes.desktop);
  await olga.goto(address);
  await olga.getByText('Rolled back').first().waitFor();
  await olga.locator('#people').getByText('revoked').first().waitFor();
  expect(await button(olga, 'Roll back').count()).toBe(0);
  await isClean(olga, 'package-rolled-back');
  await olga.context().close();
});

test('what a claim kept stays on the page of the package that was rolled back, until its claimant ends it', async () => {
  const page = await as('otto', address);
  await page.locator('#rollback').getByText('What stays for a claim').waitFor();
  await page.locator('#rollback').getByText('The auditors need the close').first().waitFor();
  await page.getByText('More', { exact: true }).click();
  await button(page, 'End a claim').click();
  await dialog(page).getByLabel('Reason').fill('The audit is done');
  await isClean(page, 'dialog-end-claim');
  await confirm(page, 'End a claim');
  await expect.poll(() => page.locator('#rollback').getByText('What stays for a claim').count(), { timeout: 60_000 }).toBe(0);
  const { running } = (await api.send('otto', 'GET', `/v1${address}`)).body;
  expect(running.receipts[0].kept).toEqual([]);
  await page.context().close();
});
