/** Chromium for tests and benches of the pages, from the npm package `@sparticuz/chromium`, unpacked once for this machine. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cachePlace, fillOnce, isFile } from './cache.ts';

const project = fileURLToPath(new URL('../', import.meta.url));
const packed = '@sparticuz/chromium';

/** Path of the program: the one that ROLEWAVE_CHROMIUM names, or the package's. */
export const installedChromium = async (): Promise<string> => process.env['ROLEWAVE_CHROMIUM'] || (await unpacked());

/**
 * The package unpacks into the folder for temporary files, and takes a file that is there for a complete one: two processes that begin together start
 * half a program. Here one unpacks, into the cache, and the others wait.
 */
async function unpacked(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(project, 'node_modules', packed, 'package.json'), 'utf8')) as { version: string };
  const place = cachePlace(`chromium-${version}`);
  const program = join(place, 'chromium');
  const unpack = `import chromium from '${packed}'; await chromium.executablePath();`;
  await fillOnce(
    place,
    () => isFile(program),
    () => {},
    async (draft) => {
      await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], { cwd: project, env: { ...process.env, TMPDIR: draft } });
    },
  );
  return program;
}
