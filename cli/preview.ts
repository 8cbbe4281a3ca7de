/** What a preview shows of one system, in one line; `toDrop` is there where a release changes an earlier one of its package. */
import type { PreviewPart } from '../domain/access/preview.ts';
import { count } from './printable.ts';

export const previewText = ({ people, toGrant, alreadyThere, toRetire, toDrop }: PreviewPart): string =>
  [
    `${count(toGrant, 'grant')} for ${count(people, 'person', 'people')}`,
    `${alreadyThere} there already`,
    `${toRetire} to retire`,
    ...(toDrop === undefined ? [] : [`${toDrop} to revoke from the release before`]),
  ].join(', ');
