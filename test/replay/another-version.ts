/** Another version of the workflows, made by editing today's sources, so that a change between two releases can be tried before it is made. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundle } from '../../worker/bundle.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Replaces `text` with `by` in the file, which must contain it exactly once. */
export interface Edit {
  file: string;
  text: string;
  by: string;
}

export async function anotherVersion(edits: Edit[]): Promise<WorkflowBundle> {
  // Inside the project, so that packages are found.
  await mkdir(join(project, '.rolewave'), { recursive: true });
  const home = await mkdtemp(join(project, '.rolewave/version-'));
  try {
    for (const folder of ['workflows', 'domain']) await cp(join(project, folder), join(home, folder), { recursive: true });
    for (const { file, text, by } of edits) {
      const path = join(home, file);
      const parts = (await readFile(path, 'utf8')).split(text);
      if (parts.length !== 2) throw new Error(`${file} must contain this text once, but contains it ${parts.length - 1} times: ${text}`);
      await writeFile(path, parts.join(by));
    }
    return await bundle({ workflowsPath: join(home, 'workflows/index.ts') });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
