/** Says beside open requests who may answer them now, by the latest revision of their plan: an answer that others give is not offered to the reader as their own. */
import type { Action } from '../domain/notices/action.ts';
import { answerersIn, withAnswerers, type Answerers, type MayAnswer } from '../domain/notices/who-may-answer.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { RequestView } from '../domain/views/request.ts';
import type { AppliedReader } from '../store/contract.ts';
import { outlinedAt, type AtRevision } from './planned-waves.ts';

/** Of one request: each plan is looked at once, however many waves, packages and notices of it are shown, and only where something is asked of people. */
export interface WhoAnswers {
  /** A wave or a package, in full or in short; an overview has no requests. */
  beside<View extends object>(view: View, at: AtRevision): Promise<View>;
  /** Requests or notices of one plan. */
  each<T extends { action: Action }>(at: AtRevision, asked: readonly T[]): Promise<(T & Partial<MayAnswer>)[]>;
}

/** `reader`: the person who asks. */
export function openWhoAnswers(store: Pick<AppliedReader, 'appliedOutline' | 'latestOutline'>, reader: string): WhoAnswers {
  const plans = new Map<string, Promise<Answerers>>();
  const look = async (at: AtRevision) => {
    const latest = await outlinedAt(store, at);
    return answerersIn(latest?.outline.facts, { nowMs: toPlan(Date.now(), latest?.clock), reader });
  };
  const each: WhoAnswers['each'] = async (at, asked) => {
    if (asked.length === 0) return [];
    const looked = plans.get(at.plan) ?? look(at);
    plans.set(at.plan, looked);
    return withAnswerers(asked, await looked);
  };
  return {
    each,
    beside: async (view, at) => {
      const { requests } = view as { requests?: RequestView[] };
      return requests === undefined || requests.length === 0 ? view : { ...view, requests: await each(at, requests) };
    },
  };
}
