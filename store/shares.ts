/**
 * Who has how many of the store's connections: of those that requests use, one person holds no more than a share, however many questions wait, so that
 * everybody else's are answered. What the process asks for itself takes no turn.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { inTurn } from '../domain/in-turn.ts';
import { turns, type TurnLimits } from '../domain/turns.ts';

const askedFor = new AsyncLocalStorage<string>();

/** Everything that `work` asks of the store counts as this person's; '': as the process's own. */
export const asking = <T>(person: string, work: () => T): T => (person === '' ? forTheProcess(work) : askedFor.run(person, work));

/** What several people wait for and one of them happened to ask first: it has a share as a person has, and waits for nobody's own questions. */
export const forEverybody = <T>(work: () => T): T => askedFor.run(everybody, work);
/** No id of a person is like it. */
const everybody = '\0everybody';

/** What somebody's request begins and what goes on without them, by timers that it starts: it takes no turn. */
export const forTheProcess = <T>(work: () => T): T => askedFor.exit(work);

/** Connections at a time: of all people together, and of one. */
export function shares(limits: { inAll: number; perPerson: number }): <T>(work: () => Promise<T>) => Promise<T> {
  const line = turns({ perPlan: limits.perPerson, perRight: limits.inAll, inAll: limits.inAll } satisfies TurnLimits);
  return async (work) => {
    const person = askedFor.getStore();
    if (person === undefined) return work();
    return inTurn(line.take({ plan: person, right: 'people' }), work);
  };
}
