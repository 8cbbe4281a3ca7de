/** A preview in short, and the digest that sign-offs bind. Its full content is in domain/release/signed-preview.ts. */
import { z } from 'zod';
import { sha256Hex } from '../canonical.ts';

/** How many people's access a release changes in one system, and the plan's limits on it: see blast-radius.ts. */
export const blastRadius = z.strictObject({
  people: z.int().describe('accounts whose access the release changes in this system: granted, retired or revoked, each account once'),
  accounts: z.int().exactOptional().describe('accounts of the system that can log in; read only where the plan limits the percentage'),
  maxPeople: z.int().exactOptional().describe('the limit of the plan'),
  maxPercent: z.number().exactOptional().describe('the limit of the plan, of `accounts`'),
});
export type BlastRadius = z.output<typeof blastRadius>;

/**
 * `existing`: both before the release and after it. `caused`: by this release, and no exception holds. `excepted`: by this release, with an exception that holds.
 * `resolved`: both before, and no longer after it. `switched`: one before and the other after it, each person at a time of their own.
 */
export const togetherClasses = ['existing', 'caused', 'excepted', 'resolved', 'switched'] as const;
export type TogetherClass = (typeof togetherClasses)[number];

/** People of a package who hold both entitlements of a rule, or would: see incompatible.ts. */
export const incompatibleCounts = z.strictObject({
  rule: z.string(),
  existing: z.int().describe('hold both before the release and after it'),
  caused: z.int().describe('would hold both by this release, without an exception: it is stopped'),
  excepted: z.int().describe('would hold both by this release, with an exception that holds'),
  resolved: z.int().describe('hold both before the release, and no longer after it'),
  switched: z.int().exactOptional().describe('are switched from one to the other, person by person; left out when nobody is'),
  stays: z.int().exactOptional().describe('of `caused`: the old access stays, because another package or the site needs it; left out when nobody’s does'),
});
export type IncompatibleCounts = z.output<typeof incompatibleCounts>;

/** The part that workflows carry. */
export const previewPart = z.strictObject({
  system: z.string(),
  digest: z.string(),
  people: z.int(),
  toGrant: z.int(),
  alreadyThere: z.int(),
  toRetire: z.int(),
  toDrop: z.int().exactOptional().describe('granted by an earlier release of the package and no longer wanted; left out when there is nothing'),
  conflicts: z.array(z.string()).describe('at most twenty'),
  blastRadius: blastRadius.exactOptional().describe('absent: taken by an earlier version, or the wave changes nothing'),
  incompatible: z
    .array(incompatibleCounts)
    .exactOptional()
    .describe('rules with both entitlements in this system, at most twenty, the rest as one; absent: they concern nobody'),
});
export type PreviewPart = z.output<typeof previewPart>;

/** The digest that a sign-off binds: over the digests of the parts, in the order of the systems' names. */
export const previewDigest = (parts: Pick<PreviewPart, 'system' | 'digest'>[]): string =>
  sha256Hex(parts.map(({ system, digest }) => ({ system, digest })).sort((a, b) => (a.system < b.system ? -1 : 1)));
