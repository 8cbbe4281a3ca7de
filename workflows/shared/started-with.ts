/**
 * The first line of each workflow. Anyone who reaches the namespace can start one, with anything; an error in reading it would fail the workflow's task again and
 * again, until somebody terminates it.
 */
import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { FailureType } from '../../activities/contract.ts';
import { inputMistakes, type WorkflowInputs } from '../../domain/plan/workflow-inputs.ts';
import { shortened } from '../../domain/plain-data.ts';

/**
 * The input, unchanged. Fails the workflow when it is not in its form. A run that continues an earlier one has its input from that, with its state: it is not
 * checked again, because a window that is open must not end over a form.
 */
export function startedWith<Input>(type: keyof WorkflowInputs, input: Input): Input {
  if (workflowInfo().continuedFromExecutionRunId !== undefined) return input;
  const mistakes = inputMistakes(type, input);
  if (mistakes.length === 0) return input;
  throw ApplicationFailure.nonRetryable(
    shortened(`the workflow was started with something else than its input, so it did nothing (${mistakes.join('; ')}). Start it through the endpoint`, 1_000),
    'BadInput' satisfies FailureType,
  );
}
