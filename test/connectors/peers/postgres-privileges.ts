/** PostgreSQL as a peer of the contract suite whose entitlements are privileges on tables or schemas. Their owner is neither Rolewave nor the other administrator. */
import { escapeIdentifier } from 'pg';
import { privilegeName, readPrivilege } from '../../../domain/site/postgres-privileges.ts';
import type { Peer } from '../peer.ts';
import { openPostgresPeer } from './postgres.ts';

/** `binaries`: of the version; undefined: the server of the tests. */
export async function postgresPrivilegesPeer(kind: 'table' | 'schema', binaries?: string): Promise<Peer> {
  const { peer, system } = await openPostgresPeer(binaries);
  const { logins, svc, kim } = system;
  const [owner, heir] = [logins.of('erp_owner'), logins.of('erp_heir')];
  await logins.role(owner);
  await logins.role(heir);
  const schema = logins.of('erp');
  await logins.admin(`create schema "${schema}" authorization "${owner}"; grant usage on schema "${schema}" to "${svc}", "${kim}"`);
  const schemas = new Set([schema]);
  let count = 0;
  const next = () => `${logins.of('invoices')}_${(count += 1)}`;
  const nameOf = (name: string) => privilegeName(kind === 'table' ? { kind, schema, name, privilege: 'select' } : { kind, schema: name, privilege: 'usage' });
  const objectOf = (role: string): { name: string; sql: string; privilege: string } => {
    const of = readPrivilege(role);
    if (!of) throw new Error(`'${role}' is no privilege`);
    const name = of.kind === 'table' ? of.name : of.schema;
    return { name, privilege: of.privilege, sql: of.kind === 'table' ? `table "${of.schema}"."${name}"` : `schema "${name}"` };
  };
  const create = async (name: string) => {
    const { sql, privilege } = objectOf(nameOf(name));
    await logins.admin(
      `create ${kind === 'table' ? `${sql} (number int)` : sql}; alter ${sql} owner to "${owner}"; set role "${owner}"; grant ${privilege} on ${sql} to "${svc}", "${kim}" with grant option; reset role`,
    );
    schemas.add(kind === 'schema' ? name : schema);
  };
  /** DROP OWNED revokes only what the owner granted, and a login that holds more cannot be dropped. */
  const revokeOthers = async (account: string) => {
    const held = await logins.admin<{ grantor: string; sql: string }>(
      `select distinct a.grantor::regrole::text as grantor, o.sql from (
         select relacl as acl, 'table ' || oid::regclass as sql from pg_class where relnamespace::regnamespace::text like $2
         union all select nspacl, 'schema ' || oid::regnamespace from pg_namespace where nspname like $2) o
       cross join lateral aclexplode(o.acl) a where a.grantee = $1::regrole`,
      [escapeIdentifier(account), `%${logins.of('')}%`],
    );
    for (const { grantor, sql } of held) await logins.admin(`set role ${grantor}; revoke all on ${sql} from ${escapeIdentifier(account)} cascade; reset role`);
  };
  const drop = (role: string) => logins.admin(`drop ${objectOf(role).sql}`);
  return {
    ...peer,
    role: async () => {
      const name = next();
      await create(name);
      return nameOf(name);
    },
    grant: (role, account) => logins.as(kim, `grant ${objectOf(role).privilege} on ${objectOf(role).sql} to "${account}"`),
    revokeAll: async (role, account) => {
      const { sql, privilege } = objectOf(role);
      for (const { grantor } of await system.heldBy(role, account))
        await logins.admin(`set role ${escapeIdentifier(grantor ?? '')}; revoke ${privilege} on ${sql} from "${account}" cascade; reset role`);
    },
    rename: async (what, name) => {
      if (what === 'account') return peer.rename(what, name);
      const now = next();
      await logins.admin(`alter ${objectOf(name).sql} rename to "${now}"`);
      schemas.add(kind === 'schema' ? now : schema);
      return nameOf(now);
    },
    drop: async (what, name) => {
      if (what === 'role') return void (await drop(name));
      await revokeOthers(name);
      await peer.drop(what, name);
    },
    recreate: async (what, name) => {
      if (what === 'account') {
        await revokeOthers(name);
        return peer.recreate(what, name);
      }
      await drop(name);
      await create(objectOf(name).name);
    },
    widen: async (role) =>
      void (await logins.admin(kind === 'table' ? `alter ${objectOf(role).sql} add column amount numeric` : `alter ${objectOf(role).sql} owner to "${heir}"`)),
    close: async () => {
      for (const each of schemas) await logins.admin(`drop schema if exists "${each}" cascade`);
      await peer.close();
    },
  };
}
