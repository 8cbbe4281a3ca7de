/**
 * The workflow bundle for Temporal's sandbox: built once per content, kept on disk, shared by all workers of a process and by the tests.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';

const project = fileURLToPath(new URL('..', import.meta.url));
/** Sources of the bundle: workflows import only domain and packages (see the import rules). */
const sources = ['workflows', 'domain', 'package-lock.json', 'worker/bundle.ts', 'worker/sandbox-preload.ts', 'worker/interceptors'];

export interface BundleOptions {
  /** State directory; the bundle is kept in `bundles` there. Default: ROLEWAVE_HOME, or `.rolewave` in the project. */
  home?: string;
  /** File whose exports are the workflows. Default: workflows/index.ts. Another file's bundle is not kept on disk. */
  workflowsPath?: string;
  /** Modules of worker/interceptors, by name, that run around every workflow. Default: none. */
  interceptors?: InterceptorName[];
}

export type InterceptorName = 'system-queues' | 'no-demo-clock';

/** Takes about three seconds, or no time when nothing changed. Throws with webpack's errors when the workflows do not build. */
export async function bundle(options: BundleOptions = {}): Promise<WorkflowBundleWithSourceMap> {
  const interceptors = options.interceptors?.toSorted() ?? [];
  if (options.workflowsPath !== undefined) return build(options.workflowsPath, interceptors);
  const home = options.home ?? process.env['ROLEWAVE_HOME'] ?? join(project, '.rolewave');
  const kept = join(home, 'bundles', `${[await contentHash(), ...interceptors].join('.')}.js`);
  const code = await readFile(kept, 'utf8').catch(() => undefined);
  if (code !== undefined) return { code, sourceMap: '' };
  const built = await build(join(project, 'workflows/index.ts'), interceptors);
  await keep(kept, built.code);
  return built;
}

async function build(workflowsPath: string, interceptors: InterceptorName[]): Promise<WorkflowBundleWithSourceMap> {
  const words: string[] = [];
  const logger = new DefaultLogger('ERROR', ({ message }) => words.push(message));
  try {
    return await bundleWorkflowCode({
      workflowsPath,
      workflowInterceptorModules: ['current-details', 'instants', ...interceptors].map((name) => join(project, `worker/interceptors/${name}.ts`)),
      preloadModules: [join(project, 'worker/sandbox-preload.ts')],
      // Modules are named by their path from here, wherever the process was started: sandbox-preload.ts relies on these names.
      webpackConfigHook: (config) => ({ ...config, context: project }),
      logger,
    });
  } catch (error) {
    throw new Error(`the workflows of ${workflowsPath} do not build:\n${words.join('\n')}`, { cause: error });
  }
}

/** A read-only state directory only costs three seconds at every start. Written to a temporary file and renamed, because two processes may build at once. */
async function keep(path: string, code: string): Promise<void> {
  try {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(`${path}.${process.pid}`, code);
    await rename(`${path}.${process.pid}`, path);
  } catch {
    return;
  }
}

async function contentHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    for (const file of await filesOf(join(project, source)))
      hash
        .update(`${file.slice(project.length)}\0`)
        .update(await readFile(file))
        .update('\0');
  }
  return hash.digest('hex');
}

/** A file itself; for a directory all TypeScript files below it except the tests, sorted. */
async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!entries) return [path];
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
