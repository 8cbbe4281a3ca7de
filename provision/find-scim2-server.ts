/** scim2-server (PyPI), a SCIM server that keeps to the RFCs: installed once into Rolewave's cache, in an environment of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cachePlace, fillOnce } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import { createProgress, type Progress } from './progress.ts';

const version = '0.8.3';
const place = cachePlace(`scim2-server-${version}`);
export const scim2ServerModule = 'scim2_server.testserver.cli';

/** The Python of its environment. undefined: this machine has none and cannot have it; `why` is called with the reason, for people. */
export async function findScim2Server(why: (reason: string) => void = () => undefined, progress: Progress = createProgress()): Promise<string | undefined> {
  const found = join(place, 'bin', 'python');
  // Written last, so that an environment without it is not whole.
  const isComplete = async () => existsSync(join(place, 'complete'));
  if (await isComplete()) return found;
  const machines = findOnPath('python3');
  if (machines === undefined) {
    why('there is no python3 on this machine');
    return undefined;
  }
  try {
    await fillOnce(
      place,
      isComplete,
      () => progress.note('Another process is already getting scim2-server: waiting for it …'),
      (draft) => install(draft, machines, progress),
    );
    return found;
  } catch (error) {
    why(`scim2-server could not be installed: ${(error as Error).message.split('\n').slice(0, 3).join(' ')}`);
    return undefined;
  }
}

async function install(draft: string, python: string, progress: Progress): Promise<void> {
  const step = progress.step(`Installing scim2-server ${version}, once for this machine`, 'half a minute');
  try {
    await runCommand(python, ['-m', 'venv', draft], { timeoutMs: 120_000 });
    const inside = join(draft, 'bin', 'python');
    await runCommand(inside, ['-m', 'pip', 'install', '--quiet', `scim2-server==${version}`], { timeoutMs: 300_000 });
    await runCommand(inside, ['-c', `import ${scim2ServerModule}; open(${JSON.stringify(join(draft, 'complete'))}, 'w').close()`], { timeoutMs: 60_000 });
    step.done();
  } catch (error) {
    step.failed('see the error below');
    throw error;
  }
}
