/** A refused message. A wave or a package shows its last twenty. */
import { z } from 'zod';
import { realMs } from './instants.ts';

export const refusalView = z.strictObject({
  id: z.string(),
  type: z.string(),
  by: z.string().exactOptional(),
  atMs: realMs,
  code: z.string(),
  message: z.string(),
});
export type RefusalView = z.output<typeof refusalView>;
