/** OpenLDAP's server for the demo and the tests: the one of the machine, or Debian's packages unpacked into Rolewave's cache, without installing anything. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePlace, fillOnce } from './cache.ts';
import { findOnPath, runCommand } from './command.ts';
import { silent, type Progress } from './progress.ts';

export interface Slapd {
  program: string;
  /** Folders of libraries that the program needs besides the machine's. */
  libraries: string[];
  /** Folders of schemas and of modules. */
  schemas: string;
  modules: string;
  /** The folder that holds all of it, where the machine has no OpenLDAP of its own. */
  folder?: string;
}

const ownPlaces: Slapd[] = [
  { program: '/usr/sbin/slapd', libraries: [], schemas: '/etc/ldap/schema', modules: '/usr/lib/ldap' },
  { program: '/usr/sbin/slapd', libraries: [], schemas: '/etc/openldap/schema', modules: '/usr/lib64/openldap' },
  { program: '/usr/lib/openldap/slapd', libraries: [], schemas: '/etc/openldap/schema', modules: '/usr/lib/openldap' },
];
/** Of the programs of the package, those of which slapd itself makes use; libraries of its optional modules are left out. */
const neededLibraries = /^lib(ldap|sasl2|ltdl|wrap|odbc)/;
/** What these need in turn on a machine with little on it. */
const furtherLibraries = ['libnsl2', 'libtirpc3'];

/** undefined: this machine has none and cannot have it; `why` is called with the reason, for people. */
export async function findSlapd(why: (reason: string) => void = () => undefined, progress: Progress = silent): Promise<Slapd | undefined> {
  const own = ownPlaces.find(({ program, schemas, modules }) => existsSync(program) && existsSync(schemas) && existsSync(join(modules, 'back_mdb.so')));
  if (own) return own;
  const folder = cachePlace('slapd-debian');
  const found = unpackedIn(folder);
  if (!existsSync(found.program)) {
    if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) {
      why('there is no slapd on this machine, and it is not a Debian, whose package could be fetched');
      return undefined;
    }
    try {
      await fillOnce(
        folder,
        async () => existsSync(found.program),
        () => progress.note("Another process is already getting Debian's package of OpenLDAP: waiting for it …"),
        (draft) => unpackPackages(draft, progress),
      );
    } catch (error) {
      why(`Debian's package of slapd could not be fetched: ${(error as Error).message}`);
      return undefined;
    }
  }
  const { libraries } = found;
  const [architecture] = (await readdir(join(folder, 'usr', 'lib'))).filter((name) => /-linux-gnu/.test(name));
  if (architecture !== undefined) libraries.push(join(folder, 'usr', 'lib', architecture), join(folder, 'lib', architecture));
  return found;
}

const unpackedIn = (folder: string): Slapd & { folder: string } => ({
  program: join(folder, 'usr', 'sbin', 'slapd'),
  libraries: [],
  schemas: join(folder, 'etc', 'ldap', 'schema'),
  modules: join(folder, 'usr', 'lib', 'ldap'),
  folder,
});

async function unpackPackages(draft: string, progress: Progress): Promise<void> {
  const step = progress.step("Getting OpenLDAP, Debian's package slapd, once for this machine", 'ten seconds to a minute');
  const packages = join(draft, 'packages');
  try {
    await mkdir(packages);
    // A fresh image of Debian knows of no packages until it has asked; only root may.
    if (process.getuid?.() === 0) await runCommand('apt-get', ['update', '-qq'], { timeoutMs: 120_000 }).catch(() => undefined);
    const depends = await runCommand('apt-cache', ['depends', 'slapd'], { timeoutMs: 60_000 });
    const libraries = [...depends.matchAll(/Depends: (lib\S+)/g)].flatMap(([, name = '']) => (neededLibraries.test(name) ? [name] : []));
    await runCommand('apt-get', ['download', 'slapd', ...new Set(libraries)], { cwd: packages, timeoutMs: 120_000 });
    for (const name of furtherLibraries) await runCommand('apt-get', ['download', name], { cwd: packages, timeoutMs: 60_000 }).catch(() => undefined);
    step.update('unpacking');
    const root = join(draft, 'root');
    for (const name of await readdir(packages)) await runCommand('dpkg-deb', ['-x', join(packages, name), root], { timeoutMs: 60_000 });
    for (const name of await readdir(root)) await rename(join(root, name), join(draft, name));
    step.done();
  } catch (error) {
    step.skipped((error as Error).message.split('\n')[0] ?? '');
    throw error;
  }
}
