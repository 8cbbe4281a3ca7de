/** The pages are built at the end of `npm ci`. Where it ran without scripts, they are built at the first start; without the tools for it, the endpoint says how. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Progress } from './progress.ts';

const web = fileURLToPath(new URL('../web', import.meta.url));

/** Never throws: everything else works without them. */
export async function buildPagesOnce(progress: Progress, folder: string = web): Promise<void> {
  if (existsSync(join(folder, 'dist', 'index.html'))) return;
  const step = progress.step('Building the pages', 'a second');
  try {
    await promisify(execFile)(process.execPath, [join(folder, 'build.ts')], { timeout: 120_000 });
    step.done();
  } catch (error) {
    step.failed(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
  }
}
