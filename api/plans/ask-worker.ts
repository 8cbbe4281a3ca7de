/** A short workflow for someone who waits for its answer: only workers reach the systems. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import { engineTaskQueue } from '../../domain/messages.ts';
import { rightOf, priorityOf } from '../../domain/site/rights.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { failureMessage, isUnreachable } from '../engine.ts';
import { Problem } from '../errors.ts';
import type { Services } from '../route.ts';

export interface Question {
  type: string;
  /** A new one is made of it each time. */
  id: string;
  summary: string;
  /** What the question is about. It is stored only when the question is asked, and for as long as its answer takes. */
  plan: Plan;
  /** By the digest of the stored plan. */
  input(draft: string): unknown;
  /** Who waits for the answer. */
  by: string;
  /** Aborted when they no longer wait. */
  gone: AbortSignal;
}

/** Throws the problem that the asker is told. */
export const askWorker = <T>(services: Services, question: Question): Promise<T> =>
  services.questions.ask({ person: question.by, right: rightOf(services.site.now(), question.plan.plan)?.plan ?? '' }, async () => {
    if (question.gone.aborted) throw new Problem('no-worker', 'Nobody waits for the answer any more.');
    const draft = await services.store.saveDraft(question.plan);
    try {
      return await answerOf<T>(services, question, draft);
    } finally {
      // It is gone by itself after a day where the store does not answer.
      await services.store.releaseDraft(draft).catch(() => undefined);
    }
  });

async function answerOf<T>({ engine, site, workerWithinMs }: Services, { type, id, summary, plan, input, gone }: Question, draft: string): Promise<T> {
  const workflowId = `${id}/${randomUUID()}`;
  // The question ends by itself after a minute where this does not reach the engine.
  const end = () =>
    void engine.client.workflow
      .getHandle(workflowId)
      .terminate('nobody waits for the answer')
      .catch(() => undefined);
  gone.addEventListener('abort', end, { once: true });
  try {
    // The deadline is a little later than the workflow's own end, so that the engine's own answer is heard.
    return await engine.client.connection.withDeadline(Date.now() + workerWithinMs + 5_000, () =>
      engine.client.workflow.execute<(input: unknown) => Promise<T>>(type, {
        workflowId,
        taskQueue: engineTaskQueue,
        priority: priorityOf(site.now(), plan.plan),
        workflowExecutionTimeout: workerWithinMs,
        staticSummary: summary,
        args: [input(draft)],
      }),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      if (error.cause instanceof TimeoutFailure)
        throw new Problem('no-worker', `No answer within ${workerWithinMs / 1_000} seconds: no worker is running, or none for the systems of the plan.`);
      throw new Problem('systems-not-read', failureMessage(error));
    }
    if (isUnreachable(error)) throw new Problem('engine-unreachable', 'The Temporal server did not answer in time.');
    throw error;
  } finally {
    gone.removeEventListener('abort', end);
  }
}
