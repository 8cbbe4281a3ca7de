/** Reads from a PostgreSQL which roles exist and who holds which. The connection is read-only. */
import { DatabaseError } from 'pg';
import type { PoolClient } from 'pg';
import type { RoleContent } from '../connectors/connector.ts';
import { exampleString, openPgSession } from '../clients/postgres/session.ts';
import { NotConnected } from '../domain/connection-failure.ts';
import { SystemUnavailable } from '../domain/system-unavailable.ts';
import { grantsOf } from '../connectors/postgres/memberships.ts';
import { serverNumber } from '../connectors/postgres/place.ts';
import { privilegesOfPeople } from '../connectors/postgres/privileges/holdings.ts';
import { entitlementsOf } from '../connectors/postgres/reading.ts';
import { absentRole } from '../connectors/postgres/role-content.ts';
import { CannotRead, type WhatIsThere, type ReaderHere } from './found-system.ts';

export const postgresReader = (connectionString: string): ReaderHere => ({
  read: () => readDatabase(connectionString),
  privileges: async (role) => (await readRole(connectionString, role)).privileges,
});

/** Its roles without those of PostgreSQL itself (pg_…); of the grants, those that the session's login may administer are left out. */
function readDatabase(connectionString: string): Promise<WhatIsThere> {
  return reading(connectionString, async (client) => {
    const { rows: servers } = await client.query<{ version: string; name: string; login: string }>(
      `select split_part(current_setting('server_version'), ' ', 1) as version, current_database()::text as name, r.rolname::text as login
       from pg_catalog.pg_roles r where r.rolname = current_user`,
    );
    const server = servers[0];
    if (!server) throw new CannotRead('refused', 'PostgreSQL does not show the login of this session.');
    const { rows } = await client.query<{ name: string; login: boolean; superuser: boolean; comment: string | null }>(
      `select rolname::text as name, rolcanlogin as login, rolsuper as superuser, pg_catalog.shobj_description(oid, 'pg_authid') as comment
       from pg_catalog.pg_roles where rolname !~ '^pg_' order by rolname collate "C"`,
    );
    const roles = rows.map(({ comment, ...role }) => ({ ...role, ...(comment ? { comment } : {}) }));
    const given = await privilegesOfPeople(client);
    return {
      name: server.name,
      product: `PostgreSQL ${server.version}`,
      login: server.login,
      roles: [...roles, ...[...new Set(given.map(({ role }) => role))].map((name) => ({ name, login: false, superuser: false, isPrivilege: true as const }))],
      grants: [...(await grantsOf(client, { names: roles.map(({ name }) => name), oids: [] }, await serverNumber(client))), ...given],
      site: { kind: 'postgres' },
    };
  });
}

function readRole(connectionString: string, role: string): Promise<RoleContent> {
  return reading(connectionString, async (client) => {
    const asked = { roles: [role], roleIds: [], grantsOnly: false, version: await serverNumber(client) };
    const [content] = (await entitlementsOf(client, asked)).roles;
    return content ?? absentRole(role);
  });
}

async function reading<T>(connectionString: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const session = opened(connectionString);
  try {
    return await session.transaction('read only', async (client) => {
      await client.query('set local search_path = pg_catalog, pg_temp');
      return work(client);
    });
  } catch (error) {
    throw cannotRead(error);
  } finally {
    await session.close();
  }
}

function opened(connectionString: string) {
  try {
    return openPgSession({ connectionString, applicationName: 'rolewave discover', connections: 1, readOnly: true });
  } catch {
    // Without the cause: it may repeat the password.
    throw new CannotRead('mistaken', `That is not the connection string of a PostgreSQL database; write one such as ${exampleString}.`);
  }
}

function cannotRead(error: unknown): CannotRead {
  if (error instanceof CannotRead) return error;
  // Here a person waits for the answer: what a worker tries again, such as a wrong password, the person can fix now.
  const said = error instanceof SystemUnavailable ? error.cause : error;
  if (!(said instanceof DatabaseError || said instanceof NotConnected))
    return new CannotRead(
      'unreachable',
      error instanceof SystemUnavailable ? `${error.message}.` : `PostgreSQL could not be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  const advice: Record<string, string> = {
    '28P01': 'The password is wrong for this login',
    '28000': 'The server’s pg_hba.conf does not let this login in from here; change it there',
    '3D000': 'Write the name of an existing database at the end of the connection string',
    '42501': 'Ask an administrator to GRANT CONNECT ON DATABASE to this login',
  };
  const fix = advice[said.code ?? ''];
  if (error instanceof SystemUnavailable && fix === undefined) return new CannotRead('unreachable', `${error.message}.`);
  return new CannotRead(
    'refused',
    `PostgreSQL refused${said instanceof NotConnected ? ' the connection' : ''}: ${said.message}. ${fix ?? 'Fix that and run it again'}.`,
  );
}
