/**
 * Evaluations, baselines and trials take turns, because each may ask slow statements: a plan, and all plans under one right of the site, have a share of the
 * places, and anyone who finds their line full gives the place back and tries again.
 */
import { Context } from '@temporalio/activity';
import { inTurn } from '../domain/in-turn.ts';
import { TooManyWait, turns, type TurnLimits, type Turns } from '../domain/turns.ts';
import type { ActivityDeps } from './deps.ts';
import { tooManyAtOnce } from './failures.ts';
import { shareOf } from './measuring.ts';

/** Of one worker process, which has 200 places for them (worker/start.ts). */
const usual = { perPlan: 3, perRight: 12, inAll: 24, waiting: { perPlan: 6, perRight: 24 }, again: { afterMs: 3_000, perSecond: 10 } } as const;

/**
 * Of one system and worker process. Simulations hold five of its tasks at most, waiting ones included, however many there are: the others are given back at once.
 * One simulation asks for four at a time (workflows/simulation.ts).
 */
const simulating = { perPlan: 3, perRight: 3, inAll: 4, waiting: { perPlan: 1, perRight: 1, inAll: 1 } } satisfies TurnLimits;
export const simulationsHeld = simulating.inAll + simulating.waiting.inAll;

export type InTurn = <T>(plan: string, work: () => Promise<T>) => Promise<T>;

export function takingTurns(deps: ActivityDeps, line: Turns = turns(usual)): InTurn {
  return (plan, work) => inTurnOf(deps, line, plan, 'metrics', work);
}

export type InTurnAt = <T>(system: string, plan: string, work: () => Promise<T>) => Promise<T>;

/** Simulations read the live systems in turns, too: at each system. */
export function simulatingInTurns(deps: ActivityDeps, limits: TurnLimits = simulating): InTurnAt {
  const lines = new Map<string, Turns>();
  return (system, plan, work) => {
    const line = lines.get(system) ?? turns(limits);
    // Only systems of the site are asked for on a queue that is polled.
    lines.set(system, line);
    return inTurnOf(deps, line, plan, 'simulations', work);
  };
}

/**
 * Of one worker process, on the workflows' own queue, where everything else only reads the store (worker/start.ts): checks that ask systems. A system that
 * answers late holds a part of these places, and nobody waits in the others. What a rollback waits for has a line of its own: the weekly checks of a plan never
 * take its places.
 */
const checking = {
  dependencies: { perPlan: 4, perRight: 6, inAll: 8, waiting: { perPlan: 0, perRight: 0 }, again: { afterMs: 1_000, perSecond: 10 } },
  owners: { perPlan: 2, perRight: 3, inAll: 6, waiting: { perPlan: 0, perRight: 0 }, again: { afterMs: 1_000, perSecond: 10 } },
} satisfies Record<string, TurnLimits>;

export function checkingInTurns(deps: ActivityDeps, of: keyof typeof checking): InTurn {
  const line = turns(checking[of]);
  return (plan, work) => inTurnOf(deps, line, plan, of === 'owners' ? 'checks of owners' : 'checks before rollbacks', work);
}

async function inTurnOf<T>(deps: ActivityDeps, line: Turns, plan: string, what: string, work: () => Promise<T>): Promise<T> {
  const { cancellationSignal } = Context.current();
  const turn = line.take(shareOf(deps, plan), cancellationSignal).catch((error: unknown) => {
    throw error instanceof TooManyWait ? tooManyAtOnce(plan, what, error.againMs) : error;
  });
  return inTurn(turn, work);
}
