/**
 * Evaluations, baselines and trials take turns, because each may ask slow statements: a plan, and all plans under one right of the site, have a share of the
 * places, and whoever finds their line full gives its place back and comes again.
 */
import { Context } from '@temporalio/activity';
import { TooManyWait, turns, type Turns } from '../domain/turns.ts';
import type { ActivityDeps } from './deps.ts';
import { tooManyAtOnce } from './failures.ts';
import { shareOf } from './measuring.ts';

/** Of one worker process, which has 200 places for them (worker/start.ts). */
const usual = { perPlan: 3, perRight: 12, inAll: 24, waiting: { perPlan: 6, perRight: 24 } } as const;

export type InTurn = <T>(plan: string, work: () => Promise<T>) => Promise<T>;

export function takingTurns(deps: ActivityDeps, line: Turns = turns(usual)): InTurn {
  return async (plan, work) => {
    const { cancellationSignal } = Context.current();
    const end = await line.take(shareOf(deps, plan), cancellationSignal).catch((error: unknown) => {
      throw error instanceof TooManyWait ? tooManyAtOnce(plan) : error;
    });
    try {
      return await work();
    } finally {
      end();
    }
  };
}
