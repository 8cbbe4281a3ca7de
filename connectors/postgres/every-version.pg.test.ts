/** What has to hold on every version of PostgreSQL that is installed here: whose grant it is follows from what was recorded, and never from a name of the moment. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { installedServers, startOlderServer } from '../../test/support/older-postgres.ts';
import { openPgSystem, type PgSystem } from '../../test/support/pg-system.ts';
import type { ActualGrant, GrantOutcome } from '../connector.ts';

const own = { version: 18, binaries: undefined };
const createdOf = (outcomes: GrantOutcome[]): ActualGrant[] => outcomes.flatMap((each) => (each.outcome === 'created' ? [each.grant] : []));

describe.each([own, ...installedServers.filter(({ version }) => version < own.version)])('on PostgreSQL $version', ({ version, binaries }) => {
  let system: PgSystem;
  let stop: (() => Promise<void>) | undefined;
  const keepsApart = version >= 16;

  beforeAll(async () => {
    const server = binaries === undefined ? undefined : await startOlderServer(binaries);
    stop = server?.stop;
    system = await openPgSystem(server?.url ?? inject('postgresUrl'));
  });
  afterAll(async () => {
    await system?.close();
    await stop?.();
  });

  test('what was granted by ADMIN OPTION of a group is ours, and is revoked', async () => {
    const { accounts, logins, heldBy, signed } = system;
    const [login, group, role] = ['by_group', 'role_admins', 'grp_role'].map((name) => logins.of(name)) as [string, string, string];
    await logins.login(login);
    await logins.role(group, login);
    await logins.admin(`grant "${group}" to "${login}"`);
    await logins.role(role, group);
    const people = await accounts(3);
    await system.as(login, async (connector) => {
      const granted = createdOf(await connector.grant(await signed(role, people), unrecorded));
      expect(granted.map(({ grantor }) => grantor)).toEqual(people.map(() => (keepsApart ? group : login)));
      expect((await connector.check([role])).lines.find(({ text }) => text.includes(role))).toMatchObject(
        keepsApart
          ? {
              state: 'warning',
              text: expect.stringContaining(`granted in the name of ${group}`),
              fix: expect.stringContaining(`TO "${login}" WITH ADMIN TRUE`),
            }
          : { state: 'ok', text: `role ${role} can be granted and revoked` },
      );
      expect(await connector.revoke(granted, unrecorded)).toEqual(people.map(() => ({ outcome: 'revoked' })));
    });
    expect(await Promise.all(people.map((account) => heldBy(role, account)))).toEqual([[], [], []]);
    await logins.admin(`revoke "${group}" from "${login}"`);
  });

  test('a renamed role, account and login of Rolewave are the same, and their grants are revoked', async () => {
    const { pair, accounts, logins, heldBy } = system;
    const { role } = await pair();
    const people = await accounts(2);
    const login = logins.of('before_rotation');
    await logins.login(login);
    await logins.admin(`grant "${role}" to "${login}" with admin option`);
    const granted = await system.as(login, async (connector) =>
      createdOf(
        await connector.grant(
          people.map((account) => ({ role, account })),
          unrecorded,
        ),
      ),
    );
    const [role2, person2, login2] = ['role two', 'person two', 'after_rotation'].map((name) => logins.of(name)) as [string, string, string];
    const rename = (from: string, to: string) => logins.admin(`alter role "${from}" rename to "${to}"`);
    await rename(role, role2);
    await rename(people[0] ?? '', person2);
    await rename(login, login2);
    await logins.admin(`alter role "${login2}" password 'only-for-tests'`);
    await system.as(login2, async (connector) => expect(await connector.revoke(granted, unrecorded)).toEqual([{ outcome: 'revoked' }, { outcome: 'revoked' }]));
    expect((await Promise.all([person2, people[1] ?? ''].map((account) => heldBy(role2, account)))).flat()).toEqual([]);
    await rename(role2, role);
    await rename(person2, people[0] ?? '');
    await rename(login2, login);
  });

  test('a grant of the same role to an account that was created again is another one and stays (R1)', async () => {
    const { one, pair, logins, kim, heldBy } = system;
    const { role, account } = await pair();
    const ours = await one.granted(role, account);
    await logins.admin(`drop role "${account}"; create role "${account}" login`);
    await logins.as(kim, `grant "${role}" to "${account}"`);
    expect(await one.revoke(ours)).toEqual({ outcome: 'gone' });
    expect((await heldBy(role, account)).map(({ grantor }) => grantor)).toEqual([kim]);
  });

  test('what was signed for another account or another content of the role is not granted', async () => {
    const { connector, pair, logins, signed, heldBy } = system;
    const [{ role, account }, widened] = [await pair(), await pair()];
    const wanted = [...(await signed(role, [account])), ...(await signed(widened.role, [widened.account]))];
    await logins.admin(`drop role "${account}"; create role "${account}" login; grant pg_read_all_settings to "${widened.role}"`);
    expect(await connector.grant(wanted, unrecorded)).toEqual([
      { outcome: 'failed', why: `account '${account}' was dropped and created again since it was signed` },
      { outcome: 'failed', why: `what role '${widened.role}' may do changed since it was signed` },
    ]);
    expect([...(await heldBy(role, account)), ...(await heldBy(widened.role, widened.account))]).toEqual([]);
  });

  test('an account with NOINHERIT is granted what was signed where the server can say so, and is told where it cannot', async () => {
    const { connector, one, pair, logins, kim, heldBy } = system;
    const [ours, theirs] = [await pair(), await pair()];
    await logins.admin(`alter role "${ours.account}" noinherit; alter role "${theirs.account}" noinherit`);
    const granted = await one.granted(ours.role, ours.account);
    expect(granted.options).toEqual(keepsApart ? { admin: false, inherit: true, set: true } : { admin: false, inherit: false });
    await logins.as(kim, `grant "${theirs.role}" to "${theirs.account}"`);
    const [legacy] = await heldBy(theirs.role, theirs.account);
    if (!legacy) throw new Error('kim has granted it');
    expect(legacy.options).toMatchObject({ inherit: false });
    expect((await connector.snapshot([theirs.role], [])).grantOptions?.['inherit']?.otherwise).toMatch(keepsApart ? /^without INHERIT$/ : /NOINHERIT/);
    await logins.admin(`grant "${kim}" to "${system.svc}"`);
    expect(await one.revoke(legacy)).toEqual({ outcome: 'revoked' });
    expect(await one.restore(legacy)).toMatchObject({ outcome: 'created', grant: { options: legacy.options } });
    expect(await one.revoke(granted)).toEqual({ outcome: 'revoked' });
    expect(await one.restore(granted)).toEqual({ outcome: 'created', grant: expect.objectContaining({ options: granted.options }) });
    await logins.admin(`revoke "${kim}" from "${system.svc}"`);
  });

  test.runIf(keepsApart)('its own grant that gives less is made plain, as the same row, and never one that somebody else holds', async () => {
    const { one, pair, accounts, logins, kim, svc, heldBy } = system;
    const { role, account } = await pair();
    const [other = ''] = await accounts(1);
    await logins.as(svc, `grant "${role}" to "${account}" with inherit false`);
    await logins.as(kim, `grant "${role}" to "${other}" with inherit false`);
    const [[ours], [kims]] = [await heldBy(role, account), await heldBy(role, other)];
    const lesser = [ours?.id ?? ''];
    expect(await one.grant(role, account)).toMatchObject({ outcome: 'preexisting' });
    expect(await one.grant(role, other, { lesser })).toEqual({ outcome: 'preexisting', grants: [kims] });
    const plain = { ...ours, options: { admin: false, inherit: true, set: true } };
    expect(await one.grant(role, account, { lesser })).toEqual({ outcome: 'created', grant: plain });
    expect(await heldBy(role, account)).toEqual([plain]);
    expect(await one.grant(role, account, { lesser })).toEqual({ outcome: 'preexisting', grants: [plain] });
  });

  test('six hundred grants are made, found, revoked and restored, each once', async () => {
    const { connector, pair, logins } = system;
    const { role } = await pair();
    const prefix = logins.of('crowd');
    await logins.admin(`do $$ begin for n in 1..600 loop execute format('create role %I login', '${prefix}' || n); end loop; end $$`);
    try {
      const wanted = Array.from({ length: 600 }, (_, at) => ({ role, account: `${prefix}${at + 1}` }));
      const granted = createdOf(await connector.grant(wanted, unrecorded));
      expect(granted.map(({ account }) => account)).toEqual(wanted.map(({ account }) => account));
      expect((await connector.grant(wanted, unrecorded)).every(({ outcome }) => outcome === 'preexisting')).toBe(true);
      expect((await connector.revoke(granted, unrecorded)).every(({ outcome }) => outcome === 'revoked')).toBe(true);
      expect((await connector.revoke(granted, unrecorded)).every(({ outcome }) => outcome === 'gone')).toBe(true);
      expect(createdOf(await connector.restore(granted, unrecorded))).toHaveLength(600);
      expect((await connector.snapshot([role], [])).grants.filter(({ account }) => account.startsWith(prefix))).toHaveLength(600);
    } finally {
      await logins.admin(`do $$ begin for n in 1..600 loop execute format('drop role %I', '${prefix}' || n); end loop; end $$`);
    }
  });

  test('who grants many at the same time as another process creates each grant once', async () => {
    const { connector, pair, accounts, svc } = system;
    const { role } = await pair();
    const wanted = (await accounts(20)).map((account) => ({ role, account }));
    await system.as(svc, async (other) => {
      const both = await Promise.all([connector, other].map((each) => each.grant(wanted, unrecorded)));
      const created = both.map((outcomes) => createdOf(outcomes).length);
      expect(created.toSorted((a, b) => a - b)).toEqual([0, 20]);
    });
  });

  test('a rehearsal says what the server would refuse, and changes nothing', async () => {
    const { connector, one, pair, logins, kim, heldBy } = system;
    const { role, account } = await pair();
    const kims = logins.of('kims');
    await logins.role(kims, kim);
    const { grant, revoke } = await connector.rehearse({
      grant: [
        { role, account },
        { role: kims, account },
      ],
      revoke: [],
      restore: [],
    });
    expect([grant, revoke]).toMatchObject([[{ outcome: 'created' }, { outcome: 'failed', why: expect.stringContaining('ADMIN OPTION') }], []]);
    expect(await heldBy(role, account)).toEqual([]);
    expect(await one.grant(role, account)).toMatchObject({ outcome: 'created' });
  });

  test('a transaction is known afterwards, and the place by its cluster', async () => {
    const { connector, pair } = system;
    let id = '';
    await connector.grant([await pair()], async (_outcomes, transaction) => void (id = transaction ?? ''));
    expect([await connector.wasCommitted(id), await connector.place()]).toEqual(['committed', expect.stringMatching(/^postgres:\d{10,}$/)]);
  });

  test('a superuser grants and revokes in the name that the server writes, and the check says so', async () => {
    const { pair, logins } = system;
    const { role, account } = await pair();
    const boss = logins.of('boss');
    await logins.login(boss);
    await logins.admin(`alter role "${boss}" superuser`);
    await system.as(boss, async (connector) => {
      const granted = await oneByOne(connector).granted(role, account);
      expect(granted.grantor).toBe(keepsApart ? 'postgres' : boss);
      expect((await connector.check([role])).lines).toContainEqual({
        state: 'warning',
        text: keepsApart
          ? `${boss} is a superuser: what it grants is granted in the name of postgres, like the grants of every other superuser`
          : `${boss} is a superuser`,
        fix: expect.stringContaining('ADMIN OPTION'),
      });
      expect(await oneByOne(connector).revoke(granted)).toEqual({ outcome: 'revoked' });
    });
  });

  test('CREATEROLE grants what the version lets it grant, and the check says what is missing', async () => {
    const { pair, logins } = system;
    const { role, account } = await pair();
    const maker = logins.of('maker');
    await logins.login(maker);
    await logins.admin(`alter role "${maker}" createrole`);
    await system.as(maker, async (connector) => {
      const { lines } = await connector.check([role]);
      const about = lines.find(({ text }) => text.includes(role));
      const outcome = await oneByOne(connector).grant(role, account);
      expect(lines).toContainEqual(expect.objectContaining({ state: 'warning', text: expect.stringContaining(`${maker} has CREATEROLE`) }));
      if (keepsApart) {
        expect(about).toMatchObject({ state: 'wrong', text: `Rolewave may not grant role ${role}`, fix: expect.stringContaining('ADMIN TRUE') });
        expect(outcome).toMatchObject({ outcome: 'failed', why: expect.stringContaining('permission denied') });
      } else {
        expect(about).toMatchObject({ state: 'ok', text: `role ${role} can be granted and revoked, by CREATEROLE alone` });
        expect(outcome).toMatchObject({ outcome: 'created' });
      }
      // What it creates itself, it may grant on every version.
      const made = logins.of('made');
      await logins.as(maker, `create role "${made}"`);
      expect((await connector.check([made])).lines.find(({ text }) => text.includes(made))).toMatchObject({ state: 'ok' });
      expect(await oneByOne(connector).grant(made, account)).toMatchObject({ outcome: 'created', grant: { grantor: maker } });
      await logins.admin(`drop role "${made}"`);
    });
  });
});
