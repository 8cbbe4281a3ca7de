import { expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { previewDigest } from './preview.ts';

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

test('the counts and texts of a part are not signed; its digest is', () => {
  expect(previewDigest(parts.map((part) => ({ ...part, people: 3, conflicts: ['one'] })))).toBe(previewDigest(parts));
});
