/** Whether the process is alive, and whether it can do its work. Both routes are open; which workflows fail is told to callers on this machine only. */
import { z } from 'zod';
import { readyView } from '../../domain/views/service.ts';
import { atMostEvery } from '../../settings/at-most-every.ts';
import { catalog } from '../errors.ts';
import { defineRoute, type Services } from '../route.ts';

export const routes = [
  defineRoute({
    method: 'get',
    path: '/healthz',
    group: 'service',
    reads: 'anyone',
    summary: 'The process is alive',
    answers: { 200: { what: 'alive', schema: z.object({ status: z.literal('ok') }) } },
    problems: [],
    handle: async () => ({ status: 200, body: { status: 'ok' } }),
  }),
  defineRoute({
    method: 'get',
    path: '/readyz',
    group: 'service',
    reads: 'anyone',
    summary: 'Store and Temporal answer',
    answers: {
      200: { what: 'ready', schema: readyView },
      503: { what: 'not ready; names the part that is not', schema: readyView },
    },
    problems: [],
    async handle({ fromThisMachine }, services) {
      const { store, engine, found } = await sharedLook(services);
      const ready = store === 'ok' && engine === 'ok';
      // An alarm for people. The endpoint itself works, and must not be taken away for it.
      const alarm = found && { failingWorkflows: found.length, ...(fromThisMachine ? { failing: found.map(({ workflowId }) => workflowId) } : {}) };
      return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not-ready', store, engine, ...alarm } };
    },
  }),
];

const sharedForMs = 1_000;
const looks = new WeakMap<Services, () => ReturnType<typeof look>>();

/** Anyone may ask. */
function sharedLook(services: Services): ReturnType<typeof look> {
  const shared = looks.get(services) ?? atMostEvery(sharedForMs, () => look(services));
  looks.set(services, shared);
  return shared();
}

async function look({ store, engine, failing, log }: Services) {
  const [storeState, engineState, found] = await Promise.all([
    within(3_000, store.ready()).then(
      () => 'ok' as const,
      (error: unknown) => {
        log.warn({ err: error }, catalog['store-unreachable'].title);
        return 'unreachable' as const;
      },
    ),
    engine.client.connection
      .withDeadline(Date.now() + 3_000, () => engine.client.workflowService.describeNamespace({ namespace: engine.client.options.namespace }))
      .then(
        () => 'ok' as const,
        (error: unknown) => {
          log.warn({ err: error }, catalog['engine-unreachable'].title);
          return 'unreachable' as const;
        },
      ),
    failing().catch(() => undefined),
  ]);
  return { store: storeState, engine: engineState, found };
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
