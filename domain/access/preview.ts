/** A preview in short, and the digest that sign-offs bind. Its full content is in domain/release/signed-preview.ts. */
import { z } from 'zod';
import { sha256Hex } from '../canonical.ts';

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
});
export type PreviewPart = z.output<typeof previewPart>;

/** The digest that a sign-off binds: over the digests of the parts, in the order of the systems' names. */
export const previewDigest = (parts: Pick<PreviewPart, 'system' | 'digest'>[]): string =>
  sha256Hex(parts.map(({ system, digest }) => ({ system, digest })).sort((a, b) => (a.system < b.system ? -1 : 1)));
