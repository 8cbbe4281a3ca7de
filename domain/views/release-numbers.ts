/** The numbers of a release, planned and done, side by side: counts only. */
import { z } from 'zod';
import { incompatibleCounts } from '../access/preview.ts';

const counts = z.strictObject({
  created: z.int().describe('granted by the release'),
  preexisting: z.int().describe('held already'),
  retired: z.int().describe('legacy access'),
  revoked: z.int().describe('access of earlier releases of the package'),
  people: z.int().describe('accounts whose access changes: the blast radius'),
});
const together = incompatibleCounts.omit({ rule: true });

export const releaseNumbers = z
  .strictObject({
    systems: z.array(
      z.strictObject({
        system: z.string(),
        planned: counts.describe('of the signed preview'),
        done: counts
          .extend({ failed: z.int().describe('could be neither granted nor revoked'), open: z.int().describe('not known') })
          .describe('by the ledger; what was undone since was done all the same'),
      }),
    ),
    incompatible: z.array(z.strictObject({ rule: z.string(), planned: together, done: together })).describe('rules that concern somebody'),
  })
  .meta({ id: 'ReleaseNumbers' });
export type ReleaseNumbers = z.output<typeof releaseNumbers>;

/** What the releases of a wave changed together, planned and done. */
export const waveNumbers = z
  .array(
    z.strictObject({
      system: z.string(),
      packages: z.int().describe('released packages of the wave that were to change something there'),
      planned: z.int().describe('accounts whose access was to change, by the signed previews; each once'),
      done: z.int().describe('accounts whose access was changed, by the ledger; what was undone since was done all the same'),
    }),
  )
  .meta({ id: 'WaveNumbers' });
export type WaveNumbers = z.output<typeof waveNumbers>;
