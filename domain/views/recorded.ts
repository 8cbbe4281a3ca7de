/** The forms of what workflows record, apart from those that people see: it is checked when it is written and when it is read. */
import { z } from 'zod';
import { addressText, type Address } from '../address.ts';
import { evaluationView } from './evaluation.ts';

export const newEvaluation = evaluationView.omit({ number: true });
export const answered = z.strictObject({ notices: z.array(z.string()), atMs: z.number(), revision: z.int().exactOptional() });

/** The final record of a wave or a package. Undefined: it is not in its form, or it is about another workflow. */
export function finalOf<T extends Address>(schema: z.ZodType<T>, workflowId: string, state: unknown): T | undefined {
  const read = schema.safeParse(state);
  if (!read.success) return undefined;
  const { plan, wave, package: id }: Address = read.data;
  return addressText({ plan, ...(wave === undefined ? {} : { wave }), ...(id === undefined ? {} : { package: id }) }) === workflowId ? read.data : undefined;
}

/** What is wrong first with a record's form. Undefined: nothing. */
export function formMistake(schema: z.ZodType, record: unknown): string | undefined {
  const [issue] = schema.safeParse(record).error?.issues ?? [];
  return issue && `${issue.path.join('.') || 'as a whole'}: ${issue.message}`;
}
