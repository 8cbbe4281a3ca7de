import { describe, expect, test } from 'vitest';
import { created, entry, grant, happened, us } from '../../test/support/ledger.ts';
import { asTried, toTry } from './rollback-rehearsal.ts';
import type { Decided } from './rollback.ts';

const [ours, old, older] = [grant('clerk', 'ann', us), grant('old_reader', 'ann', 'kim'), grant('old_reader', 'ann', 'lee')];
const revoked: Decided = { entry: created('clerk', 'ann'), decision: { do: 'revoke', grants: [ours] } };
const kept: Decided = { entry: created('reader', 'ann'), decision: { do: 'keep', why: 'had it before' } };
const retired = happened(entry({ kind: 'retire', role: 'old_reader', account: 'ann', person: 'ann' }), { did: 'revoked', grants: [old, older] });
const restored: Decided = { entry: retired, decision: { do: 'restore', grants: [old, older] } };
const back = { outcome: 'created', grant: old } as const;
const tried = (revoke: Parameters<typeof asTried>[1]['revoke'], restore: Parameters<typeof asTried>[1]['restore']) =>
  asTried([kept, restored, revoked], { revoke, restore }).map(({ decision }) => decision);

test('what a rollback would change is tried, each grant in the order of the decisions', () => {
  expect(toTry([kept, restored, revoked])).toEqual({ revoke: [ours], restore: [old, older] });
});

describe('what the system answers', () => {
  test('changes nothing where it would do all of it', () => {
    expect(tried([{ outcome: 'revoked' }], [back, back])).toEqual([kept.decision, restored.decision, revoked.decision]);
  });

  test('leaves to a person what it would not revoke', () => {
    expect(tried([{ outcome: 'failed', why: 'permission denied' }], [back, back])[2]).toEqual({
      do: 'byHand',
      effect: 'revoke',
      why: 'the system refuses to revoke it: permission denied',
    });
  });

  test('leaves to a person what it would not give back', () => {
    expect(tried([{ outcome: 'revoked' }], [back, { outcome: 'failed', why: 'permission denied' }])[1]).toEqual({
      do: 'byHand',
      effect: 'restore',
      why: 'the system refuses to give it back: permission denied',
    });
  });

  test('says what never comes back, because nobody is there who could have it', () => {
    const gone = { outcome: 'failed', why: "account 'ann' no longer exists", nothingThere: true } as const;
    expect(tried([{ outcome: 'revoked' }], [gone, gone])[1]).toEqual({ do: 'notRestored', why: "account 'ann' no longer exists" });
    expect(tried([{ outcome: 'revoked' }], [back, gone])[1]).toEqual({ ...restored.decision, note: "account 'ann' no longer exists" });
  });

  test('says in what other form it comes back', () => {
    expect(tried([{ outcome: 'revoked' }], [{ ...back, note: 'restored by svc' }, back])[1]).toEqual({ ...restored.decision, note: 'restored by svc' });
  });
});
