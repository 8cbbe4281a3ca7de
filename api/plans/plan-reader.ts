/** Reads and compares plans in threads of their own, within limits of time and memory. Whatever a text does, it does to its thread, and a new thread takes its place. */
import { Tinypool } from 'tinypool';
import { rememberDigest, rememberTextDigest } from '../../domain/plan/digest.ts';
import type { Loaded, LoadOptions } from '../../domain/plan/load.ts';
import type { Mistake } from '../../domain/plan/mistakes.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import type { Site } from '../../domain/site/schema.ts';
import { inTurn } from '../../domain/in-turn.ts';
import { TooManyWait, turns, type Share, type TurnLimits, type Turns } from '../../domain/turns.ts';
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { RevisionHead } from '../../store/contract.ts';
import type { Outliner } from '../../store/outlines.ts';
import { Problem } from '../errors.ts';
import type { PlanAnswers, PlanTask, WorkTask } from './plan-thread.ts';
import type { OutlinedText, PlanWork } from './plan-work.ts';

/**
 * All throw `plan-unreadable` when a text takes too long or too much memory, and `busy` when too many wait, or for too long: time counts from when a thread
 * takes the text.
 */
export interface PlanReader {
  /** The same threads, in the turns of this person, and of all who apply plans under the same right of the site. */
  of(person: string, right: string): PlanReader;
  /** The digest of a plan that is in the store, in the turns of the plan's right. It waits for nobody's texts. */
  digest(plan: Plan): Promise<string>;
  /** The outline of a plan that is in the store, in the turns of the plan's right, however many wait before it. Nothing else is read of it in this thread. */
  outline: Outliner;
  /** What somebody reads of a plan that is in the store, in the same turns. `text`: called once there is a turn. Undefined where there is none. */
  shown(
    of: Share,
    text: () => Promise<string | undefined>,
    head: RevisionHead,
    reading: Reading,
    by: string,
  ): Promise<ReturnType<PlanWork['shown']> | undefined>;
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
const waitMs = 20_000;
/** Each text has a thread as soon as it has a turn: the threads are as many as the turns. */
const linesOf = { texts: 3, stored: 2 } as const;
const most = { threads: linesOf.texts + linesOf.stored, heapMb: 512, stackMb: 4 } as const;
/** Of texts, by person. However many people of one right agree to send them, a thread is left for everybody else. */
const texts: TurnLimits = { perPlan: 1, perRight: linesOf.texts - 1, inAll: linesOf.texts, waiting: { perPlan: 40, perRight: 200, inAll: 400 } };
/** Of plans in the store. However many and large those of one right are, there is a thread for all others. */
const stored: TurnLimits = { perPlan: 1, perRight: 1, inAll: linesOf.stored };

interface Changes {
  withinMs?: number;
  workWithinMs?: number;
  waitMs?: number;
  heapMb?: number;
  filename?: string;
}

/** `rightOf`: the right of the site that a plan is under. */
export function openPlanReader(rightOf: (plan: string) => string = (plan) => plan, change: Changes = {}): PlanReader {
  const limitMs = change.withinMs ?? withinMs;
  const pool = new Tinypool({
    filename: change.filename ?? new URL('plan-thread.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: most.threads,
    // Threads are the same for every text, and start slowly.
    idleTimeout: 60_000,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: change.heapMb ?? most.heapMb, stackSizeMb: most.stackMb },
  });
  const [lineOfTexts, lineOfStored] = [turns(texts), turns(stored)];
  const workMs = change.workWithinMs ?? workWithinMs;
  const inThread = async (task: PlanTask | WorkTask, ms: number): Promise<unknown> => {
    const limit = AbortSignal.timeout(ms);
    try {
      return (await pool.run(task, { signal: limit })) as unknown;
    } catch (error) {
      throw limit.aborted ? new Problem('plan-unreadable', `The plan was not read within ${ms / 1_000} seconds.`) : problemOf(error);
    }
  };
  const within = async (task: PlanTask | WorkTask, ms: number, line: Turns, share: Share): Promise<unknown> => {
    const turn = line.take(share, AbortSignal.timeout(change.waitMs ?? waitMs)).catch((error: unknown) => {
      throw new Problem('busy', error instanceof TooManyWait ? 'Too many plans are waiting to be read.' : 'Too many plans were to be read before this one.');
    });
    return inTurn(turn, () => inThread(task, ms));
  };
  /** However many wait before it. The text is asked for once there is a turn, so that those who wait keep none. */
  const ofStored = (share: Share, text: () => Promise<string | undefined>, taskOf: (written: string) => WorkTask): Promise<unknown> =>
    inTurn(lineOfStored.take(share), async () => {
      const written = await text();
      return written === undefined ? undefined : inThread(taskOf(written), workMs);
    });
  const readerOf = (person: string, right: string): PlanReader => {
    const share = { plan: person, right };
    const run = async <T extends PlanTask>(task: T) => (await within(task, limitMs, lineOfTexts, share)) as PlanAnswers[T['want']];
    return {
      of: readerOf,
      named: (bytes) => run({ want: 'id', bytes }),
      check: async (bytes, file, options) => {
        const { loaded, digest } = await run({ want: 'check', bytes, file, options });
        if (loaded.ok && digest !== undefined) rememberDigest(loaded.plan, digest);
        return loaded;
      },
      siteMistakes: (bytes, file, plan, site) => run({ want: 'siteMistakes', bytes, file, plan, site }),
      work: async (work, ...args) => (await within({ work, args }, workMs, lineOfTexts, share)) as never,
      digest: async (plan) => (await within({ work: 'digest', args: [plan] }, workMs, lineOfStored, { plan: plan.plan, right: rightOf(plan.plan) })) as string,
      outline: async (share, text, record) => {
        const found = (await ofStored(share, text, (written) => ({ work: 'outlined', args: [written, record] }))) as OutlinedText | undefined;
        if (!found) return undefined;
        const { textDigest, ...outlined } = found;
        rememberTextDigest(textDigest, outlined.document);
        return outlined;
      },
      shown: async (share, text, head, reading, by) =>
        (await ofStored(share, text, (written) => ({ work: 'shown', args: [written, head, reading, by] }))) as ReturnType<PlanWork['shown']> | undefined,
      close: () => pool.destroy(),
    };
  };
  return readerOf('', '');
}

function problemOf(error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return new Problem('plan-unreadable', 'The plan needs more memory to be read than this endpoint gives it.');
  return error;
}
