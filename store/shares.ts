/**
 * Who has how many of the store's connections: of those that requests use, one person holds no more than a share, however many questions wait, so that
 * everybody else's are answered. What the process asks for itself takes no turn.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { turns, type TurnLimits } from '../domain/turns.ts';

const askedFor = new AsyncLocalStorage<string>();

/** Everything that `work` asks of the store counts as this person's; '': as the process's own. */
export const asking = <T>(person: string, work: () => T): T => (person === '' ? forEverybody(work) : askedFor.run(person, work));

/** What somebody's request begins and what goes on for everybody, by timers that it starts, is not theirs. */
export const forEverybody = <T>(work: () => T): T => askedFor.exit(work);

/** Connections at a time: of all people together, and of one. */
export function shares(limits: { inAll: number; perPerson: number }): <T>(work: () => Promise<T>) => Promise<T> {
  const line = turns({ perPlan: limits.perPerson, perRight: limits.inAll, inAll: limits.inAll } satisfies TurnLimits);
  return async (work) => {
    const person = askedFor.getStore();
    if (person === undefined) return work();
    const end = await line.take({ plan: person, right: 'people' });
    try {
      return await work();
    } finally {
      end();
    }
  };
}
