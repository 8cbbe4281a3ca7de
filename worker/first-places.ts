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
      await ask(now, system, stop).catch((error: unknown) => {
        unanswered += 1;
        logger.warn({ system: system.id }, `system '${system.id}' has not been used yet, and cannot be reached: ${textOf(error)}`);
      });
    }
    asked = { site: now, atMs: Date.now(), isComplete: unanswered === 0 };
  };

  async function ask(of: Site, system: System, stop: AbortSignal): Promise<void> {
    const connector = await openAlone(system);
    const close = () => void connector.close().catch(() => undefined);
    stop.addEventListener('abort', close, { once: true });
    try {
      const place = await connector.place();
      const other = await posing(store, of, place, { system: system.id, address: connector.address });
      if (other !== undefined) logger.error({ system: system.id, other, place }, posingText(system.id, other));
    } finally {
      stop.removeEventListener('abort', close);
      await connector.close();
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
