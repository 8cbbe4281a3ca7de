import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { carriedReceipt, carriedReceipts, linesCarried, linesStored, listBytesStored, receiptBytes, receiptsBytes, storedReceipt } from './carried-receipt.ts';
import { countsOf, receipt as schema, receiptLine, type Receipt } from './receipt.ts';

const nothing: Receipt = { system: 'erp', granted: 0, revoked: 0, kept: [], restored: 0, restoredNotes: [], notRestored: [], failed: [], check: 'select 1' };
const line = (account: string, why: string, role = 'clerk') => ({ role, account, why });
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const many = <T>(count: number, of: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => of(index));

test('a short receipt is carried as it is', () => {
  const short = { ...nothing, kept: [line('ann', 'granted by kim')], failed: [{ ...line('ben', 'permission denied'), person: 'ben' }] };
  expect(carriedReceipt(short)).toEqual(short);
});

test('of a long one the first lines are carried, one of each reason first, with how many there are', () => {
  const reasons = many(40, (index) => `kept for claimant-${index}: ${'r'.repeat(2_000)}`);
  const carried = carriedReceipt({ ...nothing, kept: many(4_000, (index) => line(`account-${index}`, reasons[index % 40]!)) });
  expect(carried.kept.length).toBeLessThanOrEqual(linesCarried);
  expect(new Set(carried.kept.map(({ why }) => why)).size).toBe(40);
  expect(carried.counts).toEqual({ kept: 4_000, restoredNotes: 0, notRestored: 0, failed: 0 });
  expect(schema.parse(carried)).toEqual(carried);
  expect(receiptLine([carried])).toMatch(/^0 granted, 0 revoked, 4000 kept \(kept for claimant-0: r+…; .*; and other reasons\)$/);
  expect(receiptLine([carried]).length).toBeLessThan(2_000);
});

test('where anything failed, one line at least says so, however little room there is', () => {
  const failed = many(9, (index) => ({ ...line(`account-${index}`, 'permission denied'), person: `p${index}` }));
  expect(carriedReceipt({ ...nothing, failed }, 1)).toMatchObject({ failed: [failed[0]], counts: { failed: 9 }, check: '' });
});

test('what claims keep is never cut, because it tells what may be claimed', () => {
  const claimed = many(1_000, (index) => ({ role: `role-${index}`, account: 'a'.repeat(1_000), person: `p${index}`, claim: 'c'.repeat(100) }));
  const carried = carriedReceipt({ ...nothing, claimed });
  expect(carried.claimed).toEqual(claimed.map(({ role, person }) => ({ role, person })));
  expect(carriedReceipt({ ...nothing, claimed: claimed.slice(0, 9) }).claimed).toEqual(claimed.slice(0, 9));
});

const anyText = fc.string({ unit: 'binary', maxLength: 1_500 });
const anyLines = fc.array(fc.record({ role: anyText, account: anyText, why: anyText }), { maxLength: 60 });
const anyReceipt = fc
  .record({ kept: anyLines, restoredNotes: anyLines, notRestored: anyLines, failed: anyLines, check: anyText })
  .map((lists): Receipt => ({ ...nothing, ...lists }));

test('whatever was said, a receipt fits, keeps its numbers, and is cut only once', () => {
  const oneLine = 3 * 6 * 1_500;
  fc.assert(
    fc.property(anyReceipt, (receipt) => {
      const carried = carriedReceipt(receipt);
      expect(bytes(carried)).toBeLessThan(receiptBytes + oneLine + 1_000);
      expect(countsOf(carried)).toEqual(countsOf(receipt));
      expect(carriedReceipt(carried)).toEqual(carried);
    }),
    { numRuns: 50 },
  );
});

test('those of all systems of a release fit together', () => {
  const long = many(500, (index) => line('a'.repeat(1_000), `${index} ${'語'.repeat(5_000)}`, 'r'.repeat(1_000)));
  const receipts = many(100, (index) => ({
    ...nothing,
    system: `s${index}`,
    kept: long,
    restoredNotes: long,
    notRestored: long,
    failed: long,
    check: 'x'.repeat(50_000),
  }));
  const carried = carriedReceipts(receipts);
  expect(bytes(carried)).toBeLessThan(2 * receiptsBytes);
  expect(receiptLine(carried)).toContain('50000 FAILED');
});

test('of 200,000 grants that could not be given back, the store keeps some megabytes of what the server said, and how many there are', () => {
  const words = many(200_000, (index) => line(`account-${index}`, `permission denied to grant role, ${index}: ${'w'.repeat(700)}`));
  const claimed = many(1_000, (index) => ({ role: 'clerk', account: `a${index}`, person: `p${index}`, claim: 'c' }));
  const stored = storedReceipt({ ...nothing, notRestored: words, kept: words.map(({ role, account }) => line(account, 'granted by kim', role)), claimed });
  expect(bytes(stored)).toBeLessThan(2 * listBytesStored + 200_000);
  expect(stored.kept).toHaveLength(linesStored);
  expect(stored.notRestored[0]).toEqual(words[0]);
  expect(stored.counts).toEqual({ kept: 200_000, restoredNotes: 0, notRestored: 200_000, failed: 0 });
  expect(stored.claimed).toEqual(claimed);
  expect(schema.parse(stored)).toEqual(stored);
});

test('a rollback answers the same, whether the whole receipt was stored or its first lines', () => {
  const reached = new Set<boolean>();
  const receipts = fc.record({
    lines: fc.constantFrom(3, linesCarried, linesCarried + 1, linesStored, linesStored + 1),
    others: fc.constantFrom(0, 7, linesStored + 9),
    reasons: fc.constantFrom(1, 3, 300, 6_000),
    words: fc.constantFrom(5, 300, 1_000),
  });
  fc.assert(
    fc.property(receipts, ({ lines, others, reasons, words }) => {
      const of = (count: number) => many(count, (index) => line(`account-${index}`, `${index % reasons} ${'w'.repeat(words)}`));
      const receipt = { ...nothing, kept: of(lines), notRestored: of(others), restoredNotes: of(others).toReversed() };
      const stored = storedReceipt(receipt);
      reached.add(stored.counts !== undefined);
      expect(carriedReceipt(stored)).toEqual(carriedReceipt(receipt));
    }),
    { numRuns: 20 },
  );
  expect(reached.size).toBe(2);
});
