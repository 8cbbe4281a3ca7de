/** `npm run peers` as a person runs it: every printed login works, and all servers end with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as LdapClient } from 'ldapts';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { readConnectionString } from '../../connectors/ldap/settings.ts';
import { peers } from './list.ts';

const home = await mkdtemp(join(tmpdir(), 'rolewave-peers-'));
// As root, the servers run as another user, who must be able to reach their files.
await chmod(home, 0o755);
afterAll(async () => {
  for (const peer of peers) await peer.remove(join(home, 'peers'));
  await rm(home, { recursive: true, force: true });
});

test('prints logins that work, and ends all servers when it is interrupted', async () => {
  const command = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...process.env, ROLEWAVE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let trouble = '';
  command.stderr.on('data', (text: Buffer) => (trouble += text.toString()));
  const isReady = new Promise<void>((resolve, reject) => {
    command.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('rolewave init')) resolve();
    });
    command.once('exit', () => reject(new Error(`it ended before it was ready:\n${said}${trouble}`)));
  });
  try {
    await isReady;
    for (const { name } of peers) expect(said).toContain(name);
    const logins = [...said.matchAll(/^ {2}((?:postgres|ldap):\/\/\S+)$/gm)].map(([, login = '']) => login);
    expect(logins.length).toBeGreaterThanOrEqual(2);
    for (const login of logins) await signsIn(login);
  } finally {
    const ended = once(command, 'exit');
    command.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  }
  // Each server that runs has a record beside its files.
  const left = await readdir(join(home, 'peers'), { recursive: true });
  expect(left.filter((path) => path.endsWith('server.json'))).toEqual([]);
});

async function signsIn(login: string): Promise<void> {
  if (login.startsWith('postgres')) {
    const client = new pg.Client({ connectionString: login });
    await client.connect();
    const { rows } = await client.query("select m.rolname from pg_auth_members a join pg_roles m on m.oid = a.member where a.roleid = 'fin_old'::regrole");
    expect(rows).toEqual(expect.arrayContaining([{ rolname: 'eva.berg' }]));
    return client.end();
  }
  const { host, port, bindDn, password } = readConnectionString(login, 'none');
  const client = new LdapClient({ url: `ldap://${host}:${port}` });
  await client.bind(bindDn, password);
  const { searchEntries } = await client.search('cn=fin_old,ou=groups,dc=example,dc=com', { scope: 'base', attributes: ['member'] });
  expect(searchEntries[0]?.['member']).toContain('uid=eva.berg,ou=people,dc=example,dc=com');
  return client.unbind();
}
