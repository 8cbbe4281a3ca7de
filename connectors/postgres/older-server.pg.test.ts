/** Before PostgreSQL 16 a (role, account) has one grant at most, without an id of its own, and REVOKE … GRANTED BY removes it no matter who granted it. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { unrecorded } from '../../test/support/one-by-one.ts';
import { olderBinaries, startOlderServer } from '../../test/support/older-postgres.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../test/support/pg-system.ts';
import { postgresConnector } from './connector.ts';

describe.skipIf(olderBinaries === undefined)('on a server older than 16', () => {
  let server: Awaited<ReturnType<typeof startOlderServer>>;
  let system: PgSystem;

  beforeAll(async () => {
    server = await startOlderServer(olderBinaries ?? '');
    system = await openPgSystem(server.url);
  });
  afterAll(async () => {
    await system.close();
    await server.stop();
  });

  test('a grant is given, read back with its grantor, and revoked', async () => {
    const { one, pair, svc } = system;
    const { role, account } = await pair();
    const oid = expect.stringMatching(/^\d+$/);
    const grant = { role, account, grantor: svc, options: { admin: false }, roleId: oid, accountId: oid, grantorId: oid };
    expect(await one.grant(role, account)).toEqual({ outcome: 'created', grant });
    expect(await one.grant(role, account)).toEqual({ outcome: 'preexisting', grants: [grant] });
    expect(await one.revoke({ role, account, grantor: svc, options: {} })).toEqual({ outcome: 'revoked' });
    expect(await one.revoke({ role, account, grantor: svc, options: {} })).toEqual({ outcome: 'gone' });
  });

  test("the server itself would remove another administrator's grant, and so this connector looks first (R1)", async () => {
    const { connector, one, pair, accounts, logins, svc, kim, heldBy } = system;
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}"`);
    await logins.as(svc, `revoke "${role}" from "${account}" granted by "${svc}"`);
    expect(await heldBy(role, account)).toEqual([]);

    const [ben = ''] = await accounts(1);
    const [ours, bens] = [await one.granted(role, account), await one.granted(role, ben)];
    await logins.as(kim, `revoke "${role}" from "${account}"`);
    await logins.as(kim, `grant "${role}" to "${account}"`);
    expect(await connector.revoke([ours, bens], unrecorded)).toEqual([{ outcome: 'failed', why: `granted by ${kim}, not by ${svc}` }, { outcome: 'revoked' }]);
    expect((await heldBy(role, account)).map(({ grantor }) => grantor)).toEqual([kim]);
  });

  test('a grant that another administrator takes over at the same time is theirs, and stays (R1)', async () => {
    const { one, pair, logins, kim, heldBy } = system;
    const { role, account } = await pair();
    const ours = await one.granted(role, account);
    const byHand = new Client({ connectionString: logins.url(kim) });
    await byHand.connect();
    await byHand.query('begin');
    await byHand.query(`grant "${role}" to "${account}" with admin option`);
    const revoking = one.revoke(ours);
    await waitsForLock(system);
    await byHand.query('commit');
    await byHand.end();
    expect(await revoking).toEqual({ outcome: 'failed', why: `granted by ${kim}, not by ${ours.grantor}` });
    expect(await heldBy(role, account)).toMatchObject([{ grantor: kim }]);
  });

  test('a legacy grant of a named grantor is retired, and comes back in our name with a note', async () => {
    const { one, pair, logins, svc, kim, heldBy } = system;
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}" with admin option`);
    const [kims] = await heldBy(role, account);
    if (!kims) throw new Error('kim has granted it');
    expect(kims).toMatchObject({ grantor: kim, options: { admin: true } });
    expect(await one.revoke(kims)).toEqual({ outcome: 'revoked' });
    expect(await one.restore(kims)).toMatchObject({
      outcome: 'created',
      grant: { grantor: svc, options: { admin: true } },
      note: `restored by ${svc}, because Rolewave may not grant in the name of ${kim}`,
    });
    expect(await one.restore(kims)).toMatchObject({ outcome: 'preexisting', grants: [{ grantor: svc }], note: expect.stringContaining(`granted by ${svc}`) });
  });

  test('a grant whose grantor was dropped is retired by the oid that the server still has, and comes back with a note', async () => {
    const { one, pair, logins, heldBy } = system;
    const { role, account } = await pair();
    const left = logins.of('who_left');
    await logins.admin(`create role "${left}" login password 'only-for-tests'; grant "${role}" to "${left}" with admin option`);
    await logins.as(left, `grant "${role}" to "${account}"`);
    await logins.admin(`drop role "${left}"`);
    const [orphan] = await heldBy(role, account);
    expect(orphan).toMatchObject({ grantorId: expect.stringMatching(/^\d+$/) });
    expect(orphan).not.toHaveProperty('grantor');
    if (!orphan) return;
    expect(await one.revoke(orphan)).toEqual({ outcome: 'revoked' });
    expect(await one.restore(orphan)).toMatchObject({ outcome: 'created', note: expect.stringContaining('is not known') });
  });

  test('a superuser restores it in the name of the login that had granted it', async () => {
    const { pair, logins, kim, heldBy } = system;
    const { role, account } = await pair();
    const boss = logins.of('boss');
    await logins.login(boss);
    await logins.admin(`alter role "${boss}" superuser`);
    await logins.as(kim, `grant "${role}" to "${account}"`);
    const kims = await heldBy(role, account);
    await system.as(boss, async (connector) => {
      expect(await connector.revoke(kims, unrecorded)).toEqual([{ outcome: 'revoked' }]);
      expect(await connector.restore(kims, unrecorded)).toEqual([{ outcome: 'created', grant: kims[0] }]);
    });
  });

  test('options that the server cannot keep are refused', async () => {
    const { one, pair, svc } = system;
    const { role, account } = await pair();
    const grant = { role, account, grantor: svc };
    expect(await one.restore({ ...grant, options: { set: false } })).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('older than PostgreSQL 16'),
    });
    expect(await one.restore({ ...grant, options: { admin: true, inherit: true, set: true } })).toMatchObject({
      outcome: 'created',
      grant: { options: { admin: true } },
    });
  });

  test('what an account with NOINHERIT held comes back to it, with a note where it inherits by now', async () => {
    const { one, pair, logins, heldBy } = system;
    const { role, account } = await pair();
    const grant = await one.granted(role, account);
    await logins.admin(`alter role "${account}" noinherit`);
    const [held] = await heldBy(role, account);
    expect(held).toEqual({ ...grant, options: { admin: false, inherit: false } });
    if (!held) return;
    expect(await one.revoke(held)).toEqual({ outcome: 'revoked' });
    await logins.admin(`alter role "${account}" inherit`);
    expect(await one.restore(held)).toEqual({ outcome: 'created', grant, note: `restored with INHERIT, which ${account} has now` });
  });

  test('the check warns that grantors are not kept apart', async () => {
    const { connector, pair, svc } = system;
    const { role } = await pair();
    const { version, lines } = await connector.check([role]);
    expect(version).toMatch(/^PostgreSQL 1[345]/);
    expect(lines.map(({ text }) => text)).toEqual(
      expect.arrayContaining([expect.stringMatching(`^before PostgreSQL 16 .* restores stands in the name of ${svc}$`)]),
    );
    expect(lines.some(({ state }) => state === 'wrong')).toBe(false);
  });
});

test.skipIf(olderBinaries === undefined)(
  'a standby, which answers while a failover is under way and may lag behind, is SystemUnavailable: nothing fails for good, and nothing is called gone',
  async () => {
    const standby = await startOlderServer(olderBinaries ?? '', { standby: true });
    const connector = postgresConnector({ connectionString: standby.url });
    try {
      const grant = { role: 'clerk', account: 'postgres', grantor: 'postgres', options: {} };
      for (const work of [
        () => connector.grant([grant], unrecorded),
        () => connector.restore([grant], unrecorded),
        () => connector.revoke([grant], unrecorded),
        () => connector.wasCommitted('1'),
        () => connector.rehearse({ grant: [grant], revoke: [], restore: [] }),
      ]) {
        const error = await work().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(SystemUnavailable);
        expect(String(error)).toMatch(/is a standby.*[Cc]onnect to the primary/s);
      }
      expect((await connector.check([])).lines).toContainEqual(expect.objectContaining({ state: 'wrong', text: expect.stringContaining('a standby') }));
      expect(await connector.snapshot(['pg_monitor'], ['postgres'])).toMatchObject({ roles: [{ exists: true }], standby: true });
    } finally {
      await connector.close();
      await standby.stop();
    }
  },
);
