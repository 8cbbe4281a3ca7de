import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildPagesOnce } from './pages.ts';
import { createProgress } from './progress.ts';

let folder: string;
let said: string;
const progress = () => createProgress({ write: (text: string) => ((said += text), true) });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-web-'));
  said = '';
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('pages that are not built yet are built once', async () => {
  await writeFile(
    join(folder, 'build.ts'),
    `import { appendFileSync, mkdirSync } from 'node:fs'; mkdirSync('${folder}/dist', { recursive: true }); appendFileSync('${folder}/dist/index.html', 'built ');`,
  );
  await buildPagesOnce(progress(), folder);
  await buildPagesOnce(progress(), folder);
  expect([await readFile(join(folder, 'dist', 'index.html'), 'utf8'), said.match(/✓/g)]).toEqual(['built ', ['✓']]);
});

test('a build that fails is told, and stops nothing', async () => {
  await mkdir(join(folder, 'other'));
  await buildPagesOnce(progress(), folder);
  expect(said).toMatch(/✗ Building the pages/);
});
