/**
 * Who made which grant, by Keycloak's admin events. Keycloak gives grants no ids, so that access that was taken away and given again looks the same; in the
 * events it is another change. Pure: decision 233 says what it can tell and what not.
 */
import { sha256Hex } from '../../domain/canonical.ts';

/** One change of what one person holds of one group or role. */
export interface PairEvent {
  id: string;
  atMs: number;
  did: 'added' | 'removed';
  /** Id of the account whose token was used. */
  by: string;
}

export interface Origin {
  /** Of this one grant. */
  id: string;
  by: string;
}

export interface Pair {
  entitlementId: string;
  accountId: string;
}

/** What the events of one pair tell. */
export interface PairHistory {
  /** undefined: they do not tell who made what is held, or nothing is held by them. */
  origin: Origin | undefined;
  /** The latest of them, after which the next change comes; `first` where there is none. */
  last: string;
  events: PairEvent[];
  /** What was before may be told in part, and is left out; -Infinity: everything is told. */
  knownSinceMs: number;
}

export const noEvent = 'first';

/** Before and after it, so that the same change has one id for everyone. */
export const originId = ({ entitlementId, accountId }: Pair, after: string, by: string): string =>
  sha256Hex({ entitlementId, accountId, after, by }).slice(0, 32);

/**
 * `repeats`: an addition is also told where the access was there already, and changed nothing (roles; of groups Keycloak tells additions only when they add).
 * `knownSinceMs`: what was before may be told in part, and is left out.
 */
export function historyOf(all: PairEvent[], pair: Pair, { repeats, knownSinceMs }: { repeats: boolean; knownSinceMs: number }): PairHistory {
  const events = all.filter(({ atMs }) => atMs > knownSinceMs).toSorted((a, b) => a.atMs - b.atMs);
  let origin: Origin | undefined;
  let isHeld = false;
  let after = noEvent;
  let before: PairEvent | undefined;
  for (const event of events) {
    // Two changes in one millisecond have no order.
    const isUnordered = before?.atMs === event.atMs;
    if (event.did === 'removed') [isHeld, origin] = [isUnordered, undefined];
    else if (!isHeld) [isHeld, origin] = [true, isUnordered ? undefined : { id: originId(pair, after, event.by), by: event.by }];
    // It was taken away in between, and nobody has told it.
    else if (!repeats || isUnordered) origin = undefined;
    after = event.id;
    before = event;
  }
  return { origin, last: after, events, knownSinceMs };
}

/** Whether the change that came directly after this event was ours. `did`: what it was to do. */
export function happenedAfter({ events }: PairHistory, after: string, did: PairEvent['did'], ourId: string): boolean {
  // What it followed may have left the events since; then all that are left came later.
  const at = events.findIndex(({ id }) => id === after);
  const later = events.slice(at + 1);
  // A removal takes what is there, no matter who touched it in between; an addition is ours only if nothing came before it.
  return did === 'added' ? later[0]?.did === did && later[0].by === ourId : later.some((event) => event.did === did && event.by === ourId);
}
