/** Checks whether Rolewave can grant and revoke privileges on tables and schemas. One line per finding, for people. */
import type { ClientBase } from 'pg';
import { escapeIdentifier } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import { privilegeMistake } from '../../../domain/site/postgres-privileges.ts';
import type { CheckLine } from '../../connector.ts';
import { keepsGrantorsApart } from '../statements.ts';
import { holdings } from './holdings.ts';
import { objectOf } from './granting.ts';
import { objectsOf, unknownPrivilege, type PrivilegeOn } from './objects.ts';
import { grantersOf, meIn, type Me } from './rights.ts';
import { grantForPeople } from './statements.ts';

/** As for roles. `version`: server_version_num. */
interface Asked {
  roles: string[];
  retired: string[];
  legacy: string[];
  onlyReading: boolean;
  version: number;
}

/** Reads only. */
export async function privilegeLines(client: ClientBase, { roles, retired, legacy, onlyReading, version }: Asked): Promise<CheckLine[]> {
  if (roles.length === 0) return [];
  const objects = await objectsOf(client, { names: roles, oids: [] });
  const found = roles.flatMap((role) => objects.named(role) ?? []);
  const me = await meIn(client);
  const [granters, reachable] = [await grantersOf(client, found), await usableSchemas(client, found)];
  const foreign = onlyReading
    ? new Map<string, Foreign[]>()
    : await foreignGrants(
        client,
        me,
        found.filter(({ role }) => retired.includes(role)),
        granters,
        version,
      );
  const owners = await loginsAmong(
    client,
    found.map(({ object }) => object.owner.oid),
  );
  return roles.flatMap((role): CheckLine[] => {
    const mistake = privilegeMistake(role);
    if (mistake !== undefined) return [{ state: 'wrong', text: `'${role}' is no entitlement: it ${mistake}`, fix: 'fix the plan' }];
    const on = objects.named(role);
    if (!on)
      return [
        {
          state: 'wrong',
          text: `${objectOf(role)} does not exist in this database`,
          fix: 'create it, name the database that has it in the connection string, or fix the plan',
        },
      ];
    const unknown = unknownPrivilege(on, version);
    if (unknown !== undefined) return [{ state: 'wrong', text: unknown, fix: 'take it out of the plan' }];
    return [
      grantLine(on, me, granters.get(on.id) ?? new Set(), reachable, legacy.includes(role)),
      ...(foreign.get(on.id) ?? []).map((each) => foreignLine(on, me, each, version)),
      ...ownerLines(on, owners),
    ];
  });
}

function grantLine(on: PrivilegeOn, me: Me, granters: ReadonlySet<string>, reachable: ReadonlySet<string>, isLegacy: boolean): CheckLine {
  const { object, role } = on;
  const mayGrant = me.superuser || granters.size > 0;
  if (isLegacy && !mayGrant) return { state: 'ok', text: `${role} can be retired where Rolewave may act for those who granted it; it cannot be granted` };
  const usage = `GRANT USAGE ON SCHEMA ${escapeIdentifier(object.schema)} TO ${escapeIdentifier(me.name)}`;
  if (object.kind === 'table' && !reachable.has(object.schema))
    return { state: 'wrong', text: `Rolewave may not grant ${role}: it may not use the schema ${object.schema}`, fix: `let its owner run ${usage}` };
  const grant = grantForPeople(on, me.name);
  if (!mayGrant)
    return { state: 'wrong', text: `Rolewave may not grant ${role}: it has no grant option for it`, fix: `let ${object.owner.name}, the owner, run ${grant}` };
  if (me.superuser || object.owner.oid === me.oid || !granters.has(me.oid))
    return {
      state: 'warning',
      text: `${role} is granted in the name of ${me.superuser || granters.has(object.owner.oid) ? `${object.owner.name}, the owner,` : 'a group'} and what they grant by hand looks the same`,
      fix: `let a login of Rolewave's own, which is neither the owner nor a superuser, have the grant option: ${grant}`,
    };
  return { state: 'ok', text: `${role} can be granted and revoked` };
}

interface Foreign {
  grantor: string;
  superuser: boolean;
  accounts: number;
}

/** Grants that the plan may retire, and whose grantor's role our login may not take. */
async function foreignGrants(
  client: ClientBase,
  me: Me,
  on: PrivilegeOn[],
  granters: Map<string, Set<string>>,
  version: number,
): Promise<Map<string, Foreign[]>> {
  const held = await holdings(client, on, 'asList');
  const { rows } = await client.query<{ oid: string; superuser: boolean; may: boolean }>(
    `select oid::text as oid, rolsuper as superuser, pg_catalog.pg_has_role(current_user, oid, '${keepsGrantorsApart(version) ? 'SET' : 'MEMBER'}') as may
     from pg_catalog.pg_roles where oid = any($1::oid[])`,
    [arrayLiteral([...new Set(held.map(({ grantorId }) => grantorId))])],
  );
  const known = new Map(rows.map((row) => [row.oid, row]));
  const foreign = new Map<string, Foreign[]>();
  for (const grants of Map.groupBy(held, ({ roleId, grantorId }) => `${roleId} ${grantorId}`).values()) {
    const [one] = grants;
    const grantor = known.get(one?.grantorId ?? '');
    if (!one || !grantor) continue;
    const of = granters.get(one.roleId) ?? new Set();
    const isOwn = grantor.oid === me.oid || (of.size === 1 && of.has(grantor.oid));
    if (isOwn || grantor.may || me.superuser) continue;
    foreign.set(one.roleId, [...(foreign.get(one.roleId) ?? []), { grantor: one.grantor ?? '', superuser: grantor.superuser, accounts: grants.length }]);
  }
  return foreign;
}

const foreignLine = ({ role }: PrivilegeOn, me: Me, { grantor, superuser, accounts }: Foreign, version: number): CheckLine => ({
  state: 'warning',
  text: `${grantor} has granted ${role} to ${accounts === 1 ? 'one account' : `${accounts} accounts`}: Rolewave cannot retire such grants, because only ${grantor} can revoke them`,
  fix: superuser
    ? `let ${grantor} revoke by hand those that the plan retires`
    : `let an administrator run GRANT ${escapeIdentifier(grantor)} TO ${escapeIdentifier(me.name)}${keepsGrantorsApart(version) ? ' WITH INHERIT FALSE, SET TRUE' : ''}, or let ${grantor} revoke by hand those that the plan retires`,
});

const ownerLines = ({ object, role }: PrivilegeOn, logins: ReadonlySet<string>): CheckLine[] =>
  logins.has(object.owner.oid)
    ? [
        {
          state: 'warning',
          text: `${object.owner.name} can log in and owns ${objectOf(role)}: an owner has every privilege, which is no grant and is never retired`,
          fix: 'let it belong to a role that nobody logs in as',
        },
      ]
    : [];

async function loginsAmong(client: ClientBase, oids: string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ oid: string }>(
    'select oid::text as oid from pg_catalog.pg_roles where rolcanlogin and not rolsuper and oid = any($1::oid[])',
    [arrayLiteral([...new Set(oids)])],
  );
  return new Set(rows.map(({ oid }) => oid));
}

async function usableSchemas(client: ClientBase, on: PrivilegeOn[]): Promise<Set<string>> {
  const { rows } = await client.query<{ schema: string }>(
    `select nspname::text as schema from pg_catalog.pg_namespace where nspname = any($1::text[]::name[]) and pg_catalog.has_schema_privilege(oid, 'USAGE')`,
    [arrayLiteral([...new Set(on.map(({ object }) => object.schema))])],
  );
  return new Set(rows.map(({ schema }) => schema));
}
