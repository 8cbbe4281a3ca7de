import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostOfMessage } from '../../clients/own-process/channel.ts';
import { usualLimits } from '../../domain/limits.ts';
import { sizeOf } from '../../domain/size-of.ts';
import { inASlice } from '../../domain/slices.ts';
import type { ActualGrant, Connector, SystemSnapshot } from '../connector.ts';
import { answeringPacked, mostUnpacked, packed, unpacked, type PackedSnapshot } from './packed-snapshot.ts';

const text = fc.string({ maxLength: 8 });
const optional = fc.option(text, { nil: undefined });
const grant = fc
  .record({
    role: text,
    account: text,
    grantor: optional,
    id: optional,
    roleId: optional,
    accountId: optional,
    grantorId: optional,
    options: fc.dictionary(text, fc.boolean()),
  })
  .map((each) => Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)) as unknown as ActualGrant);
const snapshotOf = (grants: ActualGrant[]): SystemSnapshot => ({
  roles: [{ role: 'clerk', exists: true, digest: 'd', privileges: [] }],
  grants,
  accounts: [{ account: 'ann', id: '1' }],
  unknownAccounts: ['ben'],
  standby: true,
});

test('what is held is the same after its way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(grant, { maxLength: 30 }), async (grants) => {
      const way = JSON.parse(JSON.stringify(await packed(snapshotOf(grants)))) as PackedSnapshot;
      expect(await unpacked(way)).toEqual(snapshotOf(grants));
    }),
  );
});

/** As PostgreSQL tells them, of accounts with names of sixty characters. */
const grantsOf = (accounts: number, roles: number): ActualGrant[] =>
  Array.from({ length: accounts * roles }, (_, at) => ({
    role: `a role with a rather long name ${at % roles}`,
    account: `firstname.lastname.of.somebody.${String(Math.floor(at / roles)).padStart(9, '0')}@people.example`,
    grantor: 'rolewave',
    options: { admin: false, inherit: true, set: true },
    id: String(1_000_000_000 + at),
    roleId: String(2_000_000_000 + (at % roles)),
    accountId: String(3_000_000_000 + Math.floor(at / roles)),
    grantorId: '4000000000',
  }));

test('all grants that a site allows by its usual limits, and all others of a preview, are one message', async () => {
  const { grantsPerPlan, othersPerPreview } = usualLimits;
  // A tenth of both: ids and names have as many characters.
  const largest = snapshotOf(grantsOf((grantsPerPlan + othersPerPreview) / 100, 10));
  expect(sizeOf(await packed(largest))).toBeLessThan(mostOfMessage / 10);
});

test('more than a million grants are neither packed nor unpacked, however few bytes a process makes of them', async () => {
  const [one] = grantsOf(1, 1);
  await expect(packed(snapshotOf(Array.from({ length: mostUnpacked + 1 }, () => one ?? expect.fail('no grant'))))).rejects.toThrow(
    '1,000,001 grants of these entitlements are held there, and at most 1,000,000 are read at once',
  );
  const way = await packed(snapshotOf([]));
  const nothing = (rows: number) => `[${Array.from({ length: rows }, () => '[]').join()}]`;
  const slices = Array.from({ length: mostUnpacked / inASlice + 1 }, () => nothing(inASlice));
  await expect(unpacked({ ...way, grants: slices })).rejects.toThrow('at most 1,000,000 are read at once');
  await expect(unpacked({ ...way, grants: [nothing(50 * inASlice)] })).rejects.toThrow('pieces that are too long');
});

test('what comes of a process is unpacked in slices, and the grants of a role share its text', async () => {
  const way = await packed(snapshotOf(grantsOf(500, 10)));
  expect(way.grants).toHaveLength(5_000 / inASlice);
  let turns = 0;
  const count = () => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const { grants } = await unpacked(way);
  clearImmediate(timer);
  expect(grants).toHaveLength(5_000);
  expect(turns).toBeGreaterThanOrEqual(3);
});

test('numbers of texts that there are not are no texts', async () => {
  const { grants } = await unpacked({ ...(await packed(snapshotOf([]))), grants: ['[[7,1,2,3]]'] });
  expect(grants).toEqual([{ role: '', account: '', options: {} }]);
});

test('of what was tried, only whether it would be done comes back', async () => {
  const rehearse = async () => ({
    grant: [
      { outcome: 'created' as const, grant: { role: 'clerk', account: 'ann', grantor: 'rolewave', options: {} } },
      { outcome: 'failed' as const, why: 'no such role' },
    ],
    revoke: [{ outcome: 'gone' as const }],
    restore: [{ outcome: 'preexisting' as const, grants: [], note: 'in the name of kim' }],
  });
  const connector = answeringPacked({ snapshot: async () => snapshotOf([]), rehearse } as unknown as Connector);
  expect(await connector.rehearse({ grant: [], revoke: [], restore: [] })).toEqual({
    grant: [
      { outcome: 'created', grant: { grantor: 'rolewave' } },
      { outcome: 'failed', why: 'no such role' },
    ],
    revoke: [{ outcome: 'gone' }],
    restore: [{ outcome: 'preexisting', note: 'in the name of kim' }],
  });
});
