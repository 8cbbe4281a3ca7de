import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from './bundle.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rolewave-bundle-'));
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

test('the bundle is built once and read from the state directory afterwards', { timeout: 60_000 }, async () => {
  const first = await bundle({ home });
  expect(first.code).toContain('__TEMPORAL__');
  const [kept] = await readdir(join(home, 'bundles'));
  expect(await readFile(join(home, 'bundles', kept!), 'utf8')).toBe(first.code);
  expect((await bundle({ home })).code).toBe(first.code);
  expect(await readdir(join(home, 'bundles'))).toEqual([kept]);
});

test('workflows that do not build are refused, and the error names the place', { timeout: 60_000 }, async () => {
  const broken = join(home, 'broken.ts');
  await writeFile(broken, `export * from './not-there.ts';\n`);
  await expect(bundle({ workflowsPath: broken })).rejects.toThrow(/broken\.ts do not build:[^]*not-there/);
});

test('workflows are loaded once for all of them, so no module of theirs has a place for the state of one', async () => {
  const files = (await readdir(join(project, 'workflows'), { recursive: true })).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(20);
  const found: string[] = [];
  for (const file of files) {
    const source = await readFile(join(project, 'workflows', file), 'utf8');
    for (const [line] of source.matchAll(/^(export )?(let|var) .*|^(export )?const .*= (\[\]|\{\}|new (Map|WeakMap|Set|WeakSet|Array)(<[^(]*>)?\(\));$/gm))
      found.push(`${file}: ${line}`);
  }
  expect(found).toEqual([]);
  expect(await readFile(join(project, 'worker/sandbox-preload.ts'), 'utf8')).toContain("import '../workflows/index.ts'");
});
