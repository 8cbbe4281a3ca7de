/** What may wait: connections of its own, and rehearsals that nobody waits behind. */
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type {} from '../../test/support/provided.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { unrecorded } from '../../test/support/one-by-one.ts';
import { openPgSystem, waitsForLock, type PgSystem } from '../../test/support/pg-system.ts';

let system: PgSystem;
beforeAll(async () => {
  system = await openPgSystem(inject('postgresUrl'));
});
afterAll(() => system?.close());

const aside = () => system.connector.aside!('simulations')!;

test('it answers as the connector does, and changes nothing', async () => {
  const { connector, pair, heldBy } = system;
  const { role, account } = await pair();
  expect(aside()).toBe(aside());
  expect([connector.aside?.('readings'), connector.aside?.('comparisons')]).toEqual([undefined, undefined]);
  expect(await aside().snapshot([role], [account])).toEqual(await connector.snapshot([role], [account]));
  expect(await aside().rehearse({ grant: [{ role, account }], revoke: [], restore: [] })).toMatchObject({ grant: [{ outcome: 'created' }] });
  expect(await heldBy(role, account)).toEqual([]);
});

test('a rehearsal gives way to an effect that has the role, and to one that waits for it; the effect waits for no rehearsal that comes later', async () => {
  const { connector, pair, accounts, heldBy } = system;
  const { role, account } = await pair();
  const [second = ''] = await accounts(1);
  const { promise: recorded, resolve: record } = Promise.withResolvers<void>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const first = connector.grant([{ role, account }], async () => {
    begin();
    await recorded;
  });
  await begun;
  const waiting = connector.grant([{ role, account: second }], unrecorded);
  await waitsForLock(system);
  const rehearsed = aside().rehearse({ grant: [{ role, account: second }], revoke: [], restore: [] });
  await expect(rehearsed).rejects.toThrow(SystemUnavailable);
  record();
  expect(await Promise.all([first, waiting])).toMatchObject([[{ outcome: 'created' }], [{ outcome: 'created' }]]);
  expect(await heldBy(role, second)).toHaveLength(1);
  expect(await aside().rehearse({ grant: [{ role, account: second }], revoke: [], restore: [] })).toMatchObject({ grant: [{ outcome: 'preexisting' }] });
});

test('any number of readings has four connections at most, and an effect needs none of them', async () => {
  const { connector, pair, logins, svc } = system;
  const { role, account } = await pair();
  const sessions = async () => {
    const rows = await logins.admin(
      `select application_name as name, count(*)::int as count from pg_stat_activity where usename = $1 and application_name like 'rolewave%' group by 1`,
      [svc],
    );
    return new Map((rows as { name: string; count: number }[]).map(({ name, count }) => [name, count]));
  };
  const readings = Array.from({ length: 40 }, () => aside().snapshot([role], [account]));
  const granted = connector.grant([{ role, account }], async () => {
    expect((await sessions()).get('rolewave simulations')).toBeLessThanOrEqual(4);
  });
  expect(await granted).toMatchObject([{ outcome: 'created' }]);
  await Promise.all(readings);
  expect((await sessions()).get('rolewave simulations')).toBeGreaterThan(1);
});
