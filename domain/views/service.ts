/** The endpoint itself: whether it is ready, tokens of a demonstration, and where Temporal's UI is. */
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

export const tokenView = z.strictObject({ token: z.string(), expiresAt: z.iso.datetime() }).meta({ id: 'Token' });
export type TokenView = z.output<typeof tokenView>;

/** For links to workflows (domain/temporal-ui/link.ts). */
export const temporalUiView = z
  .strictObject({
    url: z.url().exactOptional().describe('base address; absent: the settings do not name it'),
    namespace: z.string(),
  })
  .meta({ id: 'TemporalUi' });
export type TemporalUiView = z.output<typeof temporalUiView>;
