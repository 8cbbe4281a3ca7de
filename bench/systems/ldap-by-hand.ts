/** By hand: OpenLDAP's own ldapmodify, with one LDIF in which all members of a group come in one modify. Nothing of the connector. */
import { readdir, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findOnPath, runCommand } from '../../provision/command.ts';
import type { Slapd } from '../../provision/find-slapd.ts';
import type { Side, Workload } from '../sides.ts';
import { administrator, groupDn, personDn, type Directory } from './directory.ts';

interface Tool {
  program: string;
  /** Folders of libraries that it needs besides the machine's. */
  libraries: string[];
}

/** Of the machine, or of Debian's package unpacked into `folder`, without installing anything. undefined: there is none; `why` is called with the reason. */
export async function findLdapmodify(slapd: Slapd, folder: string, why: (reason: string) => void): Promise<Tool | undefined> {
  const own = findOnPath('ldapmodify');
  if (own !== undefined) return { program: own, libraries: [] };
  if (findOnPath('apt-get') === undefined || findOnPath('dpkg-deb') === undefined) {
    why('there is no ldapmodify on this machine, and it is not a Debian, whose package ldap-utils could be fetched');
    return undefined;
  }
  try {
    await mkdir(folder, { recursive: true });
    await runCommand('apt-get', ['download', 'ldap-utils'], { cwd: folder, timeoutMs: 120_000 });
    for (const name of (await readdir(folder)).filter((each) => each.endsWith('.deb')))
      await runCommand('dpkg-deb', ['-x', join(folder, name), folder], { timeoutMs: 60_000 });
    return { program: join(folder, 'usr', 'bin', 'ldapmodify'), libraries: slapd.libraries };
  } catch (error) {
    why(`Debian's package ldap-utils could not be fetched: ${(error as Error).message}`);
    return undefined;
  }
}

export function byLdapmodify({ program, libraries }: Tool, { url }: Directory, home: string): Side {
  const change = async (operation: 'add' | 'delete', { packages }: Workload) => {
    const records: string[] = [];
    for (const { roles, accounts } of packages) {
      const members = accounts.map((account) => `member: ${personDn(account)}\n`).join('');
      for (const role of roles) records.push(`dn: ${groupDn(role)}\nchangetype: modify\n${operation}: member\n${members}-\n`);
    }
    const [ldif, secret] = [join(home, 'changes.ldif'), join(home, 'password')];
    await writeFile(ldif, records.join('\n'));
    // Without a line end: all of the file is the password.
    await writeFile(secret, administrator.password, { mode: 0o600 });
    await runCommand(program, ['-x', '-H', url, '-D', administrator.dn, '-y', secret, '-f', ldif], {
      env: { ...process.env, ...(libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(':') } : {}) },
      timeoutMs: 600_000,
    });
  };
  return {
    name: 'ldapmodify',
    grant: (workload) => change('add', workload),
    rollBack: (workload) => change('delete', workload),
    close: () => Promise.resolve(),
  };
}
