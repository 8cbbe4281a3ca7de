/** The GRANT and REVOKE statements on tables and schemas; pg quotes every identifier, and privileges are from the list of those there are. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import { privilegesOf, readPrivilege } from '../../../domain/site/postgres-privileges.ts';
import type { PrivilegeOn } from './objects.ts';

/**
 * As whom a statement is sent: GRANT and REVOKE on objects always act for the current role, or for the object's owner where that is a superuser or the owner.
 * `as`: the role to take before; absent: our login. `self`: in whose name it then stands.
 */
export interface Actor {
  as?: string;
  self: string;
  /** The role to take afterwards, as SET ROLE takes it: what the session had. */
  back: string;
}

const what = ({ object: { kind, schema, name }, privilege }: PrivilegeOn): string => {
  if (!privilegesOf[kind].includes(privilege)) throw new Error(`'${privilege}' is no privilege on a ${kind}`);
  return `${privilege} on ${kind} ${escapeIdentifier(schema)}${kind === 'table' ? `.${escapeIdentifier(name)}` : ''}`;
};
const listed = (accounts: string[]) => accounts.map((account) => escapeIdentifier(account)).join(', ');

const sentAs = ({ as, back }: Actor, statement: string): string =>
  as === undefined ? statement : `set local role ${escapeIdentifier(as)}; ${statement}; set local role ${back}`;

export const grantStatement = (on: PrivilegeOn, accounts: string[], actor: Actor, grantable = false): string =>
  sentAs(actor, `grant ${what(on)} to ${listed(accounts)}${grantable ? ' with grant option' : ''}`);

/** `restrict`: grants that others made by this one's grant option stop the revoke instead of vanishing with it. */
export const revokeStatement = (on: PrivilegeOn, accounts: string[], actor: Actor): string =>
  sentAs(actor, `revoke ${what(on)} from ${listed(accounts)} restrict`);

/**
 * Changes nothing, and has the server write the row of the object all the same, so that nobody else changes its access list, name or owner until the transaction
 * ends: nobody can have the grant option from themselves, and an owner has it without an entry.
 */
export const holdStatement = (on: PrivilegeOn, actor: Actor): string =>
  sentAs(actor, `revoke grant option for ${what(on)} from ${escapeIdentifier(actor.self)} restrict`);

/** For a person, in a fix. */
export const grantForPeople = (on: PrivilegeOn, to: string): string => {
  const [privilege = '', ...object] = what(on).split(' on ');
  return `GRANT ${privilege.toUpperCase()} ON ${object.join(' on ').replace(/^\w+/, (kind) => kind.toUpperCase())} TO ${escapeIdentifier(to)} WITH GRANT OPTION`;
};

/** For a person to paste into psql, in the database of the system: who holds the privileges, and who granted them. */
export function holdersStatement(roles: string[]): string {
  const asked = roles.toSorted().flatMap((role) => {
    const of = readPrivilege(role);
    if (!of) return [];
    const [from, acl, condition] =
      of.kind === 'table'
        ? ['pg_class o join pg_namespace n on n.oid = o.relnamespace', 'o.relacl', `n.nspname = ${text(of.schema)} and o.relname = ${text(of.name)}`]
        : ['pg_namespace o', 'o.nspacl', `o.nspname = ${text(of.schema)}`];
    return [
      `select ${text(role)} as role, m.rolname as account, g.rolname as granted_by from ${from} cross join lateral aclexplode(${acl}) a ` +
        `join pg_roles m on m.oid = a.grantee left join pg_roles g on g.oid = a.grantor where ${condition} and a.privilege_type = ${text(of.privilege.toUpperCase())} and a.grantee <> a.grantor`,
    ];
  });
  return asked.length === 0 ? '' : `${asked.join(' union all ')} order by 1, 2, 3;`;
}

const text = (value: string) => escapeLiteral(value).trim();
