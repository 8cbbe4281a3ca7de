/** What a rollback of one release would do now, without doing it: only workers reach the systems. One system that does not answer hides no other. */
import { proxyActivities } from '@temporalio/workflow';
import type { EntitlementActivities, ReleaseRef, TelemetryActivities } from '../activities/contract.ts';
import type { LiveRollbackPreview } from '../domain/release/rollback-preview.ts';
import { systemTaskQueue } from '../domain/messages.ts';
import { orRefusal, type Refused } from './shared/activities.ts';

/** Somebody waits for the answer: what is not there by then is left out, and said. */
const limits = {
  scheduleToCloseTimeout: '15s',
  heartbeatTimeout: '12s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5 },
} as const;

/** `sinceMs`: real time. */
export async function rollbackPreview({ release, sinceMs }: { release: ReleaseRef; sinceMs: number }): Promise<LiveRollbackPreview> {
  const systems = release.parts.map(({ system }) => system);
  const [answers, dependencies] = await Promise.all([
    Promise.all(systems.map((system) => orRefusal(entitlements(system).previewRollback(release, system, sinceMs)))),
    orRefusal(checks.dependencyCheck(release)),
  ]);
  return {
    parts: answers.flatMap((answer) => ('done' in answer ? [answer.done] : [])),
    problems: answers.flatMap((answer, index) => ('refusal' in answer ? [{ system: systems[index] ?? '', why: whyNot(answer) }] : [])),
    dependencies: 'done' in dependencies ? dependencies.done : { problem: whyNot(dependencies) },
  };
}

const entitlements = (system: string) =>
  proxyActivities<Pick<EntitlementActivities, 'previewRollback'>>({
    ...limits,
    taskQueue: systemTaskQueue(system),
    summary: `what a rollback would do in ${system}`,
  });

const checks = proxyActivities<Pick<TelemetryActivities, 'dependencyCheck'>>({ ...limits, summary: 'dependency check' });

/** A time limit says nothing of what went wrong: no worker for the system, or one that got no answer. */
const whyNot = ({ refusal, timedOut }: Refused) => (timedOut ? 'no answer in time: no worker of it runs, or it does not answer' : refusal);
