/**
 * What people ask workers and wait for: simulations and trials of metrics, which may take a minute, in places that evaluations and grants of all plans need,
 * too. Counted in this process, as requests are.
 */
import { Problem } from './errors.ts';

const mostOfOnePerson = 2;

export interface Questions {
  /** Runs `work` for this person. Throws `too-many-requests` while they wait for others already. */
  ask<T>(person: string, work: () => Promise<T>): Promise<T>;
}

export function createQuestions(): Questions {
  const waiting = new Map<string, number>();
  return {
    async ask(person, work) {
      const now = waiting.get(person) ?? 0;
      if (now >= mostOfOnePerson)
        throw new Problem('too-many-requests', `'${person}' waits for ${mostOfOnePerson} simulations or trials of metrics already. Wait for one of them.`, {
          retryAfterSeconds: 5,
        });
      waiting.set(person, now + 1);
      try {
        return await work();
      } finally {
        const left = (waiting.get(person) ?? 1) - 1;
        if (left === 0) waiting.delete(person);
        else waiting.set(person, left);
      }
    },
  };
}
