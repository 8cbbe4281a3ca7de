/** The reader of a page, by name. */
import type { Reading } from '../../domain/authority/who-reads.ts';
import type { BoardPerson } from '../../domain/views/board.ts';
import type { Caller } from '../../domain/site/caller.ts';
import { readerName } from '../reader-name.ts';
import type { Services } from '../route.ts';

export const readerOf = async (services: Services, caller: Caller, readings: ReadonlyMap<string, Reading>, name: string | undefined): Promise<BoardPerson> => ({
  id: caller.id,
  name: await readerName(services, caller, readings, name),
});
