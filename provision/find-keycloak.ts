/** Keycloak for tests and for trying things by hand: the distribution from Maven Central, unpacked and built once in Rolewave's cache, without installing anything. */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePlace, fillOnce, isFile } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import { createProgress, type Progress } from './progress.ts';

const KEYCLOAK_VERSION = '26.7.3';
const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:zip`;
const neededJava = 17;

export interface KeycloakBuild {
  java: string;
  /** The folder of the distribution. */
  home: string;
}

/** What it was built with, so that it starts in seconds; a start with other options would build anew. */
export const buildOptions = ['--db=dev-mem', '--health-enabled=false', '--metrics-enabled=false'];

/** undefined: this machine has none and cannot have it; `why` is called with the reason, for people. */
export async function findKeycloak(why: (reason: string) => void = () => undefined, progress: Progress = createProgress()): Promise<KeycloakBuild | undefined> {
  const cannot = (reason: string): undefined => {
    why(reason);
    return undefined;
  };
  const java = findOnPath('java');
  if (java === undefined) return cannot(`there is no Java on this machine: install version ${neededJava} or newer`);
  const home = cachePlace(`keycloak-${KEYCLOAK_VERSION}`);
  const isComplete = () => isFile(join(home, 'lib', 'quarkus-run.jar'));
  if (await isComplete()) return { java, home };
  const version = await versionOf(java);
  if (version < neededJava) return cannot(`Keycloak needs Java ${neededJava}, and this machine has ${version || 'another one'}`);
  const maven = findOnPath('mvn');
  if (maven === undefined) return cannot('there is no Maven on this machine, which fetches Keycloak');
  try {
    await fillOnce(
      home,
      isComplete,
      () => progress.note('Another process is already getting Keycloak: waiting for it …'),
      (draft) => fetchAndBuild(draft, maven, progress),
    );
    return { java, home };
  } catch (error) {
    return cannot(`Keycloak could not be fetched: ${(error as Error).message}`);
  }
}

async function versionOf(java: string): Promise<number> {
  // Java writes its version where errors go.
  const lines: string[] = [];
  await runCommand(java, ['-version'], { timeoutMs: 30_000, onLine: (line) => void lines.push(line) }).catch(() => undefined);
  return Number(/version "(\d+)/.exec(lines.join('\n'))?.[1] ?? 0);
}

async function fetchAndBuild(draft: string, maven: string, progress: Progress): Promise<void> {
  const step = progress.step(`Fetching Keycloak ${KEYCLOAK_VERSION} with Maven, and building it, once for this machine`, 'one to three minutes');
  try {
    const folder = join(draft, 'unpacked');
    const goal = ['org.apache.maven.plugins:maven-dependency-plugin:3.6.1:unpack', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
    await runCommand(maven, ['-B', '-ntp', ...goal], { cwd: draft, timeoutMs: 15 * 60_000 });
    const distribution = join(folder, `keycloak-${KEYCLOAK_VERSION}`);
    if (!existsSync(distribution)) throw new Error('the archive has another form than expected');
    await runCommand('bash', [join(distribution, 'bin', 'kc.sh'), 'build', ...buildOptions], { cwd: distribution, timeoutMs: 10 * 60_000 });
    for (const name of ['bin', 'conf', 'lib', 'providers', 'themes', 'version.txt']) await rename(join(distribution, name), join(draft, name));
    step.done();
  } catch (error) {
    step.failed(error instanceof Error ? error.message : String(error));
    throw error;
  }
}
