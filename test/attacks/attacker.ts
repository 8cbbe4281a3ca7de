/** Somebody who reaches the Temporal namespace and has no key that anyone trusts: a worker of their own, which runs workflows of their own under any id. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { ActivityFailure, WorkflowFailedError } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities/contract.ts';
import { engineTaskQueue, measuringTaskQueue, systemTaskQueue } from '../../domain/messages.ts';
import { bundle } from '../../worker/bundle.ts';
import type { Site } from '../server/site.ts';
import type { StrayCall } from './stray.ts';

const ownQueue = 'an attacker';
const ofSystems: ReadonlySet<string> = new Set<keyof Activities>([
  'previewSystem',
  'recheckSystem',
  'grantAccess',
  'verifyAccess',
  'retireLegacy',
  'tuneAccess',
  'rollBackAccess',
]);

export interface Attacker {
  /** Calls an activity of Rolewave's worker from a workflow of this id, and returns how it went: its answer, or the failure. */
  call<K extends keyof Activities>(as: string | undefined, activity: K, ...args: Parameters<Activities[K]>): Promise<{ answer: unknown } | Failed>;
  close(): Promise<void>;
}
export interface Failed {
  type: string | undefined;
  why: string;
}

export async function startAttacker({ api }: Site): Promise<Attacker> {
  const { address, namespace } = api.config.temporal;
  const connection = await NativeConnection.connect({ address });
  const workflowBundle = await bundle({ workflowsPath: fileURLToPath(new URL('stray.ts', import.meta.url)) });
  const worker = await Worker.create({ connection, namespace, taskQueue: ownQueue, workflowBundle });
  const running = worker.run();
  return {
    call: async (as = `stray-${randomUUID()}`, activity, ...args) => {
      const call: StrayCall = { taskQueue: queueOf(activity), activity, args };
      try {
        return { answer: await api.client.workflow.execute('stray', { workflowId: as, taskQueue: ownQueue, args: [call] }) };
      } catch (error) {
        return failureIn(error);
      }
    },
    close: async () => {
      worker.shutdown();
      await running;
      await connection.close();
    },
  };
}

function queueOf(activity: keyof Activities): string {
  if (ofSystems.has(activity)) return systemTaskQueue('erp');
  return ['evaluate', 'readBaseline', 'tryMetric'].includes(activity) ? measuringTaskQueue : engineTaskQueue;
}

function failureIn(error: unknown): Failed {
  const cause = error instanceof WorkflowFailedError && error.cause instanceof ActivityFailure ? error.cause.cause : undefined;
  if (!cause) throw error;
  return { type: cause instanceof ApplicationFailure ? (cause.type ?? undefined) : cause.name, why: cause.message };
}
