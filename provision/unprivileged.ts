/** PostgreSQL refuses to run as root: as root, its processes run as another uid, on files which that uid can reach. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

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
