/**
 * The first line of each workflow. Anyone who reaches the namespace can start one, with anything; an error in reading it would fail the workflow's task again and
 * again, until somebody terminates it.
 */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import type { FailureType } from '../../activities/contract.ts';
import { shortened } from '../../domain/plain-data.ts';

const mostMistakes = 5;

/**
 * The input, unchanged. Fails the workflow when it is not in its form. A run that continues an earlier one has its input from that, with its state: it is not
 * checked again, because a window that is open must not end over a form.
 */
export function startedWith<Input>(schema: z.ZodType<Input>, input: Input): Input {
  if (workflowInfo().continuedFromExecutionRunId !== undefined) return input;
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw badInput(parsed.error.issues.slice(0, mostMistakes).map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`));
  if (hasState(parsed.data)) throw badInput(['carried: only a run that continues an earlier one has a state']);
  return input;
}

const hasState = (input: unknown): boolean => typeof input === 'object' && input !== null && 'carried' in input && input.carried !== undefined;

const badInput = (mistakes: string[]): ApplicationFailure =>
  ApplicationFailure.nonRetryable(
    shortened(`the workflow was started with something else than its input, so it did nothing (${mistakes.join('; ')}). Start it through the endpoint`, 1_000),
    'BadInput' satisfies FailureType,
  );
