/** The reader of a page, by name. */
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { BoardPerson } from '../../domain/views/board.ts';
import type { Services } from '../route.ts';

/** By name as a plan that they see writes it, where they decide something in it. */
export async function readerOf({ states }: Services, id: string, readings: ReadonlyMap<string, Reading>, name: string | undefined): Promise<BoardPerson> {
  for (const plan of readings.keys()) {
    const found = (await states.plan(plan))?.facts.names.get(id);
    if (found !== undefined) return { id, name: found };
  }
  return { id, name: name ?? id };
}
