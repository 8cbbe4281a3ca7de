/** One line of the audit trail. */
import { z } from 'zod';
import { waveNumbers } from './release-numbers.ts';
import { addressShape } from '../address.ts';
import { personNames } from './person-names.ts';
import { planMs } from './instants.ts';

export const eventView = z
  .strictObject({
    id: z.string().describe('derived from the workflow and the step; the same event always has the same id'),
    ...addressShape,
    atMs: planMs,
    actor: z.string().describe('person id, or rolewave'),
    kind: z.string(),
    text: z.string(),
    data: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .meta({ id: 'EventView' });
export type EventView = z.output<typeof eventView>;

export const waveEvents = z
  .strictObject({
    events: z.array(eventView),
    names: personNames.exactOptional(),
    cut: z.boolean().describe('true when older events are left out'),
    numbers: waveNumbers
      .exactOptional()
      .describe("with numbers=true: what the wave's releases changed together in each system; counts only, for everyone who sees the wave"),
  })
  .meta({ id: 'WaveEvents' });
export type WaveEvents = z.output<typeof waveEvents>;
