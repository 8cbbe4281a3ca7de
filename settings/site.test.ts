import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { site as testSite } from '../test/support/site.ts';
import { fixedSite, openSite, readSite } from './site.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rolewave-site-'));
});
afterEach(() => rm(dir, { recursive: true }));

const text = (site: string) => `site: ${site}\nadministrators: { people: [root] }\nsystems: [{ id: erp, kind: none }]\nplans: [{ plan: '*' }]\n`;
const quiet = { info: () => undefined, error: () => undefined };

test('a file that is missing or mistaken is named with what to do', async () => {
  const file = join(dir, 'site.yaml');
  await expect(readSite(file)).rejects.toThrow('does not exist: write it');
  await writeFile(file, 'site: acme\n');
  await expect(readSite(file)).rejects.toThrow(`${file}:1:1  administrators`);
});

test('a changed file is taken, also where it was replaced; a mistaken one is not', async () => {
  const file = join(dir, 'site.yaml');
  await writeFile(file, text('acme'));
  const site = await openSite(file, quiet);
  expect(site.now().site).toBe('acme');
  await writeFile(join(dir, 'next.yaml'), text('other'));
  await rename(join(dir, 'next.yaml'), file);
  await site.reload();
  expect(site.now().site).toBe('other');
  await writeFile(file, 'site: [');
  await expect(site.reload()).rejects.toThrow(file);
  expect(site.now().site).toBe('other');
  await writeFile(file, text('third'));
  await site.reload();
  expect(site.now().site).toBe('third');
  site.close();
});

test('a site without a file stays what it is', async () => {
  const fixed = fixedSite(testSite({ site: 'acme' }));
  await fixed.reload();
  expect(fixed.now().site).toBe('acme');
});
