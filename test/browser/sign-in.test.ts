/** Signing in, in a real browser, at a real OpenID provider of another site: what the policies for cookies, forms and scripts let through there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../provision/free-port.ts';
import { startBrowser } from '../support/chromium.ts';
import { planText, startEndpoint, until, type Endpoint } from '../support/endpoint.ts';
import { startIdentityProvider, type IdentityProvider } from '../support/identity-provider.ts';
import { accessibilityFaults } from './accessible.ts';
import { picture } from './picture.ts';

let api: Endpoint;
let browser: Browser;
let provider: IdentityProvider;
let folder: string;
let publicUrl: string;
const address = '/packages/test/wave-1/clerk';

beforeAll(async () => {
  const port = await freePort();
  // To a browser, localhost and 127.0.0.1 are two sites.
  publicUrl = `http://localhost:${port}`;
  provider = await startIdentityProvider({ publicUrl });
  folder = await mkdtemp(join(tmpdir(), 'rolewave-sign-in-'));
  const jwks = join(folder, 'jwks.json');
  await writeFile(jwks, JSON.stringify(provider.jwks));
  const identity = { jwks, issuer: provider.issuer, audience: 'rolewave', claim: 'sub', groupsClaim: 'groups' };
  const changes = { port, publicUrl, identity, signIn: { ...provider.client, scope: 'openid profile email' } };
  [api, browser] = await Promise.all([startEndpoint(changes, { administrators: { people: ['ines'] } }), startBrowser()]);
  await api.startWorker();
  await api.send('ines', 'POST', '/v1/plans', planText());
  await until(
    () => api.send('ines', 'GET', `/v1${address}`),
    ({ body }) => body['package']?.previewDigest !== undefined,
  );
  for (const person of ['olga', 'ines']) provider.people.set(person, { name: `Name of ${person}` });
});
afterAll(async () => {
  await browser?.close();
  await api?.close();
  await provider?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Visit {
  page: Page;
  context: BrowserContext;
  faults: string[];
}
async function visit(next: IdentityProvider['next']): Promise<Visit> {
  provider.next = next;
  const context = await browser.newContext({ baseURL: publicUrl, reducedMotion: 'reduce' });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (said) => {
    if (said.type() === 'error' && !/Failed to load resource/.test(said.text())) faults.push(said.text());
  });
  return { page, context, faults };
}
const dialog = (page: Page) => page.getByRole('dialog');
/** The menu of the person who is signed in. */
const account = (page: Page) => page.locator('summary', { hasText: 'account and colors' });

test('a link to a page leads through the provider and back to that page, where the person can act', async () => {
  const { page, context, faults } = await visit({ person: 'olga' });
  await page.goto(address);
  expect(new URL(page.url()).origin + new URL(page.url()).pathname).toBe(publicUrl + address);
  await page.getByRole('button', { name: 'Add a note' }).click();
  await dialog(page).getByLabel('Note').fill('Signed in at the provider.');
  await dialog(page).getByRole('button', { name: 'Add the note', exact: true }).click();
  await page.locator('#notes').getByText('Signed in at the provider.').waitFor();

  const kept = (await context.cookies()).filter(({ domain }) => domain === 'localhost');
  expect(kept.map(({ httpOnly, sameSite, path }) => ({ httpOnly, sameSite, path }))).toEqual([{ httpOnly: true, sameSite: 'Lax', path: '/' }]);
  expect(await page.evaluate<string>('document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage })')).not.toMatch(
    new RegExp(`${kept[0]!.value}|eyJ`),
  );
  expect(faults).toEqual([]);
});

test('a session survives a restart of the API, and the page goes on by itself', async () => {
  const { page } = await visit({ person: 'olga' });
  await page.goto('/');
  await page.getByRole('banner').getByText('Telemetry live').waitFor();
  await api.stopApi();
  await page.getByText('Not live: trying again').waitFor();
  await api.startApi();
  await page.getByRole('banner').getByText('Telemetry live').waitFor({ timeout: 60_000 });
  await page.goto(address);
  await page.getByRole('button', { name: 'Add a note' }).waitFor();
  expect(page.url()).toBe(publicUrl + address);
});

test('signing out ends the session here and at the provider, and the way back does not show the page again', async () => {
  const { page, context, faults } = await visit({ person: 'olga' });
  await page.goto(address);
  await page.locator('h1').waitFor();
  await account(page).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL((to) => to.origin === provider.issuer);
  await page.getByRole('button', { name: /yes/i }).click();
  await page.waitForURL(`${publicUrl}/sign-out**`);
  await page.getByText('You are signed out').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await picture(page, 'signed-out');
  expect((await context.cookies()).filter(({ domain }) => domain === 'localhost')).toEqual([]);
  // Someone else at the same machine.
  provider.next = { person: 'ines' };
  await page.goto(address);
  await account(page).getByText('Ines', { exact: false }).waitFor();
  expect(faults).toEqual([]);
});

test('a page of another site cannot act with the session of the person who visits it', async () => {
  const { page, context } = await visit({ person: 'olga' });
  await page.goto(address);
  await page.locator('h1').waitFor();
  const statuses: number[] = [];
  page.on('response', (response) => {
    if (response.url().startsWith(publicUrl) && response.request().method() === 'POST') statuses.push(response.status());
  });
  await page.route('http://evil.localhost/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<form method="post" action="${publicUrl}/sign-out"><button>Win</button></form>` }),
  );
  await page.goto('http://evil.localhost/');
  await page.getByRole('button', { name: 'Win' }).click();
  await page.waitForURL(`${publicUrl}/sign-out`);
  expect(statuses).toEqual([403]);
  expect((await context.cookies()).filter(({ domain }) => domain === 'localhost')).toHaveLength(1);
  const framed = await page.goto(address).then((response) => response!.headers()['content-security-policy']);
  expect(framed).toMatch(/frame-ancestors 'none'/);
});

test('somebody who declines is told what to do, on a page that everybody can read', async () => {
  const { page, faults } = await visit({ declines: true });
  await page.goto(address);
  await page.getByText('You were not signed in').waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await picture(page, 'declined');
  provider.next = { person: 'olga' };
  await page.getByRole('link', { name: /again/i }).click();
  await account(page).getByText('Olga', { exact: false }).waitFor();
  expect(faults).toEqual([]);
});
