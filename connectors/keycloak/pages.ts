/**
 * A list of Keycloak that is read in pages: all of it or an error. Keycloak counts from the beginning of the list, so that who comes or goes in the meantime
 * moves everyone behind them. Each page therefore begins with the last one of the page before: where it does not, the list is read again from its beginning.
 */
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { ListSize } from '../list-size.ts';

export interface PageLimits {
  size: number;
  /** A longer list is not believed. */
  most: number;
}

const defaults: PageLimits = { size: 500, most: 500_000 };
const attempts = 5;

/**
 * `page`: entries from the position `first` on, at most `max`. `about`: what the list is, as the beginning of a sentence. `enough`: of what was read so far; the
 * rest is not read then.
 */
export async function allPages<T extends { id: string }>(
  about: string,
  page: (first: number, max: number) => Promise<T[]>,
  { size, most }: PageLimits = defaults,
  enough: (found: T[]) => boolean = () => false,
): Promise<T[]> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const found = await readOnce(about, page, { size, most }, enough);
    if (found) return found;
  }
  throw new SystemUnavailable(`${about}: the list changed each time that it was read`);
}

/** undefined: it changed meanwhile. The end is where only the last one of before is left: a page that is short is not the last one for that. */
async function readOnce<T extends { id: string }>(
  about: string,
  page: (first: number, max: number) => Promise<T[]>,
  { size, most }: PageLimits,
  enough: (found: T[]) => boolean,
): Promise<T[] | undefined> {
  const found: T[] = [];
  const ids = new Set<string>();
  const kept = new ListSize(about);
  for (;;) {
    const last = found.at(-1);
    const next = await page(Math.max(0, found.length - 1), size);
    if (next.length > size) throw new SystemUnavailable(`${about}: Keycloak answered more than it was asked for`);
    if (last && next[0]?.id !== last.id) return undefined;
    const more = last ? next.slice(1) : next;
    if (more.length === 0) return found;
    for (const each of more) {
      if (ids.has(each.id)) return undefined;
      ids.add(each.id);
      kept.add(each);
      found.push(each);
    }
    if (enough(found)) return found;
    if (found.length > most) throw new SystemUnavailable(`${about}: the list is longer than ${most}`);
  }
}
