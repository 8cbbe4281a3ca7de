/** At the door, a claim names access that a rollback would revoke or has kept: anything else would keep nothing, and its claimant would learn that too late. */
import { describe, expect, test } from 'vitest';
import type { LedgerOutcome } from '../../../domain/release/ledger.ts';
import { routes } from './route.ts';

const claim = routes.find(({ path }) => path.endsWith('/claims'))!;
const rowOf = (outcome: LedgerOutcome, more: object = {}) => ({ system: 'erp', kind: 'grant', role: 'clerk', person: 'ann', account: 'ann', outcome, ...more });

/** Sends a claim on the clerk of ann; where it passes, the sealer is reached. */
async function sent(...rows: object[]): Promise<unknown> {
  const services = {
    grants: { of: async () => rows },
    store: { countMessages: async () => 0 },
    engine: { client: { workflow: { getHandle: () => ({}) } } },
    sealer: { seal: () => Promise.reject(new Error('sealed')) },
    states: { sent: () => undefined },
  };
  const asked = {
    params: { plan: 'test', wave: 'wave-1', package: 'clerks' },
    body: { body: { grants: [{ system: 'erp', role: 'clerk', person: 'ann' }], untilMs: 1, reason: 'the close' } },
    header: () => undefined,
    by: 'otto',
  };
  return claim.handle(asked as never, services as never).catch(({ message }: Error) => message);
}

describe('a claim is refused on access that', () => {
  test.each<[string, object[]]>([
    ["this release granted 'ann' no 'clerk'", [rowOf('created', { person: 'ben' })]],
    ["this release granted 'ann' no 'clerk'", [rowOf('revoked', { kind: 'retire' })]],
    ['was there before this release', [rowOf('preexisting')]],
    ['could not be granted', [rowOf('failed')]],
    ['is no longer granted by this release', [rowOf('withdrawn')]],
    ['was revoked, so', [rowOf('revoked')]],
    ['was revoked by somebody else', [rowOf('gone')]],
  ])('%s', async (why, rows) => {
    expect(await sent(...rows)).toContain(why);
    expect(await sent(...rows)).toContain('there is nothing to claim');
  });
});

test.each<[string, object[]]>([
  ['this release granted', [rowOf('created')]],
  ['a rollback kept', [rowOf('kept')]],
  ['is not confirmed', [rowOf('unknown')]],
  ['one account of several still has', [rowOf('revoked'), rowOf('created', { account: 'ann-2' })]],
  ['of a package that is not released, which its wave answers', []],
])('a claim on what %s goes to the package', async (_, rows) => expect(await sent(...rows)).toBe('sealed'));
