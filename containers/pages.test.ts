/** The stage of the Dockerfile that builds the pages: from nothing but what it copies, of what .dockerignore lets through. */
import { cp, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand } from '../provision/command.ts';

const project = fileURLToPath(new URL('..', import.meta.url));

test('the pages are built from what the image copies', async () => {
  const dockerfile = await readFile(join(project, 'Dockerfile'), 'utf8');
  const [, stage = ''] = /^FROM \S+ AS pages\n([\s\S]*?)^FROM /m.exec(dockerfile) ?? [];
  const copied = [...stage.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));
  const allowed = (await readFile(join(project, '.dockerignore'), 'utf8')).split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  expect(copied).toContain('web');
  expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);

  const folder = await mkdtemp(join(tmpdir(), 'rolewave-pages-'));
  try {
    for (const path of copied)
      await cp(join(project, path), join(folder, path), { recursive: true, filter: (source) => !/[/\\]web[/\\]dist|\.test\.ts$/.test(source) });
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await runCommand(process.execPath, ['web/build.ts'], { cwd: folder, env: { ...process.env }, timeoutMs: 60_000 });
    expect(await readdir(join(folder, 'web', 'dist'))).toEqual(expect.arrayContaining(['assets', 'index.html']));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 90_000);
