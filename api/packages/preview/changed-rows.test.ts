import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildPreview } from '../../../domain/access/build-preview.ts';
import { previewRows } from '../../../domain/access/preview-rows.ts';
import { actual, anyActual, clerksNow, clerksPlan, grant, previewLines } from '../../../test/support/ledger.ts';
import { changedRows } from './changed-rows.ts';

const plan = clerksPlan();
const now = clerksNow;
const lines = previewLines;

test('the difference between two previews names what is new and what is gone, another grantor included', async () => {
  const rowsOf = (state: typeof now) => previewRows(buildPreview(plan, 'clerks', 'erp', state));
  const later = actual([grant('reader', 'c.em', 'kim'), grant('old_admin', 'ben'), grant('clerk', 'somebody'), grant('clerk', 'ann')]);
  const differs = (await changedRows(rowsOf(now), rowsOf(later))).map(({ since, change, person, role, grantors = [] }) =>
    [since, change, person, role, ...grantors].join(' '),
  );
  expect(differs).toEqual([
    'new has ann clerk dba',
    'new has cem reader kim',
    'gone gets ann clerk',
    'gone has cem reader dba kim',
    'gone loses ann old_reader dba',
  ]);
  expect(await changedRows(rowsOf(now), rowsOf(now))).toEqual([]);
});

test('the difference is empty exactly when both previews show the same', async () => {
  await fc.assert(
    fc.asyncProperty(anyActual, anyActual, async (one, other) => {
      const [before, after] = [one, other].map((state) => previewRows(buildPreview(plan, 'clerks', 'erp', state)));
      const there = await changedRows(before!, after!);
      const back = await changedRows(after!, before!);
      expect(there.filter(({ since }) => since === 'new').length).toBe(back.filter(({ since }) => since === 'gone').length);
      expect(there.length === 0).toBe(JSON.stringify(lines(before!)) === JSON.stringify(lines(after!)));
    }),
  );
});
