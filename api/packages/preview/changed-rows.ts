/** What differs between two previews, row by row. */
import { sameRow } from '../../../domain/access/preview-rows.ts';
import type { PreviewRow } from '../../../domain/views/preview.ts';
import { inSlices } from '../../lists/in-slices.ts';

/** Rows of `now` that were not there before, and rows of `before` that are no longer there. */
export async function changedRows(before: Iterable<PreviewRow>, now: Iterable<PreviewRow>): Promise<PreviewRow[]> {
  const then = new Map<string, PreviewRow>();
  const added: PreviewRow[] = [];
  await inSlices(before, (row) => then.set(sameRow(row), row));
  await inSlices(now, (row) => {
    if (!then.delete(sameRow(row))) added.push({ ...row, since: 'new' });
  });
  return [...added, ...[...then.values()].map((row): PreviewRow => ({ ...row, since: 'gone' }))];
}
