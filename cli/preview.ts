/** The preview of one system in one line. `toDrop` is present where a release changes an earlier release of its package. */
import type { PreviewPart } from '../domain/access/preview.ts';
import { blastRadiusText } from '../domain/access/blast-radius.ts';
import { countsText } from '../domain/access/incompatible.ts';
import { count } from './printable.ts';

export const previewText = ({ people, toGrant, alreadyThere, toRetire, toDrop, blastRadius, incompatible = [] }: PreviewPart): string =>
  [
    `${count(toGrant, 'grant')} for ${count(people, 'person', 'people')}`,
    `${alreadyThere} already granted`,
    `${toRetire} to retire`,
    ...(toDrop === undefined ? [] : [`${toDrop} to revoke from the previous release`]),
    ...(blastRadius === undefined ? [] : [`changes the access of ${blastRadiusText(blastRadius)}`]),
    ...incompatible.map((counts) => `incompatible: ${countsText(counts)}`),
  ].join(', ');
