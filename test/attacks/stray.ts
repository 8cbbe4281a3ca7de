/** A workflow of somebody who reaches the namespace: it calls any activity, under any id that is free. */
import { proxyActivities } from '@temporalio/workflow';

export interface StrayCall {
  taskQueue: string;
  activity: string;
  args: unknown[];
}

export async function stray({ taskQueue, activity, args }: StrayCall): Promise<unknown> {
  const activities = proxyActivities<Record<string, (...sent: unknown[]) => Promise<unknown>>>({
    taskQueue,
    startToCloseTimeout: '30s',
    scheduleToCloseTimeout: '60s',
    retry: { maximumAttempts: 1 },
  });
  return activities[activity]?.(...args);
}
