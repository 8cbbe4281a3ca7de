/**
 * What people ask workers and wait for: simulations and trials of metrics, which may take a minute, in places that evaluations and grants of all plans need,
 * too. Each keeps its plan as a draft in the store until it is answered, so this also bounds the drafts. Counted in this process, as requests are.
 */
import { Problem } from './errors.ts';

export const mostQuestions = { ofOnePerson: 2, ofOneRight: 8 } as const;

/** Who asks, and the right of the site that their plan is under. */
export interface Asker {
  person: string;
  right: string;
}

export interface Questions {
  /** Runs `work` for this person. Throws `too-many-requests` while they wait for others already, or others do under the same right. */
  ask<T>(asker: Asker, work: () => Promise<T>): Promise<T>;
}

export function createQuestions(): Questions {
  const waiting = { people: new Map<string, number>(), rights: new Map<string, number>() };
  const change = (of: Map<string, number>, key: string, by: number) => {
    const now = (of.get(key) ?? 0) + by;
    if (now === 0) of.delete(key);
    else of.set(key, now);
  };
  return {
    async ask({ person, right }, work) {
      if ((waiting.people.get(person) ?? 0) >= mostQuestions.ofOnePerson)
        throw tooMany(`'${person}' waits for ${mostQuestions.ofOnePerson} simulations or trials of metrics already. Wait for one of them.`);
      if ((waiting.rights.get(right) ?? 0) >= mostQuestions.ofOneRight)
        throw tooMany(
          `Those who apply plans under '${right}' wait for ${mostQuestions.ofOneRight} simulations or trials of metrics already. Try again when one of them is answered, within a minute.`,
        );
      change(waiting.people, person, 1);
      change(waiting.rights, right, 1);
      try {
        return await work();
      } finally {
        change(waiting.people, person, -1);
        change(waiting.rights, right, -1);
      }
    },
  };
}

const tooMany = (detail: string) => new Problem('too-many-requests', detail, { retryAfterSeconds: 5 });
