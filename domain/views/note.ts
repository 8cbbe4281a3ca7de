/** A note on a wave or a package. */
import { z } from 'zod';
import { planMs } from './instants.ts';

export const noteView = z.strictObject({
  by: z.string(),
  atMs: planMs,
  text: z.string(),
  package: z.string().exactOptional().describe('of a wave: the package that it is about; none: the wave as a whole'),
});
export type NoteView = z.output<typeof noteView>;
