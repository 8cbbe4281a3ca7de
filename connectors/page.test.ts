/** docs/connectors.md: its connector is built from the page, type-checked, and passes the contract of a connector. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const project = join(import.meta.dirname, '..');
const page = await readFile(join(project, 'docs/connectors.md'), 'utf8');
const files = [...page.matchAll(/^```ts file=(\S+)\n([\s\S]*?)^```$/gm)].map(([, path = '', text = '']) => ({ path, text }));

// A folder like the project's own, in which the files of the page are where the page says.
await mkdir(join(project, '.rolewave'), { recursive: true });
const folder = await mkdtemp(join(project, '.rolewave/page-'));
afterAll(() => rm(folder, { recursive: true }));
await mkdir(join(folder, 'connectors'));
for (const shared of ['domain', 'test', 'node_modules', 'connectors/connector.ts']) await symlink(join(project, shared), join(folder, shared));
for (const { path, text } of files) {
  await mkdir(join(folder, dirname(path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

test('the page has a client, a connector and its contract test', () => {
  expect(files.map(({ path }) => path)).toEqual(['connectors/doors/building.ts', 'connectors/doors/connector.ts', 'connectors/doors/contract.test.ts']);
});

test('what the page shows has no mistake in its types', async () => {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ extends: join(project, 'tsconfig.json'), include: ['connectors/doors/*.ts'], exclude: [] }));
  const checked = promisify(execFile)(join(project, 'node_modules/.bin/tsc'), ['--noEmit', '-p', folder]);
  expect(await checked.catch(({ stdout }: { stdout: string }) => ({ stdout }))).toMatchObject({ stdout: '' });
});

// Declares the tests of the page in this file.
await import(join(folder, 'connectors/doors/contract.test.ts'));
