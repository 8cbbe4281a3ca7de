/** What must be true before a package is released, item by item. `code` is the result for programs, and `why` is for people. */
import { z } from 'zod';
import { readinessItems } from '../plan/schema.ts';
import { planMs } from './instants.ts';

const line = <T extends string, F extends z.ZodRawShape>(code: T, fields: F) =>
  z.strictObject({
    item: z.enum(readinessItems),
    ok: z.boolean(),
    code: z.literal(code),
    why: z.string(),
    by: z.string().exactOptional().describe('who recorded the evidence'),
    expiresMs: planMs.exactOptional().describe('when the evidence expires'),
    ...fields,
  });

export const checklistLine = z.discriminatedUnion('code', [
  /** Satisfied by the plan itself. */
  line('inPlan', {}),
  line('recorded', { reference: z.string() }),
  line('waived', { reason: z.string() }),
  /** Every metric was read once. */
  line('measured', { metrics: z.int() }),
  /** No evidence yet. `timeboxMs`, `signedBy`: of a drill. */
  line('missing', { timeboxMs: z.int().exactOptional(), signedBy: z.string().exactOptional() }),
  line('expired', {}),
  /** The drill took longer than allowed. `tookMs` is absent where its duration was not recorded. */
  line('tooLong', { tookMs: z.int().exactOptional(), timeboxMs: z.int() }),
  line('notMeasured', {}),
  line('unreadable', { metrics: z.array(z.strictObject({ metric: z.string(), why: z.string() })) }),
]);
export type ChecklistLine = z.output<typeof checklistLine>;
