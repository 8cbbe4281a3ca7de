import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyActual, clerksNow, clerksPlan, grant, people, previewContent, previewLines } from '../../test/support/ledger.ts';
import { pairKey } from '../release/ledger.ts';
import { buildPreview, partOf } from './build-preview.ts';
import { previewRows, rowKey } from './preview-rows.ts';

const plan = clerksPlan();
const now = clerksNow;
const lines = previewLines;

test('each person is listed with what they get, have and lose, and who granted what they hold', () => {
  expect(lines(previewRows(buildPreview(plan, 'clerks', 'erp', now)))).toEqual([
    "conflict 'old_admin' was rejected and is still held by 1 person: it is retired, and no rollback restores it",
    'gets ann ann clerk',
    'gets ann ann reader',
    'gets ben ben clerk',
    'gets ben ben reader',
    'gets cem c.em clerk',
    'has cem c.em reader dba kim',
    'loses ann ann old_reader dba legacy access, retired',
    'loses ben ben old_admin dba legacy access whose design was rejected: retired, and never restored',
    'other somebody clerk',
  ]);
});

test('what an earlier release granted and this one drops is lost, once, by the person who holds it', () => {
  const drop = [
    { ...grant('clerk', 'dea', 'rolewave'), person: 'dea' },
    { ...grant('clerk', 'dea', 'rolewave-2'), person: 'dea' },
  ];
  expect(lines(previewRows(previewContent({ drop })))).toEqual(['loses dea dea clerk rolewave rolewave-2 granted by an earlier release, which this one drops']);
});

test('nobody gets a role that does not exist', () => {
  const without = { ...now, roles: now.roles.map((role) => (role.role === 'clerk' ? { ...role, exists: false } : role)) };
  expect(previewRows(buildPreview(plan, 'clerks', 'erp', without)).filter(({ role, change }) => role === 'clerk' && change === 'gets')).toEqual([]);
});

test('the rows add up to the counts that are signed, and each has its own place in either order', () => {
  fc.assert(
    fc.property(anyActual, fc.subarray(people), (state, pilot) => {
      const content = buildPreview(plan, 'clerks', 'erp', state, pilot);
      const rows = previewRows(content);
      const part = partOf(content, 'd');
      const count = (change: string) => rows.filter((row) => row.change === change).length;
      expect([count('gets'), count('has'), count('loses'), count('other')]).toEqual([
        part.toGrant,
        part.alreadyThere,
        part.toRetire,
        new Set(content.others.map(pairKey)).size,
      ]);
      for (const by of ['person', 'system'] as const) expect(new Set(rows.map((row) => rowKey(row, by).join('\0'))).size).toBe(rows.length);
    }),
  );
});

test('in the order by person, conflicts come first, then the people of the package, then everyone else', () => {
  const order = (by: 'person' | 'system') =>
    previewRows(buildPreview(plan, 'clerks', 'erp', now))
      .map((row) => ({ row, key: rowKey(row, by).join('\0') }))
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ row }) => row);
  expect(order('person').map(({ person, account, change }) => person || account || change)).toEqual([
    'conflict',
    'ann',
    'ann',
    'ann',
    'ben',
    'ben',
    'ben',
    'cem',
    'cem',
    'somebody',
  ]);
  expect(order('system').map(({ role, change }) => role || change)).toEqual([
    'conflict',
    'clerk',
    'clerk',
    'clerk',
    'old_admin',
    'old_reader',
    'reader',
    'reader',
    'reader',
    'clerk',
  ]);
});
