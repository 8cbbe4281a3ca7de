/**
 * Asks many waves or packages at a time, so that nobody's plans wait for those of others: the rows of each right of the site are asked side by side, each with
 * a patience of its own. Anyone may be named in a plan of two hundred waves by somebody whom they do not know.
 */
import { rightOf } from '../../domain/site/rights.ts';
import type { Site } from '../../domain/site/schema.ts';
import { inTurn } from '../../domain/in-turn.ts';
import { turns } from '../../domain/turns.ts';
import { inParallel } from '../in-parallel.ts';
import { patience, type Asked } from './patience.ts';

export type Ask = <T>(plan: string, ask: () => Promise<T>) => Promise<Asked<T>>;

export interface Fairly {
  /** With the patience that is left for plans under the same right. */
  ask: Ask;
  /** Answers in the order of the rows. */
  each<Row, Answer>(rows: readonly Row[], planOf: (row: Row) => string, work: (row: Row) => Promise<Answer>): Promise<Answer[]>;
}

/**
 * Of all requests together, by this endpoint. What a worker does not have in memory it replays to answer, in its one thread for workflows: those under one right
 * must not be all that it does, however many people look at their boards.
 */
const questions = turns({ perPlan: 4, perRight: 4, inAll: 16 });

/** `atOnce`: of all rights together; of each, at least two. */
export function fairly(site: Pick<Site, 'plans'>, atOnce: number): Fairly {
  const rightFor = (plan: string) => rightOf(site, plan)?.plan ?? '';
  const patiences = new Map<string, ReturnType<typeof patience>>();
  const patienceOf = (right: string) => {
    const now = patiences.get(right) ?? patience();
    patiences.set(right, now);
    return now;
  };
  return {
    ask: (plan, ask) => {
      const right = rightFor(plan);
      return patienceOf(right)(() => inTurn(questions.take({ plan, right }), ask));
    },
    async each(rows, planOf, work) {
      const byRight = Map.groupBy(rows.entries(), ([, row]) => rightFor(planOf(row)));
      const share = Math.max(2, Math.floor(atOnce / Math.max(1, byRight.size)));
      const answers: Awaited<ReturnType<typeof work>>[] = [];
      await Promise.all(
        [...byRight.values()].map((own) =>
          inParallel(share, own, async ([at, row]) => {
            answers[at] = await work(row);
          }),
        ),
      );
      return answers;
    },
  };
}
