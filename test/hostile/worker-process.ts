/** A process that runs one activity and tells each point of it to its parent, which answers, or kills it. */
import type { ActivityDeps } from '../../activities/deps.ts';
import type { TrustedKey } from '../../domain/authority/keys.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { openStore } from '../../store/open.ts';
import { opened } from './connections.ts';
import { releasing, runTask, type Task } from './packages.ts';
import type { Connection } from './peer.ts';
import { watchedConnector, watchedStore, type Point } from './points.ts';

export interface Assignment extends Task {
  storeUrl: string;
  plan: Plan;
  trustedKeys: TrustedKey[];
  connection: Connection;
  grantsPerBatch: number;
}

export type Told =
  | { ready: true }
  | { point: Point }
  | { done: unknown }
  | { failed: { message: string; type?: string; nonRetryable?: boolean; details?: unknown } };

const tell = (told: Told) => void process.send?.(told);
const waiting: (() => void)[] = [];
const at = (point: Point): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    tell({ point });
  });

process.on('message', (message: Assignment | 'goOn') => {
  if (message === 'goOn') return waiting.shift()?.();
  void work(message).then(tell);
});
process.on('disconnect', () => process.exit());
tell({ ready: true });

async function work({ storeUrl, plan, trustedKeys, connection, grantsPerBatch, activity, args }: Assignment): Promise<Told> {
  const store = await openStore(storeUrl, { migrate: false, connections: 3 });
  const connector = opened(connection);
  const change: Partial<ActivityDeps> = {
    trustedKeys,
    store: watchedStore(store, at),
    openSystem: async () => watchedConnector(connector, at),
    grantsPerBatch,
  };
  try {
    await at({ at: 'begin', batch: 0 });
    const done = await runTask(releasing(store, plan), change, { activity, args });
    await at({ at: 'end', batch: 0 });
    return { done };
  } catch (error) {
    const { message, type, nonRetryable, details } = error as { message: string; type?: string; nonRetryable?: boolean; details?: unknown };
    return {
      failed: {
        message,
        ...(type === undefined ? {} : { type }),
        ...(nonRetryable === undefined ? {} : { nonRetryable }),
        ...(details === undefined ? {} : { details }),
      },
    };
  } finally {
    await connector.close();
    await store.close();
  }
}
