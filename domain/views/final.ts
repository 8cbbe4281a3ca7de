/** The final record of a workflow: the view of a wave or a package, under the id of the workflow that it is about. */
import type { z } from 'zod';
import { addressText, type Address } from '../address.ts';

/** Undefined: it is not in its form, or it is about another workflow. */
export function finalOf<T extends Address>(schema: z.ZodType<T>, workflowId: string, state: unknown): T | undefined {
  const read = schema.safeParse(state);
  if (!read.success) return undefined;
  const { plan, wave, package: id }: Address = read.data;
  return addressText({ plan, ...(wave === undefined ? {} : { wave }), ...(id === undefined ? {} : { package: id }) }) === workflowId ? read.data : undefined;
}
