/** Previews the rollback of one release without running it, because only workers reach the systems. A system that does not answer does not hide the others. */
import { proxyActivities } from '@temporalio/workflow';
import type { EntitlementActivities, ReleaseRef, TelemetryActivities } from '../activities/contract.ts';
import type { LiveRollbackPreview } from '../domain/release/rollback-preview.ts';
import { systemTaskQueue } from '../domain/messages.ts';
import { orRefusal, type Refused } from './shared/activities.ts';
import { startedWith } from './shared/started-with.ts';

/** Someone waits for the answer. Systems that do not answer in time are left out and reported. */
const limits = {
  scheduleToCloseTimeout: '15s',
  heartbeatTimeout: '12s',
  retry: { initialInterval: '1s', backoffCoefficient: 1.5 },
} as const;

/** `sinceMs`: real time. */
export async function rollbackPreview(started: { release: ReleaseRef; sinceMs: number }): Promise<LiveRollbackPreview> {
  const { release, sinceMs } = startedWith('rollbackPreview', started);
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

/** A timeout does not say what went wrong: there may be no worker for the system, or the system may not answer. */
const whyNot = ({ refusal, timedOut }: Refused) => (timedOut ? 'no answer in time: it has no running worker, or it does not answer' : refusal);
