import { describe, expect, test } from 'vitest';
import { newKey } from '../../test/support/keys.ts';
import { plan } from '../../test/support/plan.ts';
import type { RevisionRecord } from '../views/revision.ts';
import { decidersDigest, decidersIn, planDocumentDigest } from '../plan/digest.ts';
import { appliersOf, applyMessage, isApplied, isDecided } from './applied.ts';

const key = newKey();
const keys = [key.trusted];
const document = plan();
const record: RevisionRecord = { changedBy: { clerks: [{ by: 'ines', revision: 2 }] }, consentedBy: ['olga'] };
const applied = applyMessage(document, { id: 'test-revision-2', number: 2, by: 'ines', atMs: 1_000, record });
const stored = (change: object = {}) => ({ plan: 'test', number: 2, appliedBy: 'ines', record, seal: key.seal(applied), ...change });
const [digest, deciders] = [planDocumentDigest(document), decidersDigest(decidersIn(document))];

test('what the endpoint seals names the revision, its document, its deciders and its record, and counts for a quarter of an hour', () => {
  expect(applied).toMatchObject({ type: 'apply', plan: 'test', by: 'ines', atMs: 1_000, expiresMs: 901_000, body: { revision: 2, digest, deciders } });
  expect(isApplied(stored(), digest, keys)).toBe(true);
  expect(isDecided(stored(), deciders, keys)).toBe(true);
});

describe('a row of the store is not what was applied', () => {
  test.each<[string, object]>([
    ['of another plan', { plan: 'other' }],
    ['of another number', { number: 3 }],
    ['that names somebody else', { appliedBy: 'hugo' }],
    ['with no seal', { seal: '' }],
    ['with a seal of a key that is not trusted', { seal: newKey().seal(applied) }],
    ['with the seal of another type of message', { seal: key.seal({ ...applied, type: 'consent', body: { revision: 2, digest } }) }],
    ['with the seal of a message to a wave', { seal: key.seal({ ...applied, wave: 'wave-1' }) }],
  ])('%s', (_what, change) => {
    expect(isApplied(stored(change), digest, keys)).toBe(false);
    expect(isDecided(stored(change), deciders, keys)).toBe(false);
  });

  test('whose document, deciders or record are others', () => {
    expect(isApplied(stored(), planDocumentDigest(plan({ operators: ['ines'] })), keys)).toBe(false);
    expect(isApplied(stored({ record: { ...record, consentedBy: [] } }), digest, keys)).toBe(false);
    expect(isDecided(stored(), decidersDigest(decidersIn(plan({ operators: ['ines'] }))), keys)).toBe(false);
    expect(isDecided(stored({ seal: '' }), deciders, keys)).toBe(false);
  });
});

test('who changed a package after it was last released counts; ids that are names of properties are ids like any other', () => {
  const changedBy = {
    clerks: [
      { by: 'hugo', revision: 2 },
      { by: 'ines', revision: 3 },
    ],
  };
  expect([0, 1, 2, 3].map((released) => appliersOf({ changedBy, consentedBy: [] }, 'clerks', released))).toEqual([
    ['hugo', 'ines'],
    ['hugo', 'ines'],
    ['ines'],
    [],
  ]);
  for (const id of ['constructor', '__proto__', 'toString', 'posters']) expect(appliersOf({ changedBy, consentedBy: [] }, id, 0)).toEqual([]);
});
