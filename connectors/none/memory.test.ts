import { expect, test } from 'vitest';
import { Rows, type Row } from './memory.ts';

const row = (id: string, accountId = 'ann'): Row => ({ id, roleId: 'clerk', accountId, grantorId: 'dba', options: {} });

test('a draft changes nothing until it is committed, and then keeps what others have changed', () => {
  const rows = Rows.empty();
  rows.add(row('1'));
  const draft = rows.draft();
  draft.remove('1');
  draft.add(row('2', 'ben'));
  rows.add(row('3', 'cem'));
  expect(rows.all().map(({ id }) => id)).toEqual(['1', '3']);
  draft.commitTo(rows);
  expect(rows.all().map(({ id }) => id)).toEqual(['3', '2']);
  expect([rows.ofPair('clerk', 'ann'), rows.ofPair('clerk', 'ben').map(({ id }) => id)]).toEqual([[], ['2']]);
});

test('what was committed is not committed a second time, into rows that are themselves given on', () => {
  const [rows, others] = [Rows.empty(), Rows.empty()];
  const draft = rows.draft();
  draft.add(row('1'));
  draft.commitTo(rows);
  rows.commitTo(others);
  expect([rows.all().length, others.all().length]).toEqual([1, 0]);
});
