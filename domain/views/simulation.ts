/** What a plan would change in the live systems, per package and system and in total. */
import { z } from 'zod';
import { previewPart } from '../access/preview.ts';

const { toGrant, alreadyThere, toRetire, toDrop } = previewPart.shape;

export const simulationView = z
  .strictObject({
    plan: z.string(),
    packages: z.array(
      z.strictObject({ package: z.string(), parts: z.array(previewPart), problems: z.array(z.string()).describe('systems that could not be read, and why') }),
    ),
    totals: z.record(z.string(), z.strictObject({ toGrant, alreadyThere, toRetire, toDrop })).describe('by system'),
  })
  .meta({ id: 'Simulation' });
export type SimulationView = z.output<typeof simulationView>;
