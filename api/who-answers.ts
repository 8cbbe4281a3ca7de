/** Says beside open requests who may answer them now, by the latest revision of their plan: an answer that others give is not offered to the reader as their own. */
import type { Action } from '../domain/notices/action.ts';
import { answerersIn, withAnswerers, type Answerers } from '../domain/notices/who-may-answer.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { RequestView } from '../domain/views/request.ts';
import type { AppliedReader } from '../store/contract.ts';

/** Of one request: each plan is looked at once, however many waves, packages and notices of it are shown, and only where something is asked of people. */
export interface WhoAnswers {
  /** A wave or a package, in full or in short; an overview has no requests. */
  beside<View extends { plan: string }>(view: View): Promise<View>;
  /** Requests or notices of one plan. */
  each<T extends { action: Action }>(plan: string, asked: readonly T[]): Promise<(T & { mayAnswer?: string[] })[]>;
}

export function openWhoAnswers(store: Pick<AppliedReader, 'latestOutline'>): WhoAnswers {
  const plans = new Map<string, Promise<{ answerers: Answerers; nowMs: number }>>();
  const look = async (plan: string) => {
    const latest = await store.latestOutline(plan);
    return { answerers: answerersIn(latest?.outline.facts), nowMs: toPlan(Date.now(), latest?.clock) };
  };
  const each: WhoAnswers['each'] = async (plan, asked) => {
    if (asked.length === 0) return [];
    const looked = plans.get(plan) ?? look(plan);
    plans.set(plan, looked);
    const { answerers, nowMs } = await looked;
    return withAnswerers(asked, answerers, nowMs);
  };
  return {
    each,
    beside: async (view) => {
      const { requests } = view as { requests?: RequestView[] };
      return requests === undefined || requests.length === 0 ? view : { ...view, requests: await each(view.plan, requests) };
    },
  };
}
