/**
 * The leadership report in a browser: from a real endpoint, and, so that there is a month to look at, from a report that the rules of domain/leadership made and
 * that the browser is given in place of the endpoint's.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LeadershipView } from '../../domain/views/leadership.ts';
import type { Measurement } from '../../domain/watch/measurement.ts';
import { planText } from '../support/endpoint.ts';
import { adopted, dayMs, goLiveMs, packageIn, range, released, reportOf, share, taken, weekMs } from '../support/leadership.ts';
import { accessibilityFaults } from './accessible.ts';
import { pictureNow, startPages, type Answer, type Pages } from './pages.ts';

let pages: Pages;
beforeAll(async () => {
  pages = await startPages(planText({ second: true, clerk: { name: 'Finance Clerk' } }));
});
afterAll(() => pages?.close());

type Look = Parameters<Pages['as']>[1];
/** An address with a day is asked for by the page; the one without comes with the document. */
const as = <T>(person: string, look: Look, path: string, work: (page: Page) => Promise<T>, answer?: Answer): Promise<T> =>
  pages.as(person, look, path, work, answer && { for: '**/v1/leadership*', with: answer });
const answering = (report: LeadershipView): Answer => ({ contentType: 'application/json', body: JSON.stringify(report) });

const tickets = (value: number): Measurement => ({ metric: 'intake-tickets', kind: 'value', unit: 'perDay', value });
/** Four weeks of a rollout: one is stable, one needs tuning, one was rolled back, two wait, and two are of teams that the reader is not of. */
const month = (): LeadershipView => {
  const report = monthOfSmallPlan();
  return {
    ...report,
    plans: report.plans.map((each) => ({ ...each, plan: 'role-redesign-2026' })),
    packages: report.packages.map((each, index) => ({ ...each, plan: 'role-redesign-2026', wave: `wave-${1 + Math.floor(index / 2)}` })),
  };
};
const monthOfSmallPlan = (): LeadershipView => {
  const counts = { as: 'eva', sees: 'counts' } as const;
  const outside = (entry: ReturnType<typeof packageIn>) => ({
    ...entry,
    board: { ...entry.board, reading: { ...entry.board.reading, parts: new Set(['cohort'] as const) } },
  });
  return reportOf(
    [
      released('finance', {
        id: 'month-end',
        planned: { name: 'Finance Month-End Operator' },
        running: { state: 'Stable' },
        taken: [
          { ...taken(0, [adopted(2, 6), share('close-exceptions', 6, 40)]), count: 4, byVerdict: { healthy: 1, learning: 3 } },
          { ...taken(1, [adopted(5, 6), share('close-exceptions', 3, 52)]), count: 7, byVerdict: { healthy: 7 } },
          { ...taken(2, [adopted(6, 6), share('close-exceptions', 1, 61)]), count: 2, byVerdict: { healthy: 2 } },
        ],
      }),
      released('human-resources', {
        id: 'case-intake',
        people: 5,
        planned: { name: 'HR Case Intake Specialist', risk: 'medium' },
        running: { state: 'Needs tuning', grants: { created: 9, preexisting: 0, failed: 1, unknown: 0, legacyRetired: 5 } },
        metrics: ['intake-adoption', 'intake-tickets'],
        taken: [
          { ...taken(0, [share('intake-adoption', 3, 5), tickets(3.2)]), count: 4, byVerdict: { healthy: 4 } },
          {
            ...taken(1, [share('intake-adoption', 4, 5), tickets(5.5)], { drift: { legacy: 2 }, of: { 'intake-tickets': 'tune' } }),
            count: 7,
            byVerdict: { healthy: 4, tune: 2, noData: 1 },
          },
          { ...taken(3, [share('intake-adoption', 4, 5), tickets(4)], { drift: { legacy: 1 } }), count: 3, byVerdict: { tune: 2, healthy: 1 } },
        ],
      }),
      released('warehouse', {
        id: 'poster',
        people: 9,
        planned: { name: 'Warehouse Inventory Poster', risk: 'high', releasedAtMs: goLiveMs + weekMs },
        running: { state: 'Rolled back' },
        endedMs: goLiveMs + weekMs + 4 * dayMs,
        metrics: ['posting-exceptions'],
        taken: [
          {
            ...taken(1, [share('posting-exceptions', 18, 24)], { of: { 'posting-exceptions': 'rollback' } }),
            count: 4,
            byVerdict: { rollback: 2, healthy: 2 },
          },
        ],
      }),
      packageIn('service-desk', { id: 'resolver', people: 5, planned: { name: 'Service Desk Resolver', goLiveMs: goLiveMs + 5 * weekMs } }),
      packageIn('procurement', { id: 'coordinator', people: 8, planned: { name: 'Procurement Request Coordinator', goLiveMs: undefined as never } }),
      outside(released('legal', { ...counts, id: 'contracts', people: 3, taken: [{ ...taken(2, [adopted(1, 3)]), count: 5, byVerdict: { healthy: 5 } }] })),
      outside(
        released('audit', { ...counts, id: 'auditor', people: 7, taken: [{ ...taken(2, [adopted(4, 7)]), count: 5, byVerdict: { healthy: 4, error: 1 } }] }),
      ),
    ],
    {
      atMs: range.fromMs + 4 * weekMs,
      range: { ...range, untilMs: range.fromMs + 4 * weekMs },
      asked: Array.from({ length: 14 }, (_, index) => ({
        plan: 'small',
        wave: 'first',
        to: [`p${index}`],
        openedAtMs: range.fromMs + index * 2 * dayMs,
        withdrawn: false,
        ...(index % 4 === 3 ? {} : { answeredAtMs: range.fromMs + index * 2 * dayMs + (index + 1) * 3_600_000 }),
      })),
    },
  );
};
const withMonth = '/leadership?from=2026-04-06';

test('the report comes with the page, in ten lines, and is reached from every page', async () => {
  await as('ines', {}, '/', async (page) => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Leadership' }).click();
    await page.waitForURL('**/leadership');
    await page.locator('.ten-lines').waitFor();
    expect(await page.locator('h1').textContent()).toBe('Two packages wait for release: nothing is released yet.');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    expect(await page.locator('.ten-lines li').allTextContents()).toHaveLength(10);
    expect(asked).not.toContain('/v1/leadership');
    expect(await page.locator('#lines').innerText()).toMatch(/None of two packages in two waves is released and two wait for release/);
    expect(await page.locator('#lines').innerText()).toMatch(/No data on adoption: nothing is released yet/);
    expect(await page.getByRole('link', { name: 'Leadership' }).getAttribute('aria-current')).toBe('page');
    expect(await page.title()).toBe('Leadership · Rolewave');
  });
});

test('what is asked for stands in the address, is set by keyboard, and is asked of the endpoint', async () => {
  await as('ines', {}, '/leadership', async (page) => {
    await page.getByRole('combobox', { name: 'By' }).selectOption('month');
    await page.locator('#periods').getByRole('heading', { name: 'By month' }).waitFor();
    await page.getByLabel('From').fill('2026-01-15');
    await page.waitForURL('**/leadership?from=2026-01-15&period=month');
    await page.locator('#periods tbody').getByText('15 to 31 Jan').waitFor();
    await page.reload();
    expect(await page.getByLabel('From').inputValue()).toBe('2026-01-15');
    await page.getByRole('button', { name: 'Clear filters' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((address) => address.search === '');
  });
});

test('a team is chosen from those that have a row, and one that has none says why', async () => {
  await as('ines', {}, '/leadership', async (page) => {
    const [first = ''] = await page.locator('#teams tbody th').allTextContents();
    await page.getByRole('combobox', { name: 'Team' }).selectOption({ index: 1 });
    expect(new URL(page.url()).searchParams.get('team')).not.toBeNull();
    await page.locator('.headline').getByText('team ').waitFor();
    expect(first).not.toBe('');
    await page.goto('/leadership?team=nobody');
    await page.getByText('No row for the team nobody').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Show all teams' }).click();
    await page.locator('#teams').waitFor();
  });
});

test('an address that cannot be a report says what to do, and what was shown before is not taken for it', async () => {
  await as('ines', {}, '/leadership?from=1990-01-01', async (page) => {
    expect(await page.getByRole('alert').innerText()).toMatch(/from: gives more than 60 weeks: give a later one, or period=month/);
    expect(await page.locator('#lines').count()).toBe(0);
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

test('while it is asked for, and when the endpoint is away, the page says so', async () => {
  const { promise: asked, resolve: letGo } = Promise.withResolvers<void>();
  await as('ines', {}, '/', async (page) => {
    await page.route('**/v1/leadership*', async (route) => {
      await asked;
      await route.abort();
    });
    await page.goto(withMonth);
    await page.getByRole('status').getByText('Loading the leadership report').waitFor({ state: 'attached' });
    expect(await accessibilityFaults(page)).toEqual([]);
    letGo();
    await page.getByRole('alert').getByText('Rolewave does not answer').waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
  });
});

test('somebody whom no plan concerns sees that there is nothing to report, and one who may not is told', async () => {
  const nobody = reportOf([], { plans: [], readings: new Map() });
  await as('ines', {}, withMonth, async (page) => page.getByText('Nothing to report yet').waitFor(), answering(nobody));
  const refused = {
    status: 403,
    contentType: 'application/problem+json',
    body: JSON.stringify({ title: 'You may not read this', detail: '', whatToDo: 'Ask.' }),
  };
  await as('ines', {}, withMonth, async (page) => page.getByText('You may not read this').waitFor(), refused);
});

test('a month has its numbers by team and by period, what is unknown as no data, and small ones left out', async () => {
  await as(
    'ines',
    {},
    withMonth,
    async (page) => {
      const rows = (id: string) => page.locator(`#${id} tbody tr`).allInnerTexts();
      await page.locator('#teams').waitFor();
      const teams = (await rows('teams')).map((row) => row.replaceAll(/\s+/g, ' '));
      expect(teams).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^Finance yours 1 of 1 released 1 stable .* 100 % 6 of 6 2 % 1 of 61 no data none none$/),
          expect.stringMatching(/^Warehouse 1 of 1 released 1 rolled back none planned not measured 75 % 18 of 24 beyond its bound/),
          expect.stringMatching(/^2 other teams 2 of 2 released/),
        ]),
      );
      expect((await rows('periods'))[3]?.replaceAll(/\s+/g, ' ')).toMatch(/^27 Apr to 3 May 0 80 % 4 of 5/);
      expect(await page.locator('#packages').innerText()).toMatch(/2 more are in the totals only/);
      expect(await page.locator('main').innerText()).not.toMatch(/contracts|Legal|Audit/);
      for (const chart of await page.locator('.charts svg[role=img]').all()) expect(await chart.getAttribute('aria-label')).toMatch(/^[A-Z][a-z ]+: .*\.$/);
    },
    answering(month()),
  );
});

describe('axe finds nothing, and nothing is wider than the screen', () => {
  test.each([
    ['leadership', {}],
    ['leadership-dark', { colorScheme: 'dark' }],
    ['leadership-phone', { size: 'phone' }],
    ['leadership-phone-dark', { size: 'phone', colorScheme: 'dark' }],
  ] as const)('%s', async (name, look) => {
    await as(
      'ines',
      look,
      withMonth,
      async (page) => {
        await page.locator('#packages').waitFor();
        await pictureNow(page, name);
        expect(await accessibilityFaults(page)).toEqual([]);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual('size' in look ? 390 : 1280);
      },
      answering(month()),
    );
  });

  test('on paper: light, without navigation and filters, on two or three pages of A4, also where the page is dark', async () => {
    await as(
      'ines',
      { colorScheme: 'dark' },
      withMonth,
      async (page) => {
        await page.locator('#packages').waitFor();
        await page.evaluate("document.documentElement.dataset.theme = 'dark'");
        const paper = await page.pdf({ preferCSSPageSize: true });
        expect(paper.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeOneOf([2, 3]);
        // As wide as A4 without its margins.
        await page.setViewportSize({ width: 695, height: 1_025 });
        await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
        await pictureNow(page, 'leadership-paper');
        for (const hidden of ['.top nav', '.report-filters', '.me', '.heard']) expect(await page.locator(hidden).isVisible(), hidden).toBe(false);
        expect(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).toMatch(/^rgb\(25[0-5], 25[0-5], 25[0-5]\)$/);
        expect(await page.evaluate<string>("getComputedStyle(document.querySelector('.figures')).display")).toBe('table');
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(695);
        expect(await accessibilityFaults(page)).toEqual([]);
      },
      answering(month()),
    );
  });
});
