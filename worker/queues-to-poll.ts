/** Which systems' task queues a worker polls: those in use, as many as the site allows. The rest of an organization's systems cost nothing. */
import type { SystemsInUse } from '../store/contract.ts';

export interface Polled {
  poll: string[];
  /** In use, and over the bound. */
  leftOut: string[];
}

/**
 * `needed`: systems to which a workflow of this process sent work lately, which may be of a plan that is only simulated. Those of standing releases come first:
 * anyone who has access there may have to lose it.
 */
export function queuesToPoll({ standing, planned }: SystemsInUse, needed: Iterable<string>, most: number): Polled {
  const all = [...new Set([...standing.toSorted(), ...needed, ...planned.toSorted()])];
  return { poll: all.slice(0, most), leftOut: all.slice(most) };
}
