/** PostgreSQL, of every version that this machine has: 18 is from npm and always there, older ones where `npm run servers:older` has put them. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { olderVersions, whereBinariesAre } from '../older-postgres.ts';
import { removePostgres, startPostgres } from '../postgres.ts';
import { people, roles, type Peer } from './peer.ts';

const database = 'erp';
/** Not `rolewave`: docs/first-wave.md creates that one, perhaps here. */
const login = 'rolewave_svc';
const newest = 18;
const dirIn = (home: string, version: number) => join(home, `postgres-${version}`);
const usualPort = 5440;

export const postgresOf = (version: number): Peer => ({
  name: `PostgreSQL ${version}`,
  remove: (home) => removePostgres(dirIn(home, version)),
  start: async ({ home, progress, onStart }) => {
    const variable = version === newest ? 'ERP_DATABASE_URL' : `ERP_${version}_DATABASE_URL`;
    const binaries = version === newest ? undefined : binariesOf(version);
    if (version !== newest && binaries === undefined) return { missing: 'npm run servers:older gets it' };
    const server = await startPostgres({
      dir: dirIn(home, version),
      port: usualPort + newest - version,
      databases: [database],
      ...(binaries === undefined ? {} : { other: { version, binaries } }),
      progress,
    });
    onStart(`PostgreSQL ${version}`, server);
    const url = server.urlOf(database);
    const password = await fill(url);
    return {
      logins: [
        {
          what: `grants ${roles.map(({ name }) => name).join(' and ')}`,
          connectionString: Object.assign(new URL(url), { username: login, password }).href,
          variable,
          site: [`- id: ${version === newest ? 'erp' : `erp-${version}`}`, '  kind: postgres', `  connection: { env: ${variable} }`],
        },
        { what: 'administrator', connectionString: url },
      ],
    };
  },
});

function binariesOf(version: number): string | undefined {
  const file = olderVersions.filter((each) => each.startsWith(`${version}.`)).map(whereBinariesAre)[0];
  return file !== undefined && existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/** Creates what is missing, and gives Rolewave's login a new password, which is the answer. */
async function fill(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles');
    const known = new Set(rows.map(({ rolname }) => rolname));
    const name = (text: string) => client.escapeIdentifier(text);
    for (const account of [login, ...people]) if (!known.has(account)) await client.query(`create role ${name(account)} login`);
    for (const role of roles) {
      const isNew = !known.has(role.name);
      if (isNew) await client.query(`create role ${name(role.name)} nologin`);
      if (isNew || !known.has(login)) await client.query(`grant ${name(role.name)} to ${name(login)} with admin option`);
      if (!isNew) continue;
      await client.query(`comment on role ${name(role.name)} is ${client.escapeLiteral(role.about)}`);
      for (const account of role.holders) await client.query(`grant ${name(role.name)} to ${name(account)}`);
    }
    const password = randomBytes(12).toString('base64url');
    await client.query(`alter role ${name(login)} password ${client.escapeLiteral(password)}`);
    return password;
  } finally {
    await client.end();
  }
}
