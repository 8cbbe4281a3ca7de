/**
 * PostgreSQL as a system: an entitlement is a role, an account is a login role, and a grant is a membership in pg_auth_members.
 *
 * A grant counts when the account holds the role directly; access through a group role belongs to the group.
 * From version 16 on, the server keeps grants of the same (role, account) by different grantors separate, and so does this connector. On older
 * servers there is at most one grant, and its grantor is checked before anything is revoked.
 */
import type { PoolClient } from 'pg';
import type { ActualGrant, Connector, ConnectorKind, GrantOutcome, RevokeOutcome } from '../connector.ts';
import { exampleString, openPgSession, type PgSessionOptions } from '../../clients/postgres/session.ts';
import { systemKinds } from '../../domain/plan/system-kinds.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { checkLines } from './check.ts';
import { grantsOf, holdings, passedOnTo } from './memberships.ts';
import { lostRace, refusal } from './refusals.ts';
import { absentRole, roleContents } from './role-content.ts';
import { runningJobs } from './running.ts';
import { openSessions } from './sessions.ts';
import { usedByStatement } from './usage.ts';
import { grantStatement, keepsGrantorsApart, membersStatement, optionMistake, revokeStatement } from './statements.ts';

export const postgres: ConnectorKind<{ readOnly: boolean }> = {
  connectionString: exampleString,
  open: ({ readOnly }, connectionString) => postgresConnector({ connectionString, readOnly }),
};

const attempts = 3;

/** Throws when the connection string cannot be read; connects at first use. */
export function postgresConnector(options: PgSessionOptions): Connector {
  const session = openPgSession(options);

  /** Changes one (role, account), exclusively among all Rolewave processes; retried when another administrator's change came first. */
  async function exclusively<T>(role: string, account: string, work: (client: PoolClient, server: Server) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await session.transaction('read write', async (client) => {
          await client.query(`set local search_path = pg_catalog, pg_temp`);
          await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`rolewave grant ${JSON.stringify([role, account])}`]);
          return work(client, await serverOf(client));
        });
      } catch (error) {
        if (!lostRace(error)) throw error;
        if (attempt === attempts) throw new SystemUnavailable(`another administrator keeps changing the grants of role '${role}'; try again`, { cause: error });
      }
    }
  }

  return {
    kind: 'postgres',
    identity: () => session.transaction('read only', async (client) => (await serverOf(client)).identity),
    check: (roles) => session.transaction('read only', (client) => checkLines(client, roles, options.readOnly)),
    snapshot: (roles, accounts, signal) =>
      session.transaction(
        'read only',
        async (client) => {
          await client.query('set local search_path = pg_catalog, pg_temp');
          const { version } = await serverOf(client);
          const asked = roles.filter(isName);
          const contents = new Map((await roleContents(client, asked, version)).map((content) => [content.role, content]));
          const known = await logins(client, accounts.filter(isName));
          return {
            roles: roles.map((role) => contents.get(role) ?? absentRole(role)),
            grants: await grantsOf(client, asked),
            unknownAccounts: accounts.filter((account) => !known.has(account)),
          };
        },
        signal,
      ),
    running: (accounts) => session.transaction('read only', (client) => runningJobs(client, accounts.filter(isName))),
    usage: (query, signal) => session.transaction('read only', (client) => usedByStatement(client, query), signal),
    lastUse: (_roles, accounts, sinceMs) => session.transaction('read only', (client) => openSessions(client, accounts.filter(isName), sinceMs)),
    grant: (role, account, wanted = {}) => answered(() => grant(role, account, wanted)),
    revoke: (grant) => answered(() => revoke(grant)),
    restore: (grant) => answered(() => restore(grant)),
    checkStatement: membersStatement,
    close: () => session.close(),
  };

  async function grant(role: string, account: string, wanted: Record<string, boolean>): Promise<GrantOutcome> {
    return exclusively(role, account, async (client, { identity, version }) => {
      const missing = await missingName(client, role, account, { login: true });
      if (missing) return failed(missing);
      const held = await holdings(client, role, account);
      const grant = preferring(identity, held);
      if (grant) return { outcome: 'preexisting', grant };
      const mistake = optionMistake(wanted, version);
      if (mistake) return failed(mistake);
      await client.query(grantStatement({ role, account, options: wanted }, version));
      return created(client, role, account, identity);
    });
  }

  async function revoke(grant: ActualGrant): Promise<RevokeOutcome> {
    const { role, account, grantor } = grant;
    return exclusively(role, account, async (client, { identity, version }) => {
      const held = await holdings(client, role, account);
      if (held.length === 0) return { outcome: 'gone' };
      if (grantor === undefined) return failed('the record does not say who gave this grant, so it was left; revoke it by hand if it must go');
      const ours = held.find((holding) => holding.grantor === grantor);
      if (!ours && keepsGrantorsApart(version)) return { outcome: 'gone' };
      if (!ours) return failed(`granted by ${held[0]?.grantor ?? 'a login that no longer exists'}, not by ${grantor === identity ? 'us' : grantor}`);
      const keepsAdmin = held.some((holding) => holding !== ours && holding.options['admin']);
      const passedOn = keepsGrantorsApart(version) && !keepsAdmin ? await passedOnTo(client, role, account) : [];
      if (passedOn.length > 0) return failed(`${account} has passed this role on to ${listed(passedOn)}: revoke those first, nothing was revoked`);
      await client.query(revokeStatement(keepsGrantorsApart(version) ? ours : { role, account, options: {} }));
      const left = (await holdings(client, role, account)).some((holding) => holding.grantor === grantor);
      return left ? failed(`PostgreSQL did not revoke the grant by ${grantor}; revoke it by hand as ${grantor}`) : { outcome: 'revoked' };
    });
  }

  async function restore(grant: ActualGrant): Promise<GrantOutcome> {
    const { role, account, grantor, options: wanted } = grant;
    return exclusively(role, account, async (client, { identity, version }) => {
      const missing = await missingName(client, role, account, { login: false });
      if (missing) return failed(missing);
      const held = await holdings(client, role, account);
      const same = held.find((holding) => holding.grantor === grantor) ?? (keepsGrantorsApart(version) ? undefined : held[0]);
      if (same) return { outcome: 'preexisting', grant: same };
      const mistake = optionMistake(wanted, version);
      if (mistake) return failed(mistake);
      if (grantor !== undefined && (await tried(client, grantStatement(grant, version)))) return created(client, role, account, grantor);
      const other = preferring(identity, held);
      if (other)
        return { outcome: 'preexisting', grant: other, note: `${account} already has this role again, granted by ${other.grantor ?? 'another login'}` };
      await client.query(grantStatement({ role, account, options: wanted }, version));
      const restored = await created(client, role, account, identity);
      return restored.outcome === 'failed' || restored.grant.grantor === grantor
        ? restored
        : {
            ...restored,
            note: `restored by ${restored.grant.grantor ?? identity}, because Rolewave may not grant in the name of ${grantor ?? 'its former grantor'}`,
          };
    });
  }
}

interface Server {
  identity: string;
  version: number;
}

/** From 16 on, the grantor of a superuser's grants is the bootstrap superuser, whose oid is 10. */
async function serverOf(client: PoolClient): Promise<Server> {
  const {
    rows: [server],
  } = await client.query<Server>(`
    with server as (select current_setting('server_version_num')::int as version)
    select g.rolname::text as identity, server.version
    from server join pg_catalog.pg_roles me on me.rolname = current_user join pg_catalog.pg_roles g on g.oid = case when me.rolsuper and server.version >= 160000 then 10 else me.oid end`);
  if (!server) throw new Error('PostgreSQL does not show the login that Rolewave is signed in as');
  return server;
}

/** Returns refusals by the system as answers; throws temporary failures and our own mistakes. */
async function answered<T>(work: () => Promise<T>): Promise<T | { outcome: 'failed'; why: string }> {
  try {
    return await work();
  } catch (error) {
    const why = refusal(error);
    if (why === undefined) throw error;
    return failed(why);
  }
}

/** Runs a statement that the server may refuse, and keeps the transaction usable; false when it was refused. */
async function tried(client: PoolClient, statement: string): Promise<boolean> {
  await client.query('savepoint as_before');
  try {
    await client.query(statement);
    return true;
  } catch (error) {
    if (refusal(error) === undefined || lostRace(error)) throw error;
    await client.query('rollback to savepoint as_before');
    return false;
  }
}

/** Reads a grant back right after it was made: the server decides its grantor and its options. */
async function created(client: PoolClient, role: string, account: string, grantor: string): Promise<GrantOutcome> {
  const grant = preferring(grantor, await holdings(client, role, account));
  return grant ? { outcome: 'created', grant } : failed('PostgreSQL accepted the grant and does not show it');
}

/** What prevents granting (role, account), found before the server is asked; undefined: nothing. The server would cut longer names, which might then name another role. */
async function missingName(client: PoolClient, role: string, account: string, must: { login: boolean }): Promise<string | undefined> {
  if (!isName(role)) return `'${role}' cannot be the name of a role: fix the plan`;
  if (!isName(account)) return `'${account}' cannot be the name of an account: fix the plan`;
  const { rows } = await client.query<{ name: string; login: boolean }>(
    'select rolname::text as name, rolcanlogin as login from pg_roles where rolname = any($1::text[])',
    [[role, account]],
  );
  if (!rows.some(({ name }) => name === role)) return `role '${role}' does not exist: create it in the system, or fix the plan`;
  const found = rows.find(({ name }) => name === account);
  if (!found) return `account '${account}' does not exist: create the login, or fix the plan`;
  if (must.login && !found.login) return `'${account}' may not log in (a group role, or a locked login): name the person's own login in the plan`;
  return undefined;
}

async function logins(client: PoolClient, accounts: string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>('select rolname::text as name from pg_roles where rolcanlogin and rolname = any($1::text[])', [
    accounts,
  ]);
  return new Set(rows.map(({ name }) => name));
}

const isName = (name: string) => name !== '' && systemKinds.postgres.nameMistake(name) === undefined;
/** The holding by `grantor`, else the first; undefined when there is none. */
const preferring = (grantor: string, held: ActualGrant[]): ActualGrant | undefined => held.find((holding) => holding.grantor === grantor) ?? held[0];
const failed = (why: string) => ({ outcome: 'failed', why }) as const;
const listed = (names: string[]) => (names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', '));
