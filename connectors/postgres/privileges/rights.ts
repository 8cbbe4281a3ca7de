/** Who our login is, in whose name it grants and revokes privileges, and the lock on an object's row that comes first. */
import type { ClientBase } from 'pg';
import { escapeIdentifier } from 'pg';
import { arrayLiteral } from '../../../domain/array-literal.ts';
import { tried, type Refusal } from '../batches.ts';
import { LostRace, type Turn } from '../effect.ts';
import type { Named } from '../names.ts';
import { inOrderOfObjects, type Objects, type PrivilegeOn } from './objects.ts';
import { holdStatement, type Actor } from './statements.ts';

export interface Me extends Named {
  superuser: boolean;
  /** What SET ROLE takes to come back to it. */
  back: string;
}

export async function meIn(client: ClientBase): Promise<Me> {
  const {
    rows: [row],
  } = await client.query<{ oid: string; name: string; superuser: boolean; role: string }>(
    `select oid::text as oid, rolname::text as name, rolsuper as superuser, pg_catalog.current_setting('role') as role from pg_catalog.pg_roles where rolname = current_user`,
  );
  if (!row) throw new Error('PostgreSQL does not show the login that Rolewave is signed in as');
  const { oid, name, superuser, role } = row;
  return { oid, name, superuser, back: role === 'none' ? 'none' : escapeIdentifier(role) };
}

/** Of these roles, by oid, the superusers: they do everything on objects in the name of the owner. */
export async function superusersAmong(client: ClientBase, oids: Iterable<string>): Promise<Set<string>> {
  const { rows } = await client.query<{ oid: string }>('select oid::text as oid from pg_catalog.pg_roles where rolsuper and oid = any($1::oid[])', [
    arrayLiteral([...new Set(oids)]),
  ]);
  return new Set(rows.map(({ oid }) => oid));
}

/** By the id of each: the roles whose rights our login has and that may grant it, by oid: the owner, and those with the grant option. */
export async function grantersOf(client: ClientBase, on: PrivilegeOn[]): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ id: string; granters: string[] }>(
    `select w.id, array(select c.oid::text from (select o.owner as oid union select a.grantee from pg_catalog.aclexplode(o.acl) a
         where a.is_grantable and pg_catalog.lower(a.privilege_type) = w.privilege) c where pg_catalog.pg_has_role(current_user, c.oid, 'USAGE')) as granters
     from unnest($1::text[], $2::text[], $3::oid[], $4::text[]) as w(id, kind, oid, privilege) join lateral (
       select c.relowner as owner, c.relacl as acl from pg_catalog.pg_class c where w.kind = 'table' and c.oid = w.oid
       union all select n.nspowner, n.nspacl from pg_catalog.pg_namespace n where w.kind = 'schema' and n.oid = w.oid) o on true`,
    [on.map(({ id }) => id), on.map(({ object }) => object.kind), on.map(({ object }) => object.oid), on.map(({ privilege }) => privilege)].map(arrayLiteral),
  );
  return new Map(rows.map(({ id, granters }) => [id, new Set(granters)]));
}

/** As our login: a superuser acts for the owner. */
export const asMe = ({ name, superuser, back }: Me, { object }: PrivilegeOn): Actor => ({ self: superuser ? object.owner.name : name, back });

/**
 * So that the server revokes what this grantor granted. It takes no other name than that of the current role (GRANTED BY names that one only), and so the
 * grantor's role is taken for the statement; unless the server would choose them by itself.
 */
export function inNameOf(me: Me, grantor: Named, on: PrivilegeOn, granters: ReadonlySet<string>, superusers: ReadonlySet<string>): Actor {
  const { owner } = on.object;
  const isChosen = me.superuser ? grantor.oid === owner.oid : granters.has(me.oid) ? grantor.oid === me.oid : granters.size === 1 && granters.has(grantor.oid);
  if (isChosen) return asMe(me, on);
  return { as: grantor.name, self: superusers.has(grantor.oid) ? owner.name : grantor.name, back: me.back };
}

/**
 * Where one of these objects has another name now. Asked under the lock, and once more after the statements, which name the schema: that is not under the lock, and
 * its name may have been given to another one, with a table of the same name.
 */
export function refuseRenamed(on: PrivilegeOn[], now: Objects): void {
  if (on.some(({ id, role }) => now.ofId(id)?.role !== role)) throw new LostRace('tables or schemas were changed at the same time');
}

export interface Holding {
  on: PrivilegeOn;
  actor: Actor;
}

export const holdingKey = ({ on, actor }: Holding): string => JSON.stringify([on.id, actor]);

/**
 * From here on nobody else changes the access lists, names and owners of these objects, so that what is read is what the statements find. Answers, by
 * `holdingKey`, those that the server refuses: our login, or the role that it would take, has no right to grant.
 */
export async function holdObjects({ client }: Turn, holdings: Holding[]): Promise<Map<string, Refusal>> {
  const refused = new Map<string, Refusal>();
  const each = new Map(inOrderOfObjects(holdings, ({ on }) => on).map((holding) => [holdingKey(holding), holding]));
  for (const [key, { on, actor }] of each) {
    const refusal = await tried(client, holdStatement(on, actor));
    if (refusal) refused.set(key, refusal);
  }
  return refused;
}
