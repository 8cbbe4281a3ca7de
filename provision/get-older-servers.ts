/**
 * `npm run servers:older`: the older versions of PostgreSQL that the connector is tested on, from npm, a few seconds each. Exit code 1 when one cannot be had; its
 * tests are then skipped by name.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachePlace, fillOnce, isFile } from './cache.ts';
import { runCommand } from './command.ts';
import { binariesIn, packageName } from './postgres-binaries.ts';
import { unprivilegedAccount } from './unprivileged.ts';
import { olderVersions, whereBinariesAre } from './older-postgres.ts';

const installMs = 120_000;

for (const version of olderVersions) {
  const place = cachePlace(`postgres-${version}`);
  const record = whereBinariesAre(version);
  const say = (words: string) => console.log(`PostgreSQL ${version}: ${words}`);
  try {
    const isComplete = async () => (await isFile(record)) && (await isFile(join(await readFile(record, 'utf8'), 'postgres')));
    await fillOnce(
      place,
      isComplete,
      () => say('another process gets it'),
      async (draft) => {
        say('from npm');
        const args = ['install', '--prefix', draft, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `${packageName()}@${version}`];
        await runCommand('npm', args, { cwd: draft, timeoutMs: installMs });
      },
    );
    if (!(await isComplete())) {
      const { postgres } = await binariesIn(join(place, 'node_modules', packageName()), unprivilegedAccount());
      await writeFile(record, dirname(postgres));
    }
    say(await readFile(record, 'utf8'));
  } catch (error) {
    await rm(place, { recursive: true, force: true });
    console.error(`PostgreSQL ${version} cannot be had: ${(error as Error).message}`);
    process.exitCode = 1;
  }
}
