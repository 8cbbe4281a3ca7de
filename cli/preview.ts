/** The preview of one system in one line. `toDrop` is present where a release changes an earlier release of its package. */
import type { PreviewPart } from '../domain/access/preview.ts';
import { count } from './printable.ts';

export const previewText = ({ people, toGrant, alreadyThere, toRetire, toDrop }: PreviewPart): string =>
  [
    `${count(toGrant, 'grant')} for ${count(people, 'person', 'people')}`,
    `${alreadyThere} already granted`,
    `${toRetire} to retire`,
    ...(toDrop === undefined ? [] : [`${toDrop} to revoke from the previous release`]),
  ].join(', ');
