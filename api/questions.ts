/**
 * What people ask workers and wait for: simulations and trials of metrics, which may take a minute, in places that evaluations and grants of all plans need,
 * too. Each keeps its plan as a draft in the store until it is answered, so this also bounds the drafts. Counted in the store, for all endpoints together.
 */
import type { Limits } from '../domain/limits.ts';
import type { QuestionPlaces } from '../store/contract.ts';
import { Problem } from './errors.ts';

/** Who asks, and the right of the site that their plan is under. */
export interface Asker {
  person: string;
  right: string;
}

export interface Questions {
  /** Runs `work` for this person. Throws `too-many-requests` while they wait for others already, or others do under the same right. */
  ask<T>(asker: Asker, work: () => Promise<T>): Promise<T>;
}

/** `limits`: as the site has them now. `withinMs`: no question takes longer; so long a place is taken of an endpoint that died. */
export function createQuestions(
  store: QuestionPlaces,
  limits: () => Pick<Limits, 'simulationsPerPersonAtOnce' | 'simulationsPerRightAtOnce'>,
  withinMs: number,
): Questions {
  return {
    async ask({ person, right }, work) {
      const { simulationsPerPersonAtOnce: ofPerson, simulationsPerRightAtOnce: ofRight } = limits();
      const taken = await store.takeQuestion({ person, right, most: { ofPerson, ofRight }, withinMs });
      if ('full' in taken)
        throw tooMany(
          taken.full === 'person'
            ? `'${person}' waits for ${ofPerson} simulations or trials of metrics already. Wait for one of them.`
            : `Those who apply plans under '${right}' wait for ${ofRight} simulations or trials of metrics already. Try again when one of them is answered, within a minute.`,
        );
      try {
        return await work();
      } finally {
        // The place is free by itself where the store does not answer.
        await store.endQuestion(taken.place).catch(() => undefined);
      }
    },
  };
}

const tooMany = (detail: string) => new Problem('too-many-requests', detail, { retryAfterSeconds: 5 });
