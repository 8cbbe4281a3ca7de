/** The calendar and the wave page in a browser: a real endpoint on a real Temporal server, the built pages, and Chromium. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { planText } from '../support/endpoint.ts';
import { accessibilityFaults } from './accessible.ts';
import { pictureNow, startPages, type Pages } from './pages.ts';

const dayMs = 86_400_000;
const inDays = (days: number) => new Date(Math.ceil(Date.now() / dayMs) * dayMs + days * dayMs).toISOString().slice(0, 19) + 'Z';

let pages: Pages;
beforeAll(async () => {
  pages = await startPages(
    planText({
      goLive: inDays(4),
      second: true,
      clerk: { name: 'Finance Clerk', requires: { drill: { validFor: '30d', timebox: '45m', signedBy: 'dora' } } },
      blackouts: [{ id: 'month-end', reason: 'Closing the books', from: inDays(9), until: inDays(12) }],
      waves: [
        { goLive: inDays(4), description: 'Those who close the month', packages: [{ package: 'clerk' }] },
        { goLive: inDays(8), packages: [{ package: 'reader' }] },
      ],
    }),
    { temporalUiUrl: 'https://temporal.example.com/ui' },
  );
});
afterAll(() => pages?.close());

test('the calendar has every wave and package with its dates in words, and what is in the way', async () => {
  await pages.as('ines', {}, '/waves', async (page) => {
    expect(await page.locator('h1').textContent()).toBe('2 waves have a go-live ahead; 3 conflicts need a look.');
    const calendar = page.locator('.calendar');
    expect(await calendar.innerText()).toMatch(
      /Blackouts and known peaks[\s\S]*Month end[\s\S]*Wave 1[\s\S]*Finance Clerk[\s\S]*watch until[\s\S]*Wave 2[\s\S]*reader/,
    );
    const conflicts = await page.locator('#conflicts').innerText();
    for (const text of [
      /'month-end' begins 5 d after Finance Clerk goes live/,
      /'month-end' begins 1 d after reader goes live/,
      /get both Finance Clerk and reader while both are watched/,
    ])
      expect(conflicts).toMatch(text);
    expect(await page.getByRole('link', { name: 'Waves', exact: true }).getAttribute('aria-current')).toBe('page');
  });
});

test('the stretch of time that is shown is chosen by keyboard, and stands in the address', async () => {
  await pages.as('ines', {}, '/waves', async (page) => {
    await page.getByRole('combobox', { name: 'Weeks shown' }).selectOption('13');
    expect(new URL(page.url()).searchParams.get('weeks')).toBe('13');
    const from = new URL(page.url()).searchParams.get('from');
    await page.getByRole('button', { name: 'Later' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(`!location.search.includes(${JSON.stringify(from)})`);
    await page.reload();
    expect(await page.getByRole('combobox', { name: 'Weeks shown' }).inputValue()).toBe('13');
    await page.getByRole('button', { name: 'Today' }).click();
    expect(new URL(page.url()).search).toBe('');
  });
});

test('a wave says what it waits for and from whom, who signed, what its release would change, and what happened', async () => {
  await pages.as('olga', {}, '/waves', async (page) => {
    await page.locator('.waves').getByRole('link', { name: 'Wave 1' }).click();
    await page.waitForURL('**/waves/test/wave-1');
    await page.locator('#waits').waitFor();
    expect(await page.locator('h1').textContent()).toMatch(/^Wave 1 goes live in .*, and the package still waits for something\.$/);
    expect(await page.locator('#waits').innerText()).toMatch(/Rollback drill by dora[\s\S]*Sign-off by olga \(you\)/);
    expect(await page.locator('#sign-offs').innerText()).toMatch(/0 of 1 signed[\s\S]*olga \(you\) has not signed/);
    expect(await page.locator('#simulated').innerText()).toMatch(/erp/);
    expect(await page.locator('[aria-current="step"]').count()).toBe(1);
    await page.locator('#events').getByText('preview').first().waitFor();
    await page.locator('#review').getByText('Not reviewed yet').waitFor();
  });
});

test('an operator sets the date of a wave, and adds a note to it, on its own page', async () => {
  await pages.as('ines', {}, '/waves/test/wave-2', async (page) => {
    const own = page.getByRole('region', { name: 'What you may do with the wave' });
    await own.getByRole('button', { name: 'Set go-live date' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Go-live (UTC)').fill(inDays(7).slice(0, 16));
    await dialog.getByRole('button', { name: 'Set the date' }).click();
    await own.getByRole('status').getByText('The go-live date is set.').waitFor();
    await page
      .locator('#events')
      .getByText(/go-live on/)
      .first()
      .waitFor();
    await own.getByRole('button', { name: 'Add a note' }).click();
    await page.getByRole('dialog').getByLabel('Note').fill('Moved forward by a day');
    await page.getByRole('dialog').getByRole('button', { name: 'Add the note' }).click();
    await page.locator('#events').getByText('Moved forward by a day').waitFor();
  });
  await pages.as('olga', {}, '/waves/test/wave-2', async (page) => {
    await page.locator('#waits').waitFor();
    expect(await page.getByRole('button', { name: 'Set go-live date' }).count()).toBe(0);
  });
});

test('every page leads to the workflow that answers for it', async () => {
  await pages.as('ines', {}, '/waves/test/wave-1', async (page) => {
    const link = () => page.getByRole('link', { name: /workflow/ }).getAttribute('href');
    const wave = /^https:\/\/temporal\.example\.com\/ui\/namespaces\/[\w-]+\/workflows\/test%2Fwave-1$/;
    expect(await link()).toMatch(wave);
    for (const path of ['/packages/test/wave-1/clerk', '/requests/test/wave-1/clerk']) {
      await page.goto(path);
      // Not released yet: the workflow of its wave.
      expect([path, await link()]).toEqual([path, expect.stringMatching(wave)]);
    }
  });
});

test('it changes by itself when something is decided elsewhere', async () => {
  await pages.as('ines', {}, '/waves/test/wave-1', async (page) => {
    await page.getByText('Telemetry live').first().waitFor();
    await page.locator('#waits').getByText('Rollback drill').waitFor();
    await pages.api.send('dora', 'POST', '/v1/packages/test/wave-1/clerk/evidence', { item: 'drill', reference: 'Drill 7', tookMs: 60_000 });
    await page.locator('#waits').getByText('Rollback drill').waitFor({ state: 'detached' });
  });
});

test('who does not act in the plan sees dates and counts, and no person', async () => {
  await pages.as('ann', {}, '/waves/test/wave-1', async (page) => {
    await page.locator('#waits').waitFor();
    expect(await page.locator('#sign-offs').innerText()).toMatch(/0 of 1 signed/);
    expect(await page.locator('main').innerText()).not.toMatch(/olga|dora|Closing the books/);
    await page.getByText('Only people who act in a plan see conflicts').waitFor();
    await page.getByText('Only people who act in this wave see the review').waitFor();
  });
});

test('a wave that does not exist says so', async () => {
  await pages.as('ines', {}, '/waves/test/nothing', async (page) => {
    await page.getByRole('alert').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

test('when the endpoint is away the page says so and keeps what it shows', async () => {
  await pages.as('ines', {}, '/waves', async (page) => {
    await page.getByText('Telemetry live').first().waitFor();
    await page.context().setOffline(true);
    await page.evaluate("dispatchEvent(new Event('offline'))");
    await page.getByText('Not live: trying again').waitFor({ timeout: 60_000 });
    expect(await page.locator('.time-row').count()).toBeGreaterThan(4);
    await page.context().setOffline(false);
    await page.getByText('Telemetry live').first().waitFor({ timeout: 60_000 });
  });
});

describe('axe finds nothing, and nothing is wider than the screen', () => {
  test.each([
    ['waves', 'ines', {}, '/waves'],
    ['waves-dark', 'ines', { colorScheme: 'dark' }, '/waves'],
    ['waves-phone', 'ines', { size: 'phone' }, '/waves'],
    ['waves-counts', 'ann', { size: 'phone', colorScheme: 'dark' }, '/waves'],
    ['wave', 'olga', {}, '/waves/test/wave-1'],
    ['wave-dark', 'olga', { colorScheme: 'dark' }, '/waves/test/wave-1'],
    ['wave-phone', 'olga', { size: 'phone' }, '/waves/test/wave-1'],
  ] as const)('%s', async (name, person, look, path) => {
    await pages.as(person, look, path, async (page) => {
      await page.locator('#conflicts').waitFor();
      await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined);
      await pictureNow(page, name);
      expect(await accessibilityFaults(page)).toEqual([]);
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual('size' in look ? 390 : 1280);
    });
  });
});
