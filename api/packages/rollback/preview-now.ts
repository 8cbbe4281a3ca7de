/** Asks the systems what a rollback would do now. Only workers reach them, so a short workflow does it. */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import type { LiveRollbackPreview } from '../../../domain/release/rollback-preview.ts';
import { engineTaskQueue, packageWorkflowId, releaseQuery, workflowTypes } from '../../../domain/messages.ts';
import { failureMessage, isUnreachable, queryRunning } from '../../engine.ts';
import { Problem } from '../../errors.ts';
import type { Services } from '../../route.ts';

/** The workflow gives each system fifteen seconds. */
const withinMs = 20_000;

type Of = { plan: string; wave: string; package: string };

/** The systems' answers, or a sentence that says why nobody could ask them. */
export async function previewNow({ engine, store }: Services, of: Of, sinceMs: number): Promise<LiveRollbackPreview | { why: string }> {
  try {
    const release = await queryRunning<Partial<Of> | null>(engine, packageWorkflowId(of.plan, of.wave, of.package), releaseQuery);
    if (release === undefined) return { why: 'the package has ended' };
    // Anyone in the namespace can start a workflow under this id.
    if (!isAbout(release, of)) return { why: 'the workflow of the package answers about another one' };
    // The deadline is a little later than the workflow's own timeout, so that Temporal's answer arrives first.
    const answer = await engine.client.connection.withDeadline(Date.now() + withinMs + 5_000, () =>
      engine.client.workflow.execute<(input: { release: unknown; sinceMs: number }) => Promise<LiveRollbackPreview>>(workflowTypes.rollbackPreview, {
        workflowId: `rollback-preview/${randomUUID()}`,
        taskQueue: engineTaskQueue,
        workflowExecutionTimeout: withinMs,
        staticSummary: `What a rollback of ${of.plan}/${of.wave}/${of.package} would do`,
        args: [{ release, sinceMs }],
      }),
    );
    return await withPeople(store, of, answer);
  } catch (error) {
    return { why: whyNot(error) };
  }
}

const isAbout = (release: Partial<Of> | null, of: Of): boolean => release?.plan === of.plan && release.wave === of.wave && release.package === of.package;

/** The lines that the workers kept in the store. A worker of an earlier version answers with them. */
export async function withPeople(
  store: Pick<Services['store'], 'rollbackPreview'>,
  of: Of,
  { parts, problems, ...rest }: LiveRollbackPreview,
): Promise<LiveRollbackPreview> {
  const read = await Promise.all(
    parts.map(async (part) => ({ system: part.system, full: part.digest === undefined ? part : await store.rollbackPreview(of, part.digest) })),
  );
  return {
    ...rest,
    parts: read.flatMap(({ full }) => full ?? []),
    problems: [
      ...problems,
      ...read.flatMap(({ system, full }) => (full ? [] : [{ system, why: 'what the worker read of this package is not in the store any more' }])),
    ],
  };
}

/** When Temporal or a worker fails, the ledger is shown instead; any other error is thrown. */
function whyNot(error: unknown): string {
  if (error instanceof Problem && error.code === 'no-worker') return 'no worker answers';
  if (error instanceof Problem && error.code === 'engine-unreachable') return 'the Temporal server does not answer';
  if (error instanceof WorkflowFailedError)
    return error.cause instanceof TimeoutFailure ? `no worker answered within ${withinMs / 1_000} seconds` : `the preview failed: ${failureMessage(error)}`;
  if (isUnreachable(error)) return 'the Temporal server does not answer';
  throw error;
}
