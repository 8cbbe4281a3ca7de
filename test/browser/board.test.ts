/** The board in a browser: a real endpoint on a real Temporal server, the built pages, and Chromium. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordBatch } from '../../domain/records.ts';
import { openStore } from '../../store/open.ts';
import type { Store } from '../../store/contract.ts';
import { startBrowser, signedIn, sizes, zoomed } from '../support/chromium.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { accessibilityFaults } from './accessible.ts';

let api: Endpoint;
let store: Store;
let browser: Browser;
beforeAll(async () => {
  [api, browser] = await Promise.all([startEndpoint(), startBrowser()]);
  store = await openStore(api.config.databaseUrl, { migrate: true });
  await api.startWorker();
  await api.send(
    'ines',
    'POST',
    '/v1/plans',
    planText({
      second: true,
      clerk: {
        name: 'Finance Clerk',
        description: 'Closes the month',
        requires: { drill: { validFor: '365d', timebox: '45m', signedBy: 'dora' } },
        maintenanceNote: 'Not at the end of a month',
      },
    }),
  );
  await until(
    () => api.send('ines', 'GET', '/v1/packages/test/wave-1/clerk'),
    ({ body: seen }) => seen['package']?.previewDigest !== undefined,
  );
});
afterAll(async () => {
  await browser?.close();
  await store?.close();
  await api?.close();
});

async function as<T>(person: string, look: Parameters<typeof signedIn>[3], work: (page: Page) => Promise<T>): Promise<T> {
  const { page, context, faults } = await signedIn(browser, api.url, person, look);
  try {
    const result = await work(page);
    expect(faults).toEqual([]);
    return result;
  } finally {
    await context.close();
  }
}
const names = (page: Page) => page.locator('.packages .package-name').allTextContents();
let number = 0;
const happens = (text: string) =>
  store.record(
    recordBatch({
      events: [{ id: `added-${number++}`, plan: 'test', wave: 'wave-1', package: 'clerk', atMs: Date.now(), actor: 'rolewave', kind: 'verdict-healthy', text }],
    }),
  );

test('the first paint is the content: the board comes with the page, and nothing is asked for', async () => {
  await as('ines', {}, async (page) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    expect(await page.locator('h1').textContent()).toBe('Two packages wait for release: nothing is released yet.');
    expect(await page.locator('.condition-loading').count()).toBe(0);
    const known = new Set(['/', '/icon.svg', '/v1/live']);
    expect(asked.filter((path) => !known.has(path) && !path.startsWith('/assets/'))).toEqual([]);
    expect(await page.title()).toBe('Deploy & Maintain · Rolewave');
  });
});

test('each package says what it needs and who supplies it, and the reader what is theirs', async () => {
  await as('olga', {}, async (page) => {
    const readiness = await page.locator('#readiness').innerText();
    expect(readiness).toMatch(/Rollback drill by dora/);
    expect(readiness).toMatch(/sign-off by olga \(you\)/i);
    const row = page.getByRole('row', { name: /Finance Clerk/ });
    expect(await row.locator('th, td').allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Closes the month'),
        expect.stringContaining('Pre-release watch, then 14 days'),
        'Not at the end of a month',
      ]),
    );
    const button = row.getByRole('link', { name: /: Finance Clerk$/ });
    expect([await button.textContent(), await button.getAttribute('class'), await button.getAttribute('href')]).toEqual([
      'Sign off',
      'button button-mine',
      '/packages/test/wave-1/clerk',
    ]);
    expect(await page.getByRole('row', { name: /reader/ }).innerText()).toContain('Monitoring · before release');
    expect(await page.locator('#packages .state-legend').innerText()).toBe('Monitoring · before release: Nothing is granted yet, and it has no go-live date.');
  });
});

test('a count of the headline leads to its packages, and the address has the whole view', async () => {
  await as('ines', {}, async (page) => {
    await page.locator('h1 a').first().click();
    await page.waitForURL('**/?released=no#packages');
    await page.getByLabel('Filter by name, owner, note or metric').fill('clerk');
    await page.getByRole('combobox', { name: 'Risk' }).selectOption('low');
    expect(new URL(page.url()).search).toBe('?released=no&risk=low&text=clerk');
    expect(await names(page)).toEqual(['Finance Clerk']);
    await page.reload();
    expect([await names(page), await page.getByLabel('Filter by name, owner, note or metric').inputValue()]).toEqual([['Finance Clerk'], 'clerk']);
    await page.getByRole('combobox', { name: 'State' }).selectOption('Monitoring');
    expect(await page.locator('#packages').innerText()).toContain('No package matches');
    await page.getByRole('button', { name: 'Show all packages' }).click();
    expect(await names(page)).toHaveLength(2);
    await page.goBack();
    expect(await names(page)).toEqual([]);
  });
});

test('everything can be reached and sorted by keyboard', async () => {
  await as('ines', {}, async (page) => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent.trim()')).toBe('Skip to the page');
    const sort = page.getByRole('columnheader', { name: 'Package' }).getByRole('link');
    await sort.focus();
    await page.keyboard.press('Enter');
    const header = page.getByRole('columnheader', { name: /Package/ });
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    await sort.focus();
    await page.keyboard.press('Enter');
    expect([await header.getAttribute('aria-sort'), new URL(page.url()).search]).toEqual(['descending', '?sort=-name']);
    expect(await names(page)).toEqual(['reader', 'Finance Clerk']);
  });
});

test('somebody who listens is told where they are: each page by its title, each table and button by a name of its own, and a dialog gives the focus back', async () => {
  await as('olga', {}, async (page) => {
    const focused = () => page.evaluate<string>(`document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()`);
    await page
      .getByRole('table', { name: 'Deployment packages' })
      .getByRole('rowheader', { name: /^Finance Clerk/ })
      .waitFor();
    await page.getByRole('link', { name: 'Finance Clerk', exact: true }).first().click();
    await page.locator('#events').waitFor();
    await expect.poll(focused).toBe('Finance Clerk');
    expect(await page.title()).toBe('Finance Clerk · Rolewave');
    const names = await page.getByRole('button').evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? each.textContent?.trim()));
    expect(names).toEqual([...new Set(names)]);
    const note = page.getByRole('button', { name: 'Add a note' });
    for (const leave of ['Cancel', 'Escape']) {
      await note.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Add a note' }).waitFor();
      expect(await page.evaluate(`document.querySelector('dialog').contains(document.activeElement)`)).toBe(true);
      await (leave === 'Cancel' ? page.getByRole('button', { name: 'Cancel' }).click() : page.keyboard.press('Escape'));
      await expect.poll(focused).toBe('Add a note');
    }
    // Another person did it: the button goes away under the reader's hands.
    await note.evaluate((button) => button.remove());
    await expect.poll(() => page.evaluate(`document.activeElement.id`)).toBe('notes');
    await page.getByRole('link', { name: 'Waves', exact: true }).click();
    await expect.poll(focused).toBe('Waves');
    await page.goBack();
    await expect.poll(focused).toBe('Finance Clerk');
  });
});

test('what happens appears by itself; while somebody reads, it waits for them', async () => {
  await as('ines', {}, async (page) => {
    await page.getByText('Telemetry live').first().waitFor();
    await happens('the first evaluation');
    await page.getByText('healthy: the first evaluation').waitFor();
    await page.locator('.feed li').first().hover();
    await happens('the second evaluation');
    await page.getByRole('button', { name: '1 new' }).click();
    await page.getByText('healthy: the second evaluation').waitFor();
    // A change of state, decided elsewhere.
    await api.send('ines', 'POST', '/v1/waves/test/wave-1/notes', { text: 'nothing else' });
    await api.send('dora', 'POST', '/v1/packages/test/wave-1/clerk/evidence', { item: 'drill', reference: 'Drill 7', tookMs: 60_000 });
    await page.locator('#readiness').getByText('Rollback drill').waitFor({ state: 'detached' });
  });
});

test('when the endpoint is away the page says so, keeps what it shows, and comes back by itself', async () => {
  await as('ines', {}, async (page) => {
    await page.getByText('Telemetry live').first().waitFor();
    await page.context().setOffline(true);
    await page.evaluate("dispatchEvent(new Event('offline'))");
    await page.getByText('Not live: trying again').waitFor({ timeout: 60_000 });
    expect(await names(page)).toHaveLength(2);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.context().setOffline(false);
    await page.getByText('Telemetry live').first().waitFor({ timeout: 60_000 });
    await page.locator('.board-failure').waitFor({ state: 'detached' });
  });
});

test('on a phone nothing is wider than the screen, and what is pressed is as large as a thumb', async () => {
  await as('olga', { size: 'phone' }, async (page) => {
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(390);
    const heights = await page.locator('.packages .button, .focus .button').evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
    expect(heights.length).toBeGreaterThan(1);
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
  });
});

test('enlarged to 200 % it is read without moving it sideways, and nothing moves for those who asked for that', async () => {
  await as('ines', {}, async (page) => {
    await page.setViewportSize(zoomed);
    for (const path of ['/', '/waves', '/waves/test/wave-1', '/packages/test/wave-1/clerk', '/requests/test/wave-1/clerk']) {
      await page.goto(path);
      await page.locator('h1').waitFor();
      await page.getByText('Telemetry live').first().waitFor();
      expect([path, await page.evaluate<number>('document.documentElement.scrollWidth')]).toEqual([path, 640]);
      const moving = `document.getAnimations().filter((each) => each.playState === 'running' && each.effect.getComputedTiming().duration > 100).length`;
      expect([path, await page.evaluate<number>(moving)]).toEqual([path, 0]);
    }
  });
});

test('the focus goes through the page in the order in which it is read, and each place that has it is marked', async () => {
  await as('ines', {}, async (page) => {
    await page.getByText('Telemetry live').first().waitFor();
    const places: { top: number; left: number; name: string; marked: boolean }[] = [];
    for (let tabs = 0; tabs < 30; tabs++) {
      await page.keyboard.press('Tab');
      places.push(
        await page.evaluate(`(() => {
          const at = document.activeElement;
          const { top, left } = (at.closest('.panel, .headline, .top, .skip') ?? at).getBoundingClientRect();
          const look = getComputedStyle(at);
          const around = at.closest('label') && getComputedStyle(at.closest('label'));
          const marked = (look.outlineStyle !== 'none' && look.outlineWidth !== '0px') || (around?.outlineStyle ?? 'none') !== 'none';
          return { top: top + scrollY, left, name: at.getAttribute('aria-label') ?? at.textContent.trim().slice(0, 40), marked };
        })()`),
      );
    }
    expect(places.filter(({ marked }) => !marked).map(({ name }) => name)).toEqual([]);
    expect(places.filter(({ name }) => name === '').length).toBeLessThanOrEqual(1);
    const tops = places.slice(1).map(({ top }) => Math.round(top));
    expect(tops).toEqual(tops.toSorted((one, other) => one - other));
  });
});

describe('what is no page says so, and leads on', () => {
  test.each([
    ['/nothing/here', 'There is nothing at this address', {}],
    ['/packages/test/wave-1/nothing', 'There is no such package in this wave', { colorScheme: 'dark' }],
    ['/requests/test/wave-1/nothing', 'There is no such package in this wave', { size: 'phone' }],
    ['/waves/test/nothing', 'There is no such wave', { size: 'phone', colorScheme: 'dark' }],
  ] as const)('%s', async (path, title, look) => {
    await as('ines', look, async (page) => {
      await page.goto(path);
      await page.getByText(title).first().waitFor();
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(await page.locator('main').innerText()).not.toMatch(/GET \//);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByRole('link', { name: 'Open the board' }).click();
      await page.locator('#packages').waitFor();
    });
  });
});

describe('the page on which one picks a person is clean', () => {
  test.each([
    ['light', 'desktop'],
    ['dark', 'phone'],
  ] as const)('%s, %s', async (colorScheme, size) => {
    const context = await browser.newContext({ baseURL: api.url, colorScheme, viewport: sizes[size] });
    const page = await context.newPage();
    await page.goto('/');
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(sizes[size].width);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.locator('#packages').waitFor();
    await context.close();
  });
});

describe('axe finds nothing', () => {
  test.each([
    ['the owner', 'olga', {}, '/'],
    ['the owner, dark', 'olga', { colorScheme: 'dark' }, '/'],
    ['the owner, on a phone', 'olga', { size: 'phone' }, '/'],
    ['the operator, nothing matches', 'ines', {}, '/?text=nothing-like-this'],
    ['somebody who sees states only', 'ann', { colorScheme: 'dark' }, '/'],
  ] as const)('for %s', async (_what, person, look, path) => {
    await as(person, look, async (page) => {
      await page.goto(path);
      await page.locator('#packages').waitFor();
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.locator('.me summary').click();
      expect(await accessibilityFaults(page)).toEqual([]);
    });
  });
});
