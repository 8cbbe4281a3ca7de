/**
 * Pages of previews and ledgers with a hundred thousand rows take the endpoint's one thread for half a second each: those under one right of the site are put together
 * two at a time, so that people of other plans wait for no more than that.
 */
import { rightNameOf } from '../../domain/site/rights.ts';
import { inTurn } from '../../domain/in-turn.ts';
import { turns, type TurnLimits } from '../../domain/turns.ts';
import { left } from '../asked-in-turn.ts';
import type { Services } from '../route.ts';

const atOnce: TurnLimits = { perPlan: 2, perRight: 2, inAll: 16 };
const line = turns(atOnce);

/** `gone`: aborted when nobody waits for the answer: then it is not begun. */
export async function inPageTurn<T>({ site }: Pick<Services, 'site'>, { plan, gone }: { plan: string; gone: AbortSignal }, work: () => Promise<T>): Promise<T> {
  const turn = line.take({ plan, right: rightNameOf(site.now(), plan) }, gone).catch((error: unknown) => {
    throw gone.aborted ? left() : error;
  });
  return inTurn(turn, work);
}
