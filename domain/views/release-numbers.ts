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
    switched: z
      .strictObject({
        people: z.int().describe('hold the new access in place of the old one'),
        back: z.int().describe('hold the old access again: the new one did not come, or the release was rolled back'),
        longestMs: z.int().describe('the longest time that one person held neither; milliseconds of real time'),
        late: z.int().describe('people who held neither for longer than the plan allows, or do so now'),
      })
      .exactOptional()
      .describe('people who were switched from old to new access that nobody may hold together; absent: nobody was'),
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
