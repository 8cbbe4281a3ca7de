/** Who reads a page of all of their plans, and what of them. */
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { BoardPerson } from '../../domain/views/board.ts';
import { readerName } from '../reader-name.ts';
import type { Asked, Services } from '../route.ts';

export interface Reads {
  reader: BoardPerson;
  /** Of each plan that they see. */
  readings: ReadonlyMap<string, Reading>;
  /** Real time, for all that the answer says. */
  nowMs: number;
}

/** `plans`: only of these. */
export async function readsOf(
  services: Services,
  { caller, signedIn }: Pick<Asked<unknown, unknown>, 'caller' | 'signedIn'>,
  plans?: readonly string[],
): Promise<Reads> {
  const nowMs = Date.now();
  const readings = await services.readings.all(caller, plans);
  return { reader: { id: caller.id, name: await readerName(services, caller, readings, signedIn.name) }, readings, nowMs };
}
