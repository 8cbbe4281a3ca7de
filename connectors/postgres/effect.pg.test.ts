/** One call is one transaction: written down before it is committed, undone when that fails, and known by its id afterwards. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { oneByOne, unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../test/support/pg-system.ts';
import { postgresConnector } from './connector.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

describe('what is about to be done', () => {
  test('is told before anyone else can see it, with a transaction that takes effect afterwards', async () => {
    const { connector, pair, heldBy } = system;
    const { role, account } = await pair();
    const seen: unknown[] = [];
    let id = '';
    const outcomes = await connector.grant([{ role, account }], async (told, transaction) => {
      id = transaction ?? '';
      seen.push(told, await heldBy(role, account), await connector.wasCommitted(id));
    });
    expect(seen).toEqual([outcomes, [], 'running']);
    expect(await connector.wasCommitted(id)).toBe('committed');
    expect(await heldBy(role, account)).toMatchObject(outcomes.map((each) => (each.outcome === 'created' ? each.grant : {})));
  });

  test('changes nothing when it could not be written down, and the reason is thrown as it is', async () => {
    const { connector, one, pair, heldBy } = system;
    const { role, account } = await pair();
    const [granted, other] = [await one.granted(role, account), await pair()];
    // As a store would say it: neither a refusal of the system nor a reason to try again.
    const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const transactions: string[] = [];
    const fail = async (_outcomes: unknown, transaction?: string) => {
      transactions.push(transaction ?? '');
      throw down;
    };
    await expect(connector.grant([other], fail)).rejects.toBe(down);
    await expect(connector.revoke([granted], fail)).rejects.toBe(down);
    await expect(connector.restore([{ ...granted, ...other, options: {} }], fail)).rejects.toBe(down);
    expect(await Promise.all(transactions.slice(0, 2).map((id) => connector.wasCommitted(id)))).toEqual(['aborted', 'aborted']);
    expect(await heldBy(role, account)).toEqual([granted]);
    expect(await heldBy(other.role, other.account)).toEqual([]);
  });

  test('is aborted when the session ends before the commit, and can be asked about afterwards', async () => {
    const { connector, pair, heldBy, logins, svc } = system;
    const { role, account } = await pair();
    let id = '';
    const granting = connector.grant([{ role, account }], async (_outcomes, transaction) => {
      id = transaction ?? '';
      await logins.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and state = 'idle in transaction'`, [svc]);
    });
    await expect(granting).rejects.toThrow(SystemUnavailable);
    expect(id).toMatch(/^\d+$/);
    await expect.poll(() => connector.wasCommitted(id)).toBe('aborted');
    expect(await heldBy(role, account)).toEqual([]);
  });

  test('has no transaction where nothing is about to change', async () => {
    const { connector, one, pair } = system;
    const { role, account } = await pair();
    const granted = await one.granted(role, account);
    const transactions: unknown[] = [];
    const note = async (_outcomes: unknown, transaction?: string) => void transactions.push(transaction);
    await connector.grant([{ role, account }], note);
    await connector.restore([granted], note);
    await connector.revoke([{ ...granted, id: '1' }], note);
    await connector.grant([], note);
    expect(transactions).toEqual([undefined, undefined, undefined, undefined]);
  });

  test.each(['1', '3', '999999999999', '99999999999999999999', 'not a transaction', ''])(
    'a transaction that the server does not know is unknown: %s',
    async (id) => {
      expect(await system.connector.wasCommitted(id)).toMatch(id === '1' || id === '3' ? /committed|unknown/ : /^unknown$/);
    },
  );
});

describe('a rehearsal', () => {
  test('answers as the effects would, one after the other, and changes nothing', async () => {
    const { connector, one, pair, accounts, logins, heldBy, kim } = system;
    const { role, account } = await pair();
    const [ben = '', cho = ''] = await accounts(2);
    const granted = await one.granted(role, ben);
    await logins.as(kim, `grant "${role}" to "${cho}"`);
    const [kims] = await heldBy(role, cho);
    const before = (await connector.snapshot([role], [])).grants;
    const rehearsed = await connector.rehearse({
      grant: [account, ben, 'ghost'].map((each) => ({ role, account: each })),
      revoke: [granted, ...(kims ? [kims] : [])],
      restore: [granted, ...(kims ? [kims] : [])],
    });
    expect(rehearsed).toMatchObject({
      grant: [{ outcome: 'created' }, { outcome: 'preexisting' }, { outcome: 'failed' }],
      revoke: [{ outcome: 'revoked' }, { outcome: 'failed', why: expect.stringContaining('permission denied to revoke') }],
      // What was revoked before it is missing, and the other is held still.
      restore: [{ outcome: 'created' }, { outcome: 'preexisting' }],
    });
    expect((await connector.snapshot([role], [])).grants).toEqual(before);
    expect(await one.grant(role, account)).toMatchObject({ outcome: 'created' });
  });
});

describe('other sessions', () => {
  test('that end this one in the middle change nothing, and the next call works', async () => {
    const { pair, logins, svc, heldBy } = system;
    const { role, account } = await pair();
    const name = logins.of('ended');
    const blocked = postgresConnector({ connectionString: logins.url(svc), applicationName: name });
    const admin = await holding(role);
    const granting = oneByOne(blocked)
      .grant(role, account)
      .catch((error: unknown) => error);
    await expect
      .poll(() => logins.admin('select pid from pg_stat_activity where application_name = $1 and wait_event_type = $2', [name, 'Lock']))
      .toHaveLength(1);
    await logins.admin('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [name]);
    expect(await granting).toBeInstanceOf(SystemUnavailable);
    await admin.end();
    expect(await heldBy(role, account)).toEqual([]);
    expect(await oneByOne(blocked).grant(role, account)).toMatchObject({ outcome: 'created' });
    await blocked.close();
  });

  test('that keep a lock too long are SystemUnavailable', async () => {
    const { pair, logins, svc } = system;
    const { role, account } = await pair();
    const hasty = postgresConnector({ connectionString: logins.url(svc), lockTimeoutMs: 100 });
    const admin = await holding(role);
    await expect(hasty.grant([{ role, account }], unrecorded)).rejects.toThrow(SystemUnavailable);
    await admin.end();
    expect(await oneByOne(hasty).grant(role, account)).toMatchObject({ outcome: 'created' });
    await hasty.close();
  });

  test.each([
    ['role', /role '.*' does not exist/],
    ['account', /account '.*' does not exist/],
  ] as const)('that drop the %s at the same time leave an answer in words', async (which, words) => {
    const { one, pair, logins } = system;
    for (let round = 0; round < 5; round++) {
      const names = await pair();
      const admin = new Client({ connectionString: inject('postgresUrl') });
      await admin.connect();
      await admin.query('begin');
      await admin.query(`drop role "${names[which]}"`);
      const granting = one.grant(names.role, names.account);
      if (which === 'role') await waitsForLock(system);
      await admin.query('commit');
      await admin.end();
      const outcome = await granting;
      if (outcome.outcome !== 'created') expect(outcome).toMatchObject({ outcome: 'failed', why: expect.stringMatching(words) });
      else expect(which).toBe('account');
      await logins.admin(`create role "${names[which]}"`);
    }
  });

  test('that rename the role while its grant waits do not make it another role', async () => {
    const { connector, pair, logins, heldBy, signed } = system;
    const [{ role, account }, other] = [await pair(), await pair()];
    const wanted = await signed(role, [account]);
    const admin = new Client({ connectionString: inject('postgresUrl') });
    await admin.connect();
    const away = logins.of('away');
    await admin.query('begin');
    await admin.query(`grant "${role}" to "${other.account}"; grant "${other.role}" to "${other.account}"`);
    const granting = connector.grant(wanted, unrecorded);
    await waitsForLock(system);
    await admin.query(`alter role "${role}" rename to "${away}"; alter role "${other.role}" rename to "${role}"; commit`);
    await admin.end();
    expect(await granting).toEqual([{ outcome: 'failed', why: `role '${role}' was renamed to '${away}' since it was signed` }]);
    expect([await heldBy(role, account), await heldBy(away, account)]).toEqual([[], []]);
    await logins.admin(`alter role "${role}" rename to "${other.role}"; alter role "${away}" rename to "${role}"`);
  });
});

test('the place is the cluster, and where the server does not show which, the address that it is connected to', async () => {
  const { logins, svc, connector } = system;
  expect(await connector.place()).toMatch(/^postgres:\d+$/);
  const database = logins.of('hidden');
  await logins.admin(`create database "${database}"`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${database}`;
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  await admin.query('revoke execute on function pg_catalog.pg_control_system() from public');
  await admin.end();
  const own = new URL(logins.url(svc));
  own.pathname = `/${database}`;
  const hidden = postgresConnector({ connectionString: own.href });
  expect(await hidden.place()).toMatch(/^postgres:[0-9a-f]{20}$/);
  await hidden.close();
  await logins.admin(`drop database "${database}" with (force)`);
});

test('a cancelled snapshot ends with the reason of the cancellation', async () => {
  const { connector, pair } = system;
  const { role } = await pair();
  await expect(connector.snapshot([role], [], AbortSignal.abort(new Error('not wanted any more')))).rejects.toThrow('not wanted any more');
  const controller = new AbortController();
  const asking = connector.snapshot([role], [], controller.signal);
  controller.abort(new Error('changed our mind'));
  await expect(asking).rejects.toThrow('changed our mind');
  expect(await connector.place()).toMatch(/^postgres:\d+$/);
});

/** An administrator in a transaction that keeps the role from being granted, until it is ended. */
async function holding(role: string): Promise<Client> {
  const admin = new Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  await admin.query('begin');
  await admin.query(`grant "${role}" to "${system.kim}" with inherit false`);
  return admin;
}
