/**
 * `npm run histories`: runs the workflow tests and keeps the history of every workflow in test/replay/histories/next, which is emptied first. Fails
 * when a test fails, or when the histories leave out a path that the code has.
 * `npm run histories -- --freeze 0.3.0`: makes them the histories of a release, which are never recorded again.
 */
import { spawnSync } from 'node:child_process';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { historiesFolder, next, readHistories, readManifest, writeManifest } from './histories.ts';
import { pathsOf, requiredPaths } from './paths.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({ options: { freeze: { type: 'string' } } });
if (values.freeze === undefined) await record();
else await freeze(values.freeze);

async function record(): Promise<void> {
  const folder = new URL(`${next}/`, historiesFolder);
  await rm(folder, { recursive: true, force: true });
  const run = spawnSync(process.execPath, [join(project, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'workflows', 'test/workflows'], {
    cwd: project,
    stdio: 'inherit',
    env: { ...process.env, ROLEWAVE_RECORD_HISTORIES: fileURLToPath(folder) },
  });
  if (run.status !== 0) return fail('A test failed, so no histories were kept.', () => rm(folder, { recursive: true, force: true }));
  const histories = await readHistories(next);
  const taken = new Set(pathsOf(histories.map(({ history }) => history)));
  const required = requiredPaths();
  const missing = required.filter((path) => !taken.has(path));
  if (missing.length > 0) return fail(`The histories are incomplete, because no workflow test takes these paths:\n  ${missing.join('\n  ')}`);
  await writeManifest(next, { files: Object.fromEntries(histories.map(({ name, digest }) => [name, digest])), required });
  process.stdout.write(`${histories.length} histories take all ${required.length} paths.\n`);
}

async function freeze(release: string): Promise<void> {
  const target = new URL(release, historiesFolder);
  if (!/^\d+\.\d+\.\d+$/.test(release)) return fail(`'${release}' is not a release number. Write one such as 0.3.0.`);
  if (await stat(target).catch(() => undefined)) return fail(`The histories of ${release} already exist, and are never recorded again.`);
  // Only complete histories have a manifest.
  await readManifest(next);
  await rename(new URL(next, historiesFolder), target);
}

async function fail(why: string, tidy: () => Promise<void> = async () => undefined): Promise<void> {
  await tidy();
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
}
