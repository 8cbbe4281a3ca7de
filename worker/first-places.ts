/**
 * Asks each system of the site that has never been used which place it is, as soon as the site file names it. The system that first answers as a place is believed
 * (domain/site/same-place.ts): without this, the server of one system could take the place of another that nobody has used yet, and nothing could be done there.
 */
import type { Connector } from '../connectors/connector.ts';
import { posing, posingText, type PlaceRecords } from '../domain/site/same-place.ts';
import type { Site, System } from '../domain/site/schema.ts';
import type { Logger } from './logging.ts';

export interface FirstPlacesParts {
  store: PlaceRecords & { systemsAtPlaces(): Promise<string[]> };
  site: () => Site;
  /** A connection of its own, which is closed here: a site may have a hundred systems that hardly anybody uses. */
  openAlone(system: System): Promise<Connector>;
  /** The only systems of this process; absent: all. */
  systems: string[] | undefined;
  logger: Logger;
}

/** Systems that could not be asked are asked again, when the site file changes or after so long. */
const againAfterMs = 10 * 60_000;

/**
 * Call it every few seconds: it looks only where the site file has changed, or something is left to be asked. One system after the other, in the order of the
 * file. `stop`: nothing is waited for any more.
 */
export function firstPlaces({ store, site, openAlone, systems, logger }: FirstPlacesParts): (stop: AbortSignal) => Promise<void> {
  let asked: { site: Site; atMs: number; isComplete: boolean } | undefined;
  let told: { site: Site | undefined; systems: Set<string> } = { site: undefined, systems: new Set() };
  return async (stop) => {
    const now = site();
    if (asked?.site === now && (asked.isComplete || Date.now() - asked.atMs < againAfterMs)) return;
    asked = { site: now, atMs: Date.now(), isComplete: false };
    const known = new Set(await store.systemsAtPlaces());
    // A system in memory is nobody's server.
    const left = now.systems.filter(({ id, kind }) => kind !== 'none' && !known.has(id) && (!systems || systems.includes(id)));
    let unanswered = 0;
    for (const system of left) {
      if (site() !== now || stop.aborted) return;
      if (!(await ask(now, system, stop))) unanswered += 1;
    }
    asked = { site: now, atMs: Date.now(), isComplete: unanswered === 0 };
  };

  /** Whether it has answered. */
  async function ask(of: Site, system: System, stop: AbortSignal): Promise<boolean> {
    const answer = await placeOf(system, stop).catch((error: unknown) => {
      const { id } = system;
      // Said once for each site file: it is asked again every ten minutes, perhaps for days.
      if (!(told.site === of && told.systems.has(id)))
        logger.warn(
          { system: id },
          `system '${id}' of the site cannot be reached, and nobody has used it yet: ${textOf(error)}. Check its connection before a plan uses it`,
        );
      if (told.site !== of) told = { site: of, systems: new Set() };
      told.systems.add(id);
      return undefined;
    });
    if (!answer) return false;
    const other = await posing(store, of, answer.place, { system: system.id, address: answer.address });
    if (other !== undefined) logger.error({ system: system.id, other, place: answer.place }, posingText(system.id, other));
    return true;
  }

  async function placeOf(system: System, stop: AbortSignal): Promise<{ place: string; address: string | undefined }> {
    const connector = await openAlone(system);
    const close = () => void connector.close().catch(() => undefined);
    stop.addEventListener('abort', close, { once: true });
    try {
      return { place: await connector.place(), address: connector.address };
    } finally {
      stop.removeEventListener('abort', close);
      await connector.close();
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
