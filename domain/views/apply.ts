/** How a plan was applied: its revision, how each wave answered, and which released packages were notified. */
import { z } from 'zod';

export const appliedWave = z
  .strictObject({
    wave: z.string(),
    status: z.enum(['accepted', 'received', 'refused', 'closed', 'failed']),
    id: z.string(),
    duplicate: z.boolean().exactOptional(),
    code: z.string().exactOptional(),
    message: z.string().exactOptional(),
  })
  .meta({ id: 'AppliedWave' });
export type AppliedWave = z.output<typeof appliedWave>;

export const appliedPackage = z
  .strictObject({
    package: z.string(),
    wave: z.string(),
    status: z.enum(['sent', 'ended', 'skipped', 'failed']),
    message: z.string().exactOptional(),
  })
  .meta({ id: 'AppliedPackage' });
export type AppliedPackage = z.output<typeof appliedPackage>;

export const appliedView = z
  .strictObject({
    plan: z.string(),
    revision: z.int(),
    changed: z.boolean(),
    waves: z.array(appliedWave),
    packages: z.array(appliedPackage).exactOptional().describe('released packages, and whether they received the revision; absent when there are none'),
  })
  .meta({ id: 'Applied' });
export type AppliedView = z.output<typeof appliedView>;
