/**
 * What work of one system waits for, in a worker.
 *
 * A worker takes as many tasks of a system as all kinds of work may have together, so no kind waits behind another one in the task queue: of each kind, a
 * plan and all plans under one right of the site have a share of the tasks, and one more gives its task back at once, before anything is loaded.
 * Of the tasks that it has taken, few have a place at a time, in which they read or change the system. A plan has a part of the places of a kind, and places for
 * changes are never taken by readings. The source of a cohort is asked without a place, because it may be slow, and another system.
 */
import { Context } from '@temporalio/activity';
import { systemOf } from '../domain/site/rights.ts';
import { TooManyWait, turns, type TurnLimits, type Turns } from '../domain/turns.ts';
import type { ActivityDeps } from './deps.ts';
import { tooManyAtOnce } from './failures.ts';
import { heldTime, readingMs } from './held-time.ts';
import { shareOf } from './measuring.ts';
import { simulationsHeld } from './measuring-turns.ts';

export type PlaceKind = 'preview' | 'comparison' | 'rollbackPreview' | 'grant' | 'undoing';

type Shares = Pick<TurnLimits, 'perPlan' | 'perRight' | 'inAll'>;

interface Kind {
  /** For people: which others come first. */
  what: string;
  /** Tasks that a worker has taken, those that wait for a place or ask a cohort included. */
  taken: Shares;
  line: keyof typeof places;
  /** When what was given back is tried again. */
  again: NonNullable<TurnLimits['again']>;
  /** Whether it ends after `readingMs` with a place. What waits is not late: it would begin anew, and at the end of the line. */
  isTimed?: true;
}

/**
 * At a time, of one system and worker process. A connector has four connections by default: readings hold three of them at most. What a rollback would do is
 * asked by people who wait for it, and also looks for who uses the access.
 */
const places = {
  reading: { perPlan: 2, perRight: 2, inAll: 3 },
  rollbackPreview: { perPlan: 2, perRight: 4, inAll: 6 },
  granting: { perPlan: 2, perRight: 4, inAll: 6 },
  undoing: { perPlan: 4, perRight: 6, inAll: 8 },
} satisfies Record<string, Shares>;

/** Questions about cohorts from the work of one line, at each system that is asked. */
const questions: Shares = { perPlan: 2, perRight: 6, inAll: 8 };

/** Nobody waits for it. */
const later = { afterMs: 3_000, perSecond: 10 };
const soon = { afterMs: 1_000, perSecond: 20 };

const kinds: Record<PlaceKind, Kind> = {
  preview: { what: 'previews', taken: { perPlan: 20, perRight: 40, inAll: 80 }, line: 'reading', again: later, isTimed: true },
  comparison: { what: 'comparisons', taken: { perPlan: 40, perRight: 80, inAll: 120 }, line: 'reading', again: soon, isTimed: true },
  rollbackPreview: { what: 'previews of rollbacks', taken: { perPlan: 6, perRight: 12, inAll: 24 }, line: 'rollbackPreview', again: soon },
  grant: { what: 'grants', taken: { perPlan: 60, perRight: 120, inAll: 180 }, line: 'granting', again: soon },
  undoing: { what: 'rollbacks', taken: { perPlan: 60, perRight: 120, inAll: 180 }, line: 'undoing', again: soon },
};

/** For those that find no task left, and are told so. */
const toBeGivenBack = 20;

/** How many tasks of one system a worker takes: enough that none of any kind waits in the task queue because of another kind. */
export const tasksOfSystem = Object.values(kinds).reduce((sum, { taken }) => sum + taken.inAll, simulationsHeld + toBeGivenBack);

export type InPlace = <T>(kind: PlaceKind, at: { system: string; plan: string }, work: () => Promise<T>) => Promise<T>;

interface Held {
  signal: AbortSignal;
  without<T>(asked: string, work: () => Promise<T>, patience?: AbortSignal): Promise<T>;
}

const held = new WeakMap<Context, Held>();

/**
 * Gives up the place of the activity while `work` asks the system `asked` for who is in a cohort, and takes one again. Questions of one plan take turns. An
 * activity that has no place asks at once. `patience`: rejects when it aborts before it is the question's turn.
 */
export async function withoutPlace<T>(asked: string, work: () => Promise<T>, patience?: AbortSignal): Promise<T> {
  const place = held.get(Context.current());
  return place ? place.without(asked, work, patience) : work();
}

/** Aborts when nobody takes the answer of the activity any more: it was cancelled, its workflow has ended, or it has taken too long and is tried again. */
export function untilUnwanted(): AbortSignal {
  const context = Context.current();
  return held.get(context)?.signal ?? context.cancellationSignal;
}

export function takingPlaces(deps: ActivityDeps, mostMs = readingMs): InPlace {
  const lines = new Map<string, Turns>();
  const lineOf = (limits: TurnLimits, name: string, systems: string[]): Turns => {
    // Anyone who reaches the namespace may name any system.
    const key = JSON.stringify([name, ...systems.map((system) => (systemOf(deps.site(), system) ? system : ''))]);
    const line = lines.get(key) ?? turns(limits);
    lines.set(key, line);
    return line;
  };
  return async (kind, { system, plan }, work) => {
    const context = Context.current();
    const { cancellationSignal: signal } = context;
    const of = shareOf(deps, plan);
    const { what, taken, line: name, again, isTimed } = kinds[kind];
    const giveBack = await lineOf({ ...taken, waiting: { perPlan: 0, perRight: 0 }, again }, `tasks of ${kind}`, [system])
      .take(of, signal)
      .catch((error: unknown) => {
        throw error instanceof TooManyWait ? tooManyAtOnce(plan, what, error.againMs) : error;
      });
    const time = isTimed ? heldTime(system, mostMs) : undefined;
    const unwanted = time ? AbortSignal.any([signal, time.signal]) : signal;
    const inItsPlace = async () => {
      const line = lineOf(places[name], name, [system]);
      let end = await line.take(of, unwanted);
      time?.runs();
      held.set(context, {
        signal: unwanted,
        without: async (asked, ask, patience = unwanted) => {
          end();
          time?.pauses();
          try {
            const endTurn = await lineOf(questions, `${name} asks`, [system, asked]).take(of, AbortSignal.any([unwanted, patience]));
            return await ask().finally(endTurn);
          } finally {
            // Where it gets no place any more, `end` has ended the one before already, and does nothing more.
            end = await line.take(of, unwanted);
            time?.runs();
          }
        },
      });
      try {
        return await work();
      } finally {
        held.delete(context);
        end();
      }
    };
    // A reading that is stuck keeps its place: it may hold a connection.
    const working = inItsPlace().finally(giveBack);
    return time ? time.within(working) : working;
  };
}
