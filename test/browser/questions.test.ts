/** The page that a notice leads to when access has drifted: whom the question is about, and what they hold or miss. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { planText, until } from '../support/endpoint.ts';
import { people, usualPeople } from '../support/plan.ts';
import { accessibilityFaults } from './accessible.ts';
import { pictureNow, startPages, type Pages } from './pages.ts';

const address = '/v1/packages/test/wave-1/clerk';
let pages: Pages;

beforeAll(async () => {
  pages = await startPages(
    planText({
      clock: { epoch: '2026-04-06', day: '3600s' },
      goLive: '2026-04-06T00:10:00Z',
      waves: [{ goLive: '2026-04-06T00:10:00Z', window: '365d', packages: [{ package: 'clerk' }] }],
      people: [...people(...usualPeople), { id: 'anna.lindgren', name: 'Anna Lindgren', team: 'finance', accounts: { erp: 'al042' } }],
      clerk: {
        name: 'Finance Clerk',
        cohort: ['ben', 'anna.lindgren'],
        tune: { onDrift: 'ask' },
        watch: { length: '14d', metrics: [{ metric: 'access-drift', tune: { above: 0 } }] },
      },
    }),
  );
  const { api } = pages;
  const send = async (path: string, body: object) => {
    const { status, body: answer } = await api.send('olga', 'POST', path, body);
    if (status >= 300) throw new Error(`${path}: ${String(answer['detail'])}`);
  };
  const seen = async () => (await api.send('olga', 'GET', address)).body;
  for (const item of ['handoff', 'notices', 'backup', 'rollback', 'training', 'tickets'])
    if ((await seen())['package'].checklist.some((line: { item: string; ok: boolean }) => line.item === item && !line.ok))
      await send(`${address}/evidence`, { item, reference: 'CHG-1042' });
  const { package: planned } = await seen();
  await send(`${address}/sign-offs`, { decision: 'approve', planDigest: planned.planDigest, previewDigest: planned.previewDigest });
  await until(seen, ({ running }) => running?.state === 'Monitoring' && running.grants.created === 2);
  api.system.removeAll('clerk', 'al042');
  api.system.grantAs('kim', 'clerk', 'dea');
  await send(`${address}/evaluate`, {});
  await until(seen, ({ running }) => running?.proposal !== undefined);
});
afterAll(() => pages?.close());

test('a question about drift says whose access to what differs, in which system, since when, and by whom', async () => {
  await pages.as('olga', { size: 'phone' }, '/requests/test/wave-1/clerk', async (page) => {
    const differences = page.locator('#differences');
    await differences.waitFor();
    const text = await differences.innerText();
    expect(text).toMatch(/erp: unreviewed: 'dea' has 'clerk', granted by kim/);
    expect(text).toMatch(/erp: missing: 'al042' \(anna\.lindgren.*\) does not have 'clerk'/);
    expect(text).toMatch(/found first by evaluation 1 on /);
    expect(await accessibilityFaults(page)).toEqual([]);
    await pictureNow(page, 'question-drift');
  });
});

test('who only sees counts is not told whose access it is', async () => {
  await pages.as('ben', {}, '/requests/test/wave-1/clerk', async (page) => {
    await page.getByText('You see counts and states').waitFor();
    expect(await page.locator('main').innerText()).not.toMatch(/al042|kim/);
  });
});
