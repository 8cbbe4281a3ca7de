/** The page of the systems in a browser, from a real endpoint and, for a server that was measured, from an answer in place of the endpoint's. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SystemView } from '../../domain/views/systems.ts';
import { planText } from '../support/endpoint.ts';
import { accessibilityFaults } from './accessible.ts';
import { pictureNow, startPages, type Pages } from './pages.ts';

let pages: Pages;
beforeAll(async () => {
  pages = await startPages(planText({ clerk: { name: 'Finance Clerk' } }));
});
afterAll(() => pages?.close());

const measured: SystemView[] = [
  { id: 'erp', kind: 'postgres', description: 'The ERP', terms: ['ends a statement of a metric after 30 seconds'] },
  {
    id: 'hr',
    kind: 'scim',
    server: {
      name: 'SCIM 2.0',
      at: '2027-03-01T12:00:00.000Z',
      findings: {},
      lines: ['lists a holder twice who is added again (measured)'],
      problem: 'the server does not answer',
    },
  },
  {
    id: 'wms',
    kind: 'postgres',
    server: {
      name: 'PostgreSQL 18.4',
      at: '2027-03-01T12:00:00.000Z',
      findings: { regrant: { is: 'told', by: 'said' } },
      lines: ['tells two grants of one person apart (said by the server)'],
    },
  },
];

test('it is reached from every page, and comes with the document', async () => {
  await pages.as('ines', {}, '/', async (page) => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Systems' }).click();
    await page.getByRole('heading', { name: 'erp' }).waitFor();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.reload();
    await page.getByRole('heading', { name: 'erp' }).waitFor();
    expect(asked).not.toContain('/v1/systems');
    expect(await page.locator('#system-erp').innerText()).toContain('Nothing is on record about its server yet');
  });
});

test('on a phone, the whole menu is seen without scrolling, on one line where it fits', async () => {
  await pages.as('ines', { size: 'phone' }, '/systems', async (page) => {
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
    await links.last().waitFor();
    const boxes = async () => Promise.all((await links.all()).map(async (link) => (await link.boundingBox()) ?? { x: 0, y: 0, width: 9_999 }));
    for (const [width, lines] of [
      [390, 1],
      [320, 2],
    ] as const) {
      await page.setViewportSize({ width, height: 700 });
      const found = await boxes();
      expect([width, found.filter((box) => box.x < 0 || box.x + box.width > width)]).toEqual([width, []]);
      expect([width, new Set(found.map(({ y }) => Math.round(y))).size]).toEqual([width, lines]);
    }
    await page.setViewportSize({ width: 390, height: 700 });
    await pictureNow(page, 'menu-phone');
  });
});

test('those whom the site lets use no system see none, and are told who does', async () => {
  await pages.as('ann', {}, '/systems', async (page) => {
    await page.getByText('You see no system').waitFor();
  });
});

test.each([{}, { size: 'phone' }, { colorScheme: 'dark' }] as const)('what a server does, why it was not measured and what the site says: %j', async (look) => {
  const answer = { for: '**/v1/systems', with: { contentType: 'application/json', body: JSON.stringify(measured) } };
  await pages.as(
    'ines',
    look,
    '/',
    async (page) => {
      await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Systems' }).click();
      await page.locator('#system-hr').waitFor();
      expect(await page.locator('#system-hr').innerText()).toContain(
        'SCIM 2.0. What it does has not been measured: the server does not answer (recorded on 2027-03-01 12:00 UTC).',
      );
      expect(await page.locator('#system-hr li').allTextContents()).toEqual(['It lists a holder twice who is added again (measured).']);
      expect(await page.locator('#system-wms').innerText()).toContain(
        'PostgreSQL 18.4. Its version, read on 2027-03-01 12:00 UTC, and documentation say what it does; nothing is measured.',
      );
      expect(await page.locator('#system-erp').innerText()).toMatch(/PostgreSQL[^]*The ERP[^]*It ends a statement of a metric after 30 seconds\./);
      expect(await accessibilityFaults(page)).toEqual([]);
      await pictureNow(page, `systems${'size' in look ? '-phone' : ''}${'colorScheme' in look ? '-dark' : ''}`);
    },
    answer,
  );
});

test('/calendar, as the API calls it, leads to the waves', async () => {
  await pages.as('ines', {}, '/calendar', async (page) => {
    expect(new URL(page.url()).pathname).toBe('/waves');
  });
});
