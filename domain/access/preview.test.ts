import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { previewDigest, previewPart } from './preview.ts';

const parts = [
  { system: 'erp', digest: 'one' },
  { system: 'hr', digest: 'two' },
];

test('the signed digest covers the digests of the parts by system, in any order', () => {
  expect(previewDigest(parts)).toBe(sha256Hex(parts));
  expect(previewDigest(parts.toReversed())).toBe(previewDigest(parts));
});

test.each<[string, typeof parts]>([
  ['a part whose content changed', [parts[0]!, { system: 'hr', digest: 'three' }]],
  ['a part of another system', [parts[0]!, { system: 'crm', digest: 'two' }]],
  ['one part fewer', [parts[0]!]],
  [
    'parts that changed places',
    [
      { system: 'erp', digest: 'two' },
      { system: 'hr', digest: 'one' },
    ],
  ],
])('%s has another digest', (_, changed) => {
  expect(previewDigest(changed)).not.toBe(previewDigest(parts));
});

describe('a part as workflows and views carry it', () => {
  const part = { system: 'erp', digest: 'd', people: 3, toGrant: 2, alreadyThere: 1, toRetire: 0, toDrop: 1, conflicts: ['one'] };

  test('is whole; only the count of what is dropped may be left out', () => {
    const { toDrop: _, ...shorter } = part;
    expect(previewPart.parse(part)).toEqual(part);
    expect(previewPart.parse(shorter)).toEqual(shorter);
    for (const name of Object.keys(shorter)) expect(previewPart.safeParse({ ...part, [name]: undefined }).success, name).toBe(false);
  });

  test('has nothing else in it, and counts in whole numbers', () => {
    expect(previewPart.safeParse({ ...part, people: 2.5 }).success).toBe(false);
    expect(previewPart.safeParse({ ...part, names: ['ann'] }).success).toBe(false);
  });
});

test('the counts and texts of a part are not signed; its digest is', () => {
  expect(previewDigest(parts.map((part) => ({ ...part, people: 3, conflicts: ['one'] })))).toBe(previewDigest(parts));
});
