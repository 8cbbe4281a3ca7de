/** Asks again where an answer was wrong, with what was wrong about it: a typing mistake does not cost the answers before it. */
import { CommandFailure } from './exit-codes.ts';
import type { Io } from './io.ts';
import { printable } from './printable.ts';

/**
 * What `attempt` comes to. Where it fails, and a person has answered something in it, it says why and tries again; what nobody was asked about is as wrong the
 * next time, and ends it. `failureOf`: an error as a failure of the command; anything else is thrown on.
 */
export async function untilRight<T>(io: Io, attempt: (io: Io) => Promise<T> | T, failureOf: (error: unknown) => unknown = (error) => error): Promise<T> {
  for (;;) {
    let asked = false;
    const asking: Io = {
      ...io,
      ask: async (question, options) => {
        const answer = await io.ask(question, options);
        asked = true;
        return answer;
      },
    };
    try {
      return await attempt(asking);
    } catch (error) {
      const failure = failureOf(error);
      if (!(failure instanceof CommandFailure) || !asked || failure.details['code'] === 'not-answered') throw failure;
      io.err(failure.message.split('\n').map(printable).join('\n'));
    }
  }
}
