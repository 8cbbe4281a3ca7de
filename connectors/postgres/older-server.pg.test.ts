/** Before PostgreSQL 16 a (role, account) has at most one grant, and REVOKE … GRANTED BY removes it no matter who granted it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActualGrant, Connector } from '../connector.ts';
import { postgresConnector } from './connector.ts';
import { testLogins } from '../../test/support/logins.ts';
import type { TestLogins } from '../../test/support/logins.ts';
import { olderBinaries, startOlderServer } from '../../test/support/older-postgres.ts';

describe.skipIf(olderBinaries === undefined)('on a server older than 16', () => {
  let server: Awaited<ReturnType<typeof startOlderServer>>;
  let logins: TestLogins;
  let connector: Connector;
  let svc: string;
  let kim: string;
  let count = 0;
  async function pair(): Promise<{ role: string; account: string }> {
    count++;
    const [role, account] = [logins.of(`role${count}`), logins.of(`ana${count}`)];
    await logins.login(account);
    await logins.role(role, svc, kim);
    return { role, account };
  }
  const heldBy = async (role: string, account: string): Promise<ActualGrant[]> =>
    (await connector.snapshot([role], [])).grants.filter((grant) => grant.account === account);

  beforeAll(async () => {
    server = await startOlderServer(olderBinaries ?? '');
    logins = await testLogins(server.url);
    svc = logins.of('rolewave_svc');
    kim = logins.of('dba_kim');
    await logins.login(svc, kim);
    connector = postgresConnector({ connectionString: logins.url(svc) });
  });

  afterAll(async () => {
    await connector.close();
    await logins.remove();
    await server.stop();
  });

  test('a grant is made, read back with its grantor, and revoked', async () => {
    const { role, account } = await pair();
    const grant = { role, account, grantor: svc, options: { admin: false } };
    expect(await connector.grant(role, account)).toEqual({ outcome: 'created', grant });
    expect(await connector.grant(role, account)).toEqual({ outcome: 'preexisting', grant });
    expect(await connector.revoke(grant)).toEqual({ outcome: 'revoked' });
    expect(await connector.revoke(grant)).toEqual({ outcome: 'gone' });
  });

  test("the server itself would remove another administrator's grant, so this connector checks first (R1)", async () => {
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}"`);
    await logins.as(svc, `revoke "${role}" from "${account}" granted by "${svc}"`);
    expect(await heldBy(role, account)).toEqual([]);

    await connector.grant(role, account);
    await logins.as(kim, `revoke "${role}" from "${account}"`);
    await logins.as(kim, `grant "${role}" to "${account}"`);
    const ours = { role, account, grantor: svc, options: { admin: false } };
    expect(await connector.revoke(ours)).toEqual({ outcome: 'failed', why: `granted by ${kim}, not by us` });
    expect((await heldBy(role, account)).map(({ grantor }) => grantor)).toEqual([kim]);
  });

  test('a legacy grant of a named grantor is retired, and is restored in our name with a note', async () => {
    const { role, account } = await pair();
    await logins.as(kim, `grant "${role}" to "${account}" with admin option`);
    const kims = { role, account, grantor: kim, options: { admin: true } };
    expect(await heldBy(role, account)).toEqual([kims]);
    expect(await connector.revoke(kims)).toEqual({ outcome: 'revoked' });
    expect(await connector.restore(kims)).toEqual({ outcome: 'created', grant: { ...kims, grantor: svc }, note: expect.stringContaining(kim) });
    expect(await connector.restore(kims)).toMatchObject({ outcome: 'preexisting', grant: { grantor: svc } });
  });

  test('options that the server cannot keep are refused', async () => {
    const { role, account } = await pair();
    expect(await connector.grant(role, account, { inherit: false })).toMatchObject({
      outcome: 'failed',
      why: expect.stringContaining('older than PostgreSQL 16'),
    });
    expect(await connector.grant(role, account, { admin: true, inherit: true, set: true })).toMatchObject({
      outcome: 'created',
      grant: { options: { admin: true } },
    });
  });

  test('the check warns that the server keeps only one grantor', async () => {
    const { role } = await pair();
    const { version, lines } = await connector.check([role]);
    expect(version).toMatch(/^PostgreSQL 1[345]/);
    expect(lines.map(({ text }) => text)).toEqual(expect.arrayContaining([expect.stringContaining('before PostgreSQL 16')]));
    expect(lines.some(({ state }) => state === 'wrong')).toBe(false);
  });
});
