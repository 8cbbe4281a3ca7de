/** PostgreSQL refuses to run as root: as root, its processes run as another uid, on files which that uid can reach. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

export interface Account {
  uid: number;
  gid: number;
}

/** The account to run an unprivileged server under: undefined when this process itself is unprivileged. */
export function unprivilegedAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    // No such name on this machine: any uid that is not root's does, and this one belongs to nobody by convention.
    return { uid: 65534, gid: 65534 };
  }
}

/** Whether the account may enter this existing folder: every folder above it counts as well. */
export function canEnter(folder: string, account: Account): boolean {
  const { uid, gid } = account;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** A place outside of private home folders that stands for `folder`, always the same one. */
export function reachableTwin(base: '/var/lib' | '/var/cache', folder: string, name: string): string {
  return join(base, 'rolewave', `${name}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
}
