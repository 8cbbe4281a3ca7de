/** Locks of Rolewave's own, so that its processes do not change the same role or the same table at the same time. */
import { createHmac } from 'node:crypto';
import type { ClientBase } from 'pg';
import { arrayLiteral } from '../../domain/array-literal.ts';
import { arraysOf, type Wanted } from './names.ts';
import { objectsOf } from './privileges/objects.ts';

/**
 * Keeps all other processes of this installation from changing who holds these roles, or privileges on these objects, until the transaction ends, always in the same order. Anyone who may run a
 * statement in the database could hold an advisory lock whose key is known, and with it hold up every grant; so the keys follow from a secret.
 */
export async function lockRoles(client: ClientBase, roles: Wanted, secret: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(key) ${keysInOrder}`, [await lockKeys(client, roles, secret)]);
}

/** As lockRoles, without waiting: whether nobody had any of them, nor waited for one. */
export async function lockRolesIfFree(client: ClientBase, roles: Wanted, secret: string): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(`select coalesce(bool_and(pg_try_advisory_xact_lock(key)), true) as free ${keysInOrder}`, [
    await lockKeys(client, roles, secret),
  ]);
  return rows[0]?.free ?? false;
}

const keysInOrder = 'from (select key from unnest($1::bigint[]) with ordinality as keys(key, place) order by place offset 0) as k';

async function lockKeys(client: ClientBase, roles: Wanted, secret: string): Promise<string[]> {
  const objects = (await objectsOf(client, roles)).inOrder();
  const { rows } = await client.query<{ oid: string }>(
    'select oid::text as oid from pg_catalog.pg_roles where rolname = any($1::text[]::name[]) or oid = any($2::oid[]) order by pg_roles.oid',
    arraysOf(roles).map(arrayLiteral),
  );
  return [...rows.map(({ oid }) => `role ${oid}`), ...objects].map((what) => lockKey(secret, what));
}

/** A number of 64 bits, as text. */
const lockKey = (secret: string, what: string): string => createHmac('sha256', secret).update(what).digest().readBigInt64BE().toString();
