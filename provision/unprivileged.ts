/** PostgreSQL refuses to run as root, and a directory server should not: as root, they run as another uid, on files which that uid can reach. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, cp, lstat, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface Account {
  uid: number;
  gid: number;
}

/**
 * The account for an unprivileged server: undefined when this process itself is unprivileged. initdb looks up its user by number,
 * so it must exist on the machine: `nobody`, or otherwise the first account that is not root.
 */
export function unprivilegedAccount(passwdFile = '/etc/passwd'): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync(passwdFile, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const account = accounts.find(({ name }) => name === 'nobody') ?? accounts[0];
  if (account === undefined) {
    throw new Error(`PostgreSQL does not run as root, and ${passwdFile} has no other user: add one (\`useradd nobody\`) or run Rolewave as an ordinary user.`);
  }
  return { uid: account.uid, gid: account.gid };
}

/** Whether the account may enter this existing folder, including every folder above it. */
export function canEnter(folder: string, account: Account): boolean {
  const { uid, gid } = account;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** A substitute for `folder` outside private home folders; always the same one. */
export function reachableTwin(base: '/var/lib' | '/var/cache', folder: string, name: string): string {
  return join(base, 'rolewave', `${name}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
}

/** `dir`, or as root a substitute where the server's account cannot reach it. */
export async function reachableFolder(dir: string, account: Account | undefined, name: string): Promise<string> {
  if (account === undefined || canEnter(dir, account)) return dir;
  const twin = reachableTwin('/var/lib', dir, name);
  await mkdir(twin, { recursive: true, mode: 0o755 });
  return twin;
}

/** A folder of programs that only root may enter, such as one below root's home, is copied: once for each `version`. */
export async function reachablePrograms(folder: string, version: string, account: Account | undefined, name: string): Promise<string> {
  if (account === undefined || canEnter(folder, account)) return folder;
  const copy = reachableTwin('/var/cache', `${version} ${folder}`, name);
  const isThere = await lstat(copy).then(
    () => true,
    () => false,
  );
  if (isThere) return copy;
  const draft = `${copy}.draft-${process.pid}`;
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 });
  await cp(folder, draft, { recursive: true, verbatimSymlinks: true });
  await chmod(draft, 0o755);
  await rename(draft, copy).catch(async (error: NodeJS.ErrnoException) => {
    // Another process finished its copy first.
    await rm(draft, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return copy;
}
