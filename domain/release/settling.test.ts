import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actual, grant, us } from '../../test/support/ledger.ts';
import type { Fact } from './facts.ts';
import type { Held } from './ledger.ts';
import { tookEffect } from './settling.ts';

/** A row as a server from 16 on shows it, and as one up to 15 does. */
const row = (account: string, grantor = us): Held => ({ ...grant('clerk', account, grantor), roleId: '1', accountId: `2${account}`, grantorId: `3${grantor}` });
const unnumbered = (account: string, grantor = us): Held => {
  const { id: _, ...rest } = row(account, grantor);
  return rest;
};
const granted = (...grants: Held[]): Fact => ({ did: 'granted', grants });
const revoked = (...grants: Held[]): Fact => ({ did: 'revoked', grants });
const restored = (...as: Held[]): Fact => ({ did: 'restored', grants: as.map((grant) => ({ ...grant, id: `before ${grant.account}` })), as, notes: [] });

describe('of a transaction that the system has forgotten, what is held tells', () => {
  const [ann, ben] = [row('ann'), row('ben')];
  const [anns, bens] = [unnumbered('ann'), unnumbered('ben')];
  test.each<[string, Fact[], Held[], boolean | undefined]>([
    ['a grant whose row is there happened', [granted(ann), granted(ben)], [ann, ben], true],
    ['it happened as a whole, although someone has revoked a part of it since', [granted(ann), granted(ben)], [ben], true],
    ['a grant of which no row is there did not happen, or nothing of it is left', [granted(ann), granted(ben)], [], false],
    ['a row of the same pair by another is not its', [granted(ann)], [row('ann', 'kim')], false],
    ['a later row of the same login is not its', [granted(ann)], [{ ...ann, id: 'later' }], false],
    ['an id that came again for someone else is not its', [granted(ann)], [{ ...row('ben'), id: ann.id! }], false],
    ['an id that came again for another grantor is not its (R1)', [granted(ann)], [{ ...row('ann', 'kim'), id: ann.id! }], false],
    ['a revoke whose row is there did not happen', [revoked(ann), revoked(ben)], [ann, ben], false],
    ['it did not happen as a whole, although someone else has revoked a part of it since', [revoked(ann), revoked(ben)], [ben], false],
    ['a revoke of which no row is there happened', [revoked(ann), revoked(ben)], [], true],
    ['it happened, although the same is granted anew', [revoked(ann)], [{ ...ann, id: 'later' }], true],
    ['a restore whose new row is there happened', [restored(ann), restored(ben)], [ann], true],
    ['a restore of which no row is there did not happen', [restored(ann)], [{ ...ann, id: 'before ann' }], false],
    ['what other releases regained in it tells the same', [restored(ann), granted(ben)], [ben], true],
    ['without ids, a grant of which nothing is held did not happen', [granted(anns), granted(bens)], [unnumbered('ann', 'kim')], false],
    ['without ids, nobody can tell who granted what is held in our own name (R1)', [granted(anns), granted(bens)], [anns, bens], undefined],
    ['without ids, a revoke of which nothing is held happened', [revoked(anns), revoked(bens)], [], true],
    ['without ids, a revoke of which all is held did not', [revoked(anns), revoked(bens)], [anns, bens], false],
    ['without ids, nobody can tell of a revoke of which a part is held', [revoked(anns), revoked(bens)], [anns], undefined],
    ['without ids, a restore of which all is held happened', [restored(anns), restored(bens)], [anns, bens], true],
    ['without ids, nobody can tell of a restore of which a part is held', [restored(anns), restored(bens)], [bens], undefined],
  ])('%s', (_, effects, held, expected) => expect(tookEffect(effects, actual(held), 'unknown')).toBe(expected));
});

describe('of a transaction that the system remembers', () => {
  const anyEffects = fc
    .tuple(fc.constantFrom(granted, revoked, restored), fc.subarray(['ann', 'ben', 'dea'], { minLength: 1 }), fc.constantFrom(row, unnumbered))
    .map(([did, accounts, as]) => accounts.map((account) => did(as(account))));
  test('its word counts where no row says otherwise', () => {
    fc.assert(
      fc.property(anyEffects, fc.boolean(), (effects, committed) => {
        expect(tookEffect(effects, actual([]), committed ? 'committed' : 'aborted')).toBe(committed);
        expect(tookEffect(effects, actual([unnumbered('ann'), unnumbered('ben'), unnumbered('dea')]), committed ? 'committed' : 'aborted')).toBe(committed);
      }),
    );
  });
  test.each<[string, Fact, boolean]>([
    ['a revoke whose row is there did not happen: after a restore the number is another transaction’s', revoked(row('ann')), false],
    ['a grant whose row is there happened', granted(row('ann')), true],
    ['a restore whose row is there happened', restored(row('ann')), true],
  ])('%s', (_, effect, expected) => {
    for (const says of ['committed', 'aborted'] as const) expect(tookEffect([effect], actual([row('ann')]), says)).toBe(expected);
  });
});
