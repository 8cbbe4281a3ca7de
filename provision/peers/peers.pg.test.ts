/** `npm run peers` as a person runs it: every printed login works, Rolewave can work with every printed entry of a site file, and all servers end with it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as LdapClient } from 'ldapts';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConnectionString } from '../../connectors/ldap/settings.ts';
import { openSystem } from '../../connectors/registry.ts';
import { site, type SiteChange } from '../../test/support/site.ts';
import { peers } from './list.ts';

const home = await mkdtemp(join(tmpdir(), 'rolewave-peers-'));
// As root, the servers run as another user, who must be able to reach their files.
await chmod(home, 0o755);
afterAll(async () => {
  for (const peer of peers) await peer.remove(join(home, 'peers'));
  await rm(home, { recursive: true, force: true });
});

// Keycloak alone takes half a minute to start; where it was never fetched, minutes.
test('prints logins that work, and ends all servers when it is interrupted', { timeout: 600_000 }, async () => {
  const command = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: { ...process.env, ROLEWAVE_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let trouble = '';
  let whenLastBegan: string | undefined;
  command.stderr.on('data', (text: Buffer) => {
    trouble += text.toString();
    if (/Starting Keycloak/.test(trouble)) whenLastBegan ??= said;
  });
  const siteFile = () => /^systems:\n(?: .*\n)+/m.exec(said)?.[0];
  const isReady = new Promise<void>((resolve, reject) => {
    command.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (siteFile() !== undefined) resolve();
    });
    command.once('exit', () => reject(new Error(`it ended before it was ready:\n${said}${trouble}`)));
  });
  try {
    await isReady;
    for (const { name } of peers) expect(said).toContain(name);
    // One that starts at once can be tried while the last one, which takes longest, still starts.
    if (whenLastBegan !== undefined) expect(whenLastBegan).toMatch(/^PostgreSQL 18\n {2}postgres:\/\//m);
    const running = peers.filter(({ name }) => !said.includes(`${name}: not on this machine`));
    const logins = [...said.matchAll(/^ {2}((?:postgres|ldap|http):\/\/\S+)$/gm)].map(([, login = '']) => login);
    expect(logins).toHaveLength(2 * running.length);
    for (const login of logins) await signsIn(login);
    await runs(logins[1] ?? '', "create role rolewave login password 'choose-a-password'; grant fin_close to rolewave; drop role rolewave");

    const env = Object.fromEntries([...said.matchAll(/^ {2}export (\w+)='(.*)'$/gm)].map(([, name = '', value]) => [name, value]));
    const { systems } = site(parse(siteFile() ?? '') as SiteChange);
    expect(systems).toHaveLength(running.length);
    for (const system of systems) {
      const connector = await openSystem(system, env);
      try {
        const roles = ['fin_close', 'fin_old'].map((role) => (system.kind === 'keycloak' ? `/${role}` : role));
        const { lines } = await connector.check(roles);
        expect({ id: system.id, wrong: lines.filter(({ state }) => state === 'wrong') }).toEqual({ id: system.id, wrong: [] });
        const { grants } = await connector.snapshot(roles, []);
        expect(grants.map(({ role, account }) => `${account} ${role}`).toSorted()).toEqual(
          ['eva.berg', 'jonas.lund', 'mira.holm'].map((account) => `${account} ${roles[1]}`),
        );
      } finally {
        await connector.close();
      }
    }
  } finally {
    // One that has ended by itself has failed already, with its words.
    if (command.exitCode === null && command.signalCode === null) {
      const ended = once(command, 'exit');
      command.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
    }
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
  if (login.startsWith('http')) return signsInByHttp(new URL(login));
  const { host, port, bindDn, password } = readConnectionString(login, 'none');
  const client = new LdapClient({ url: `ldap://${host}:${port}` });
  await client.bind(bindDn, password);
  const { searchEntries } = await client.search('cn=fin_old,ou=groups,dc=example,dc=com', { scope: 'base', attributes: ['member'] });
  expect(searchEntries[0]?.['member']).toContain('uid=eva.berg,ou=people,dc=example,dc=com');
  return client.unbind();
}

/** As docs/first-wave.md has a reader create the login there. */
async function runs(login: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: login });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function signsInByHttp({ origin, pathname, username, password }: URL): Promise<void> {
  const realm = /^\/realms\/(.+)$/.exec(pathname)?.[1];
  const token = realm === undefined ? password : await keycloakToken(origin, realm, username, password);
  const address = realm === undefined ? `${origin}${pathname}/Groups` : `${origin}/admin/realms/company/groups`;
  const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.text()).toContain('fin_old');
  const stranger = await fetch(address, { headers: { authorization: 'Bearer another' } });
  expect(stranger.status).toBeGreaterThanOrEqual(400);
}

async function keycloakToken(origin: string, realm: string, username: string, password: string): Promise<string> {
  const isPerson = realm === 'master';
  const answer = await fetch(`${origin}/realms/${realm}/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams(
      isPerson
        ? { grant_type: 'password', client_id: 'admin-cli', username, password }
        : { grant_type: 'client_credentials', client_id: username, client_secret: password },
    ),
  });
  const { access_token: token = '' } = (await answer.json()) as { access_token?: string };
  return token;
}
