/** Reads and compares plans in threads of their own, within limits of time and memory. Whatever a text does, it does to its thread, and a new thread takes its place. */
import { Tinypool } from 'tinypool';
import { rememberDigest } from '../../domain/plan/digest.ts';
import type { Loaded, LoadOptions } from '../../domain/plan/load.ts';
import type { Mistake } from '../../domain/plan/mistakes.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import { Problem } from '../errors.ts';
import type { PlanAnswers, PlanTask, WorkTask } from './plan-thread.ts';
import type { PlanWork } from './plan-work.ts';

/** All throw `plan-unreadable` when a text takes too long or too much memory, and `busy` when too many wait. */
export interface PlanReader {
  /** The id that the text gives its plan; undefined where it is no id. */
  named(bytes: Uint8Array): Promise<string | undefined>;
  /** The digest of the plan that it returns is known afterwards. */
  check(bytes: Uint8Array, file: string, options: LoadOptions): Promise<Loaded>;
  /** What the site has against the plan of this text. */
  siteMistakes(bytes: Uint8Array, file: string, plan: Plan, site: Site): Promise<Mistake[]>;
  /** One of plan-work.ts. */
  work<K extends keyof PlanWork>(name: K, ...args: Parameters<PlanWork[K]>): Promise<ReturnType<PlanWork[K]>>;
  close(): Promise<void>;
}

/** The largest plans take two or three seconds on a slow machine. */
const withinMs = 15_000;
/** Work on a plan that was read is bounded by the plan; this is for a machine that is very busy. */
const workWithinMs = 60_000;
const most = { threads: 2, waiting: 100, heapMb: 512, stackMb: 4 } as const;

export function openPlanReader(change: { withinMs?: number; heapMb?: number; filename?: string } = {}): PlanReader {
  const limitMs = change.withinMs ?? withinMs;
  const pool = new Tinypool({
    filename: change.filename ?? new URL('plan-thread.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: most.threads,
    maxQueue: most.waiting,
    // Threads are the same for every text, and start slowly.
    idleTimeout: 60_000,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: change.heapMb ?? most.heapMb, stackSizeMb: most.stackMb },
  });
  const within = async (task: PlanTask | WorkTask, ms: number): Promise<unknown> => {
    const limit = AbortSignal.timeout(ms);
    try {
      return (await pool.run(task, { signal: limit })) as unknown;
    } catch (error) {
      throw limit.aborted ? new Problem('plan-unreadable', `The plan was not read within ${ms / 1_000} seconds.`) : problemOf(error);
    }
  };
  const run = async <T extends PlanTask>(task: T) => (await within(task, limitMs)) as PlanAnswers[T['want']];
  return {
    named: (bytes) => run({ want: 'id', bytes }),
    check: async (bytes, file, options) => {
      const { loaded, digest } = await run({ want: 'check', bytes, file, options });
      if (loaded.ok && digest !== undefined) rememberDigest(loaded.plan, digest);
      return loaded;
    },
    siteMistakes: (bytes, file, plan, site) => run({ want: 'siteMistakes', bytes, file, plan, site }),
    work: async (work, ...args) => (await within({ work, args }, workWithinMs)) as never,
    close: () => pool.destroy(),
  };
}

function problemOf(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new Problem('plan-unreadable', 'The plan needs more memory to be read than this endpoint gives it.');
  if (/queue is at limit/i.test(message ?? '')) return new Problem('busy', 'Too many plans are waiting to be read.');
  return error;
}
