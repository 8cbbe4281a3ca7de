/** What a release would change, person by person, as those who sign for it see it. */
import { z } from 'zod';
import { personNames } from './person-names.ts';
import { planMs } from './instants.ts';
import { blastRadius, incompatibleCounts, togetherClasses } from '../access/preview.ts';

/**
 * `gets`: would be granted. `has`: already granted, and not changed. `loses`: would be revoked. `other`: held by someone who is not among the people of
 * the package; it is not changed, and counts as reviewed once it is signed. `conflict`: one conflict, in `why`. `together`: someone who
 * holds two entitlements that nobody may hold together, or would.
 */
export const previewChanges = ['gets', 'has', 'loses', 'other', 'conflict', 'together'] as const;

export const previewRow = z.strictObject({
  system: z.string(),
  change: z
    .enum(previewChanges)
    .describe(
      'gets, has (already granted), loses, other (held by someone outside the package; unchanged, and reviewed once it is signed), conflict, together (holds or would hold two entitlements that nobody may hold together; `role` and `account` are empty)',
    ),
  person: z.string().describe('empty where the account belongs to no person of the package'),
  account: z.string(),
  role: z.string(),
  grantors: z.array(z.string()).exactOptional().describe('who granted what is held now'),
  why: z.string().exactOptional(),
  rule: z.string().exactOptional().describe('with together: the rule of the plan'),
  together: z.enum(togetherClasses).exactOptional().describe('with together: existing, caused and excepted by this release, or resolved by it'),
  since: z.enum(['new', 'gone']).exactOptional().describe('with changed=true: whether the row was added or removed since the last signature'),
});
export type PreviewRow = z.output<typeof previewRow>;

/** How the privileges of a role differ from those that were reviewed; at most twenty of each. */
export const contentChange = z.strictObject({
  system: z.string(),
  role: z.string(),
  digest: z.string().describe('of the content that the role has now'),
  gained: z.array(z.string()).describe('at most twenty'),
  lost: z.array(z.string()).describe('at most twenty'),
  more: z.int().exactOptional().describe('privileges that differ beyond those; absent: none'),
});
export type ContentChangeView = z.output<typeof contentChange>;

const roleInPreview = z.strictObject({
  role: z.string(),
  used: z.enum(['granted', 'retired', 'dropped']).describe('what the release does with the role; dropped: an earlier release granted it'),
  exists: z.boolean(),
  privileges: z.array(z.string()).describe('what the role may do, at most two hundred'),
  more: z.int().exactOptional().describe('privileges beyond those; absent: none'),
});

const systemInPreview = z.strictObject({
  system: z.string(),
  digest: z.string(),
  people: z.int(),
  toGrant: z.int(),
  alreadyThere: z.int(),
  toRetire: z.int(),
  toDrop: z.int().exactOptional(),
  blastRadius: blastRadius.exactOptional(),
  roles: z.array(roleInPreview),
  untold: z.string().exactOptional().describe('what a system of this kind does not tell of what its roles may do; absent: it tells all of it'),
});

export const previewView = z
  .strictObject({
    plan: z.string(),
    wave: z.string(),
    package: z.string(),
    planDigest: z.string(),
    previewDigest: z.string(),
    asRecorded: z
      .literal(true)
      .exactOptional()
      .describe('Temporal or its workers do not answer: the preview that was recorded last, which may not be the one to sign'),
    systems: z.array(systemInPreview).exactOptional().describe('on the first page: the counts and what the roles may do'),
    signature: z
      .strictObject({
        by: z.string(),
        decision: z.enum(['approve', 'reject']),
        atMs: planMs,
        previewDigest: z.string(),
        changed: z.int().exactOptional().describe('rows and roles that differ from what was signed then; absent: that preview is not on record'),
        content: z.array(contentChange),
      })
      .exactOptional()
      .describe('on the first page: the last signature of the person who asks, or else of anyone; absent: nobody has signed'),
    incompatible: z
      .array(incompatibleCounts)
      .exactOptional()
      .describe('on the first page: the rules about incompatible entitlements that concern somebody; absent: none does'),
    total: z.int().describe('rows on all pages'),
    rows: z.array(previewRow),
    names: personNames.exactOptional(),
    next: z.string().exactOptional().describe('the cursor of the next page; absent on the last page'),
  })
  .meta({ id: 'Preview' });
export type PreviewView = z.output<typeof previewView>;
