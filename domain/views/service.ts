/** The endpoint itself: whether it is ready, and tokens of a demonstration. */
import { z } from 'zod';

const part = z.enum(['ok', 'unreachable']);

export const readyView = z
  .strictObject({
    status: z.enum(['ready', 'not-ready']),
    store: part,
    engine: part,
    failingWorkflows: z.int().exactOptional().describe('waves and packages whose workflow tasks fail again and again; absent where it is not known'),
    failing: z.array(z.string()).exactOptional().describe('their ids; for callers on this machine only'),
  })
  .meta({ id: 'Ready' });
export type ReadyView = z.output<typeof readyView>;

export const tokenView = z
  .strictObject({ token: z.string(), expiresAt: z.iso.datetime(), person: z.string().describe('whom it identifies') })
  .meta({ id: 'Token' });
export type TokenView = z.output<typeof tokenView>;
