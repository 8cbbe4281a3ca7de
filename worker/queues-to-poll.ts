/** Which systems' task queues a worker polls: those in use, as many as the site allows. The rest of an organization's systems cost nothing. */
import type { SystemsInUse } from '../store/contract.ts';

export interface Polled {
  poll: string[];
  /** In use, and over the bound. */
  leftOut: string[];
}

/**
 * `needed`: systems to which a workflow of this process sent work lately, which may be of a plan that is only simulated. Those of standing releases come first:
 * anyone who has access there may have to lose it. `declared`: by the site. Of what else plans name, nothing could be done; and a row that nobody applied could
 * name any number of systems, in the places of others.
 */
export function queuesToPoll({ standing, planned }: SystemsInUse, needed: Iterable<string>, declared: readonly string[], most: number): Polled {
  const known = new Set(declared);
  const all = [...new Set([...standing.toSorted(), ...needed, ...planned.filter((id) => known.has(id)).toSorted()])];
  return { poll: all.slice(0, most), leftOut: all.slice(most) };
}
