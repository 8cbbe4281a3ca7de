/** How many sections of waves are on their way to a worker at a time: its only thread for workflows reads them, and what people send to other waves is decided in between. */
import { turns, type Share } from '../../../domain/turns.ts';

/** Bytes. Such a section takes a worker up to a second to read, for each megabyte. */
export const largeSection = 100_000;

export interface SectionTurns {
  /** Resolves when the section may be sent, with the function that ends its turn. */
  take(bytes: number, of: Share): Promise<() => void>;
}

/** Of one right of the site, two large ones; many small ones together take as long, so that as many are on their way as one apply sends at once, however many it sends. */
export function sectionTurns(): SectionTurns {
  const large = turns({ perPlan: 2, perRight: 2, inAll: Infinity });
  const small = turns({ perPlan: 8, perRight: 8, inAll: Infinity });
  return { take: (bytes, of) => (bytes < largeSection ? small : large).take(of) };
}
