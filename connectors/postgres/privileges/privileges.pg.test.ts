/** What is peculiar to privileges, beyond the contract that they share with memberships, on every version of PostgreSQL that is installed here. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type {} from '../../../test/support/provided.ts';
import { everyVersion, startOlderServer } from '../../../test/support/older-postgres.ts';
import { oneByOne, unrecorded } from '../../../test/support/one-by-one.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../../test/support/pg-system.ts';
import { postgresConnector } from '../connector.ts';

describe.each(everyVersion)('privileges on PostgreSQL $version $missing', ({ version, binaries, missing }) => {
  describe.skipIf(missing !== '')('where it is installed', () => {
    let system: PgSystem;
    let stop: (() => Promise<void>) | undefined;
    let owner: string;
    let schema: string;
    let count = 0;

    beforeAll(async () => {
      const server = binaries === undefined ? undefined : await startOlderServer(binaries);
      stop = server?.stop;
      system = await openPgSystem(server?.url ?? inject('postgresUrl'));
      const { logins, svc, kim } = system;
      [owner, schema] = [logins.of('erp_owner'), logins.of('erp')];
      await logins.role(owner);
      await logins.admin(`create schema "${schema}" authorization "${owner}"; grant usage on schema "${schema}" to "${svc}", "${kim}"`);
    });
    afterAll(async () => {
      if (system) await system.logins.admin(`drop schema if exists "${schema}" cascade; revoke "${system.kim}" from "${system.svc}"`);
      await system?.close();
      await stop?.();
    });

    const asOwner = (sql: string) => system.logins.admin(`set role "${owner}"; ${sql}; reset role`);
    /** A new table on which Rolewave and Kim may grant; `sql` names it. */
    async function table(what = 'select', columns = 'number int, amount int') {
      const name = `invoices_${(count += 1)}`;
      const sql = `"${schema}".${name}`;
      await asOwner(`create table ${sql} (${columns}); grant ${what} on ${sql} to "${system.svc}", "${system.kim}" with grant option`);
      return { name, sql, role: `table:${schema}.${name}:${what}` };
    }
    const aclOf = async (sql: string) =>
      (await system.logins.admin<{ acl: string }>(`select relacl::text as acl from pg_class where oid = '${sql}'::regclass`))[0]?.acl ?? '';

    test('a name with blanks, dots, quotes and colons is quoted as in SQL, and nothing of it is taken for SQL', async () => {
      const name = 'Open.Items":select; drop table x --';
      const sql = `"${schema}"."${name.replaceAll('"', '""')}"`;
      await asOwner(`create table ${sql} (number int); grant select on ${sql} to "${system.svc}" with grant option`);
      const role = `table:${schema}."${name.replaceAll('"', '""')}":select`;
      const [account = ''] = await system.accounts(1);
      const granted = await system.one.granted(role, account);
      expect(await system.heldBy(role, account)).toEqual([granted]);
      expect(await system.logins.admin(system.connector.checkStatement([role]))).toContainEqual({ role, account, granted_by: system.svc });
      expect(await system.one.revoke(granted)).toEqual({ outcome: 'revoked' });
    });

    test.each(['view', 'materialized view', 'partitioned table'])('a %s is granted as a table is, and its content says what it is', async (kind) => {
      const base = await table();
      const sql = `"${schema}".other_${(count += 1)}`;
      await asOwner(
        `create ${kind === 'partitioned table' ? 'table' : kind} ${sql} ${kind === 'partitioned table' ? '(number int) partition by range (number)' : `as select number from ${base.sql}`}; grant select on ${sql} to "${system.svc}" with grant option`,
      );
      const role = `table:${schema}.other_${count}:select`;
      const [account = ''] = await system.accounts(1);
      const [content] = (await system.connector.snapshot([role], [])).roles;
      expect(content?.privileges).toEqual(
        expect.arrayContaining([`SELECT on table ${schema}.other_${count}`, `${kind} owned by ${owner}`, 'column number integer']),
      );
      expect(await system.one.revoke(await system.one.granted(role, account))).toEqual({ outcome: 'revoked' });
      if (kind !== 'view') return;
      await system.logins.admin(`create or replace view ${sql} as select number from ${base.sql} where number > 0`);
      expect((await system.connector.snapshot([role], [])).roles[0]?.digest).not.toBe(content?.digest);
    });

    test('the content follows columns, row security, policies and owner, and not holders, rows or indexes', async () => {
      const { sql, role, name } = await table();
      const contentOf = async (what = role) => (await system.connector.snapshot([what], [])).roles[0];
      const [account = ''] = await system.accounts(1);
      const before = await contentOf();
      await system.one.granted(role, account);
      await system.logins.admin(`insert into ${sql} values (1, 2); create index on ${sql} (number)`);
      expect(await contentOf()).toEqual(before);
      const seen = new Set([before?.digest]);
      const deleting = await contentOf(`table:${schema}.${name}:delete`);
      await system.logins.admin(`alter table ${sql} add column salary numeric(12, 2)`);
      expect((await contentOf())?.privileges).toContain('column salary numeric(12,2)');
      seen.add((await contentOf())?.digest);
      // Who may delete may delete the same as before.
      expect(await contentOf(`table:${schema}.${name}:delete`)).toEqual(deleting);
      await system.logins.admin(`alter table ${sql} enable row level security`);
      seen.add((await contentOf())?.digest);
      await system.logins.admin(`create policy own_rows on ${sql} for select to "${account}" using (number > 0)`);
      expect((await contentOf())?.privileges).toContain(`policy own_rows permits SELECT to ${account} using (number > 0)`);
      seen.add((await contentOf())?.digest);
      await system.logins.admin(`alter table ${sql} owner to "${system.kim}"`);
      seen.add((await contentOf())?.digest);
      expect(seen.size).toBe(5);
      await system.logins.admin(`drop table ${sql}`);
    });

    test('the content of a view follows the views that it reads, however deep, and the row security of their tables', async () => {
      const base = await table();
      const name = `shown_${(count += 1)}`;
      const [top, middle, inner, kept] = ['top', 'middle', 'inner', 'Kept "rows"'].map((each) => `"${schema}"."${name}_${each.replaceAll('"', '""')}"`);
      await asOwner(
        `create view ${inner} as select number from ${base.sql};
         create materialized view ${kept} as select number from ${inner};
         create view ${middle} as select i.number from ${inner} i join ${kept} k using (number);
         create view ${top} as select number from ${middle} where number in (select oid::int from pg_catalog.pg_class);
         grant select on ${top} to "${system.svc}" with grant option`,
      );
      const contentOf = async () => (await system.connector.snapshot([`table:${schema}.${name}_top:select`], [])).roles[0];
      const seen = new Set([(await contentOf())?.digest]);
      const changed = async (sql: string) => {
        await system.logins.admin(sql);
        const content = await contentOf();
        seen.add(content?.digest);
        return content?.privileges;
      };
      expect(await changed(`insert into ${base.sql} values (1, 2); alter table ${base.sql} add column unread text; refresh materialized view ${kept}`)).toEqual(
        expect.arrayContaining([
          `reads ${schema}.${name}_middle: view owned by ${owner}`,
          expect.stringMatching(new RegExp(`^reads .*${name}_inner: shows +SELECT .*number FROM .*${base.name};$`)),
          `reads ${schema}."${name}_Kept ""rows""": materialized view owned by ${owner}`,
        ]),
      );
      expect(seen.size).toBe(1);
      await changed(`create or replace view ${inner} as select number from ${base.sql} where number > 0`);
      await changed(`alter view ${inner} set (security_barrier = true)`);
      await changed(`alter view ${middle} owner to "${system.kim}"`);
      await changed(`alter table ${base.sql} enable row level security`);
      expect(await changed(`create policy own_rows on ${base.sql} for select using (number > 0)`)).toContain(
        `reads ${schema}.${base.name}: policy own_rows permits SELECT to PUBLIC using (number > 0)`,
      );
      expect(seen.size).toBe(6);
      await system.logins.admin(`drop view ${inner} cascade`);
    });

    test('a view that reads more views than anybody could review is refused, in words that say what to do', async () => {
      const base = await table();
      const name = `many_${(count += 1)}`;
      await system.logins.admin(
        `do $$ begin for n in 1..2000 loop execute pg_catalog.format('create view "${schema}".${name}_%s as select number from ${base.sql}', n); end loop; end $$`,
      );
      await system.logins.admin(
        `do $$ begin execute (select 'create view "${schema}".${name} as ' || string_agg(pg_catalog.format('select number from "${schema}".${name}_%s', n), ' union all ') from pg_catalog.generate_series(1, 2000) n); end $$`,
      );
      await expect(system.connector.snapshot([`table:${schema}.${name}:select`], [])).rejects.toThrow('read more than 2,000 tables and views');
      await system.logins.admin(
        `do $$ begin for n in 1..20 loop execute (select 'drop view if exists "${schema}".${name}, ' || string_agg(pg_catalog.format('"${schema}".${name}_%s', i), ', ') || ' cascade' from pg_catalog.generate_series(n * 100 - 99, n * 100) i); end loop; end $$`,
      );
    });

    test('a schema that gets the name of the one that was signed, at the last moment, is not granted on', async () => {
      const [old, live] = [`${schema}_now`, `${schema}_live`];
      for (const each of [old, live])
        await system.logins.admin(
          `create schema "${each}" authorization "${owner}"; grant usage on schema "${each}" to "${system.svc}"; create table "${each}".invoices (number int);
           alter table "${each}".invoices owner to "${owner}"; set role "${owner}"; grant select on "${each}".invoices to "${system.svc}" with grant option; reset role`,
        );
      const before = await aclOf(`"${live}".invoices`);
      const [account = ''] = await system.accounts(1);
      // As a deployment would do it, in the moment between the names that were read and the statement.
      const swap = system.logins.of(`swap${(count += 1)}`);
      await system.logins.admin(
        `create function "${swap}"() returns event_trigger language plpgsql security definer as $f$ begin
           if session_user = '${system.svc}' then alter schema "${old}" rename to "${old}_old"; alter schema "${live}" rename to "${old}"; end if; end $f$;
         create event trigger "${swap}" on ddl_command_start when tag in ('GRANT') execute function "${swap}"()`,
      );
      try {
        const granted = system.one.granted(`table:${old}.invoices:select`, account);
        await expect(granted).rejects.toThrow('nothing was changed');
      } finally {
        await system.logins.admin(`drop event trigger "${swap}"; drop function "${swap}"`);
      }
      expect(await aclOf(`"${live}".invoices`)).toBe(before);
      expect(await system.heldBy(`table:${old}.invoices:select`, account)).toEqual([]);
      await system.logins.admin(`drop schema "${old}" cascade; drop schema "${live}" cascade`);
    });

    test('PUBLIC, the owner, groups that have members, and our own right to grant are no holders; a login that was locked is one', async () => {
      const { sql, role } = await table();
      const [member = '', locked = ''] = await system.accounts(2);
      const group = system.logins.of(`readers${(count += 1)}`);
      await system.logins.role(group);
      await system.logins.admin(`grant "${group}" to "${member}"`);
      await asOwner(`grant select on ${sql} to public, "${group}", "${locked}"`);
      await system.logins.admin(`alter role "${locked}" nologin`);
      const { grants } = await system.connector.snapshot([role], []);
      expect(grants.map(({ account }) => account).sort()).toEqual([locked, system.kim].sort());
      // Through PUBLIC or a group is not direct.
      expect(await system.one.grant(role, member)).toMatchObject({ outcome: 'created' });
      expect(await system.one.revoke((await system.heldBy(role, locked))[0]!)).toMatchObject({ outcome: 'failed' });
    });

    test('nothing is granted to the owner, to a superuser or to our own login, and nothing is taken from our own', async () => {
      const { sql, role } = await table();
      const [person = '', boss = ''] = await system.accounts(2);
      await system.logins.admin(
        `alter role "${boss}" superuser; grant usage, create on schema "${schema}" to "${person}"; alter table ${sql} owner to "${person}"`,
      );
      expect(await system.one.grant(role, person)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('owns the table') });
      expect(await system.one.grant(role, boss)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('is a superuser') });
      expect(await system.one.grant(role, system.svc)).toMatchObject({ outcome: 'failed', why: expect.stringContaining("Rolewave's own login") });
      const { lines } = await system.connector.check([role], [role]);
      expect(lines).toContainEqual({ state: 'warning', text: expect.stringContaining(`${person} can log in and owns`), fix: expect.any(String) });
      await system.logins.admin(`alter role "${boss}" nosuperuser; drop table ${sql}`);
    });

    test('a grant that the holder has passed on is not revoked with what hangs on it: those it was passed on to are named', async () => {
      const { sql, role } = await table();
      const [ann = '', ben = ''] = await system.accounts(2);
      await system.logins.as(system.svc, `grant select on ${sql} to "${ann}" with grant option`);
      await system.logins.admin(`grant usage on schema "${schema}" to "${ann}"`);
      await system.logins.as(ann, `grant select on ${sql} to "${ben}"`);
      const [anns] = await system.heldBy(role, ann);
      expect(anns).toMatchObject({ options: { grantable: true }, grantor: system.svc });
      expect(await system.one.revoke(anns!)).toEqual({
        outcome: 'failed',
        why: `${ann} has passed this privilege on to ${ben}: revoke those first, nothing was revoked`,
      });
      expect(await system.heldBy(role, ben)).toHaveLength(1);
      // Where we may act for them, both go, in whatever order they come.
      await system.logins.admin(`grant "${ann}" to "${system.svc}"`);
      const both = [anns!, (await system.heldBy(role, ben))[0]!];
      expect(await system.connector.revoke(both, unrecorded)).toEqual([{ outcome: 'revoked' }, { outcome: 'revoked' }]);
      // Given back in the other order, too: first the option, and with it what its holder had granted, in their name.
      const restored = await system.connector.restore(both.toReversed(), unrecorded);
      expect(restored).toMatchObject([
        { outcome: 'created', grant: { options: { grantable: false }, grantor: ann } },
        { outcome: 'created', grant: { options: { grantable: true }, grantor: system.svc } },
      ]);
      expect(restored.some((each) => 'note' in each)).toBe(false);
    });

    test('a grant is not revoked where the same grantor gave columns, too, which would go with it unseen', async () => {
      const { sql, role } = await table();
      const [ann = ''] = await system.accounts(1);
      const ours = await system.one.granted(role, ann);
      await system.logins.as(system.svc, `grant select (amount) on ${sql} to "${ann}"`);
      expect(await system.one.revoke(ours)).toEqual({ outcome: 'failed', why: expect.stringContaining(`${ann} also has SELECT on amount alone`) });
      await system.logins.as(system.kim, `grant select (number) on ${sql} to "${ann}"`);
      await system.logins.as(system.svc, `revoke select (amount) on ${sql} from "${ann}"`);
      // Another grantor's columns are not touched.
      expect(await system.one.revoke(ours)).toEqual({ outcome: 'revoked' });
      expect(await system.logins.admin(`select attname from pg_attribute where attrelid = '${sql}'::regclass and attacl is not null`)).toEqual([
        { attname: 'number' },
      ]);
    });

    test('what another login granted is left where we may not act for it, and the check says so before anything changes', async () => {
      const { sql, role } = await table();
      const [ann = ''] = await system.accounts(1);
      await asOwner(`grant select on ${sql} to "${ann}"`);
      const [owners] = await system.heldBy(role, ann);
      expect(await system.one.revoke(owners!)).toEqual({ outcome: 'failed', why: expect.stringContaining(`Only ${owner} can revoke what ${owner} granted`) });
      expect((await system.connector.check([role], [role])).lines).toContainEqual({
        state: 'warning',
        text: expect.stringMatching(new RegExp(`^${owner} has granted ${role} to \\d accounts?: Rolewave cannot retire such grants`)),
        fix: expect.stringContaining(`GRANT "${owner}" TO "${system.svc}"`),
      });
      await system.logins.admin(`grant "${owner}" to "${system.svc}"${version >= 16 ? ' with inherit false, set true' : ''}`);
      expect((await system.connector.check([role], [role])).lines.filter(({ text }) => text.startsWith(`${owner} has granted`))).toEqual([]);
      const other = (await system.accounts(1))[0] ?? '';
      const ours = await system.one.granted(role, other);
      expect(ours.grantor).toBe(system.svc);
      expect(await system.one.revoke(owners!)).toEqual({ outcome: 'revoked' });
      expect(await system.one.restore(owners!)).toMatchObject({ outcome: 'created', grant: { grantor: owner } });
      await system.logins.admin(`revoke "${owner}" from "${system.svc}"`);
      const [again] = await system.heldBy(role, ann);
      await asOwner(`revoke select on ${sql} from "${ann}"`);
      // Without that right, in our own name, and it says so.
      expect(await system.one.restore(again!)).toMatchObject({
        outcome: 'created',
        grant: { grantor: system.svc },
        note: expect.stringContaining(`may not grant in the name of ${owner}`),
      });
    });

    test('the check says what is missing: the table, the grant option, the schema, the version', async () => {
      const [closed, none] = [await table(), await table('insert')];
      const hidden = system.logins.of('hidden');
      await system.logins.admin(
        `create schema "${hidden}"; create table "${hidden}".t (number int); grant select on "${hidden}".t to "${system.svc}" with grant option`,
      );
      const lineOf = async (role: string) => (await system.connector.check([role], [])).lines.find(({ text }) => text.includes(role));
      expect(await lineOf(closed.role)).toEqual({ state: 'ok', text: `${closed.role} can be granted and revoked` });
      const selecting = none.role.replace(/insert$/, 'select');
      expect(await lineOf(selecting)).toEqual({
        state: 'wrong',
        text: `Rolewave may not grant ${selecting}: it has no grant option for it`,
        fix: `let ${owner}, the owner, run GRANT SELECT ON TABLE "${schema}"."${none.name}" TO "${system.svc}" WITH GRANT OPTION`,
      });
      // What is only retired needs no right to grant, but the right to act for those who granted it.
      expect((await system.connector.check([selecting], [selecting])).lines).toContainEqual({
        state: 'ok',
        text: expect.stringContaining('can be retired where'),
      });
      expect(await lineOf(`table:${hidden}.t:select`)).toMatchObject({ state: 'wrong', text: expect.stringContaining(`may not use the schema ${hidden}`) });
      expect(await lineOf(`table:${schema}.nowhere:select`)).toMatchObject({
        state: 'wrong',
        text: expect.stringContaining('does not exist in this database'),
      });
      const [account = ''] = await system.accounts(1);
      expect(await system.one.grant(selecting, account)).toMatchObject({
        outcome: 'failed',
        why: expect.stringContaining(`Let ${owner}, the owner, grant ${system.svc} SELECT WITH GRANT OPTION`),
      });
      expect(await system.one.grant(`table:${hidden}.t:select`, account)).toMatchObject({
        outcome: 'failed',
        why: expect.stringContaining('USAGE on its schema'),
      });
      expect(await aclOf(none.sql)).not.toContain(account);
      const maintain = `table:${schema}.${closed.name}:maintain`;
      if (version < 17) {
        expect(await lineOf(maintain)).toMatchObject({ state: 'wrong', text: expect.stringContaining('from PostgreSQL 17 on') });
        expect(await system.one.grant(maintain, account)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('from PostgreSQL 17 on') });
      }
      await system.logins.admin(`drop schema "${hidden}" cascade`);
    });

    test('a superuser grants in the name of the owner, and the check says that this looks like the owner’s own', async () => {
      const { role } = await table();
      const [account = ''] = await system.accounts(1);
      const boss = system.logins.of(`boss${(count += 1)}`);
      await system.logins.login(boss);
      await system.logins.admin(`alter role "${boss}" superuser`);
      await system.as(boss, async (connector) => {
        const granted = await oneByOne(connector).granted(role, account);
        expect(granted.grantor).toBe(owner);
        expect((await connector.check([role], [])).lines).toContainEqual({
          state: 'warning',
          text: expect.stringContaining(`in the name of ${owner}, the owner`),
          fix: expect.any(String),
        });
        await system.logins.as(system.kim, `grant select on ${role.slice('table:'.length, -':select'.length)} to "${account}"`);
        expect(await oneByOne(connector).revoke(granted)).toEqual({ outcome: 'revoked' });
        const [kims] = await system.heldBy(role, account);
        expect(kims?.grantor).toBe(system.kim);
        // In whose name it acts, a superuser may choose.
        expect(await oneByOne(connector).revoke(kims!)).toEqual({ outcome: 'revoked' });
      });
    });

    test('a table of another database of the server is another one, even with the same oid, and nothing is revoked there', async () => {
      const { sql, role } = await table();
      const [account = ''] = await system.accounts(1);
      const ours = await system.one.granted(role, account);
      const elsewhere = { ...ours, roleId: ours.roleId?.replace(/:\d+\//, ':1/') ?? '' };
      expect(await system.one.revoke(elsewhere)).toMatchObject({ outcome: 'failed', why: expect.stringContaining('another database') });
      expect(await system.one.restore(elsewhere)).toMatchObject({ outcome: 'failed', nothingThere: true });
      expect(await system.heldBy(role, account)).toEqual([ours]);
      expect(await aclOf(sql)).toContain(account);
    });

    test('roles and privileges of one call are granted in one transaction, with their outcomes in the order of the request', async () => {
      const [{ role }, pair] = [await table(), await system.pair()];
      const [account = ''] = await system.accounts(1);
      const wanted = [pair.role, role, 'table:nowhere.t:select', `${pair.role}_absent`].map((each) => ({ role: each, account }));
      const transactions: unknown[] = [];
      const outcomes = await system.connector.grant(wanted, async (_told, id) => void transactions.push(id));
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'failed', 'failed']);
      expect(outcomes.flatMap((each) => (each.outcome === 'created' ? [each.grant.role] : []))).toEqual([pair.role, role]);
      expect(transactions).toEqual([expect.any(String)]);
    });

    test('more holders than an access list has room for are refused in words that say what to do, and the others are granted', async () => {
      const { role } = await table();
      const prefix = system.logins.of('crowd');
      await system.logins.admin(`do $$ begin for n in 1..3000 loop execute format('create role %I login', '${prefix}' || n); end loop; end $$`);
      try {
        const outcomes = await system.connector.grant(
          Array.from({ length: 3000 }, (_, at) => ({ role, account: `${prefix}${at + 1}` })),
          unrecorded,
        );
        const created = outcomes.filter(({ outcome }) => outcome === 'created').length;
        expect(created).toBeGreaterThan(2000);
        expect(created).toBeLessThan(3000);
        expect(outcomes.find(({ outcome }) => outcome === 'failed')).toMatchObject({
          why: expect.stringContaining('grant the privilege to a role, and the role to people'),
        });
        expect((await system.connector.snapshot([role], [])).grants.filter(({ account }) => account.startsWith(prefix))).toHaveLength(created);
      } finally {
        await system.logins.admin(`drop table "${schema}".${role.split(/[.:]/)[2]}`);
        await system.logins.admin(`do $$ begin for n in 1..3000 loop execute format('drop role %I', '${prefix}' || n); end loop; end $$`);
      }
    });

    test('two installations that know nothing of each other make each grant once, and each knows which are its own', async () => {
      const { role } = await table();
      const other = postgresConnector({ connectionString: system.logins.url(system.svc) }, { lockSecret: 'of another installation' });
      try {
        for (let round = 1; round <= 5; round++) {
          const wanted = (await system.accounts(3)).map((account) => ({ role, account }));
          const both = await Promise.all([system.connector, other].map((each) => each.grant(wanted, unrecorded)));
          for (const at of wanted.keys()) expect(new Set(both.map((outcomes) => outcomes[at]?.outcome))).toEqual(new Set(['created', 'preexisting']));
        }
      } finally {
        await other.close();
      }
    });

    test('an administrator who was granting at the same time goes first, and theirs is not called ours', async () => {
      const { sql, role } = await table();
      const [account = ''] = await system.accounts(1);
      const client = new Client({ connectionString: system.logins.url(system.kim) });
      await client.connect();
      try {
        await client.query(`begin; grant select on ${sql} to "${account}"`);
        const outcome = system.one.grant(role, account);
        await waitsForLock(system);
        await client.query('commit');
        expect(await outcome).toMatchObject({ outcome: 'preexisting', grants: [{ grantor: system.kim }] });
      } finally {
        await client.end();
      }
    });
  });
});
