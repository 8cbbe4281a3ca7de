/** What a list leaves out. */
import { z } from 'zod';

export const notShown = z
  .strictObject({ plan: z.string(), waves: z.int(), packages: z.int() })
  .meta({ id: 'NotShown' })
  .describe('waves, and packages in them and in others, that this list leaves out: ask for the plan by its id to see them');
export type NotShown = z.output<typeof notShown>;

export const leftOut = z
  .array(notShown)
  .exactOptional()
  .describe(
    'what is left out of plans that only name the reader: neither does the site file give them to the reader, nor has the reader acted in them; and of a board or calendar beyond 2,000 packages of one entry of the site file, those that ended first; absent: nothing',
  );
