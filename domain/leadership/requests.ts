/** How many requests people got, and how long answers took. How fast one person answers is nobody's number: five people, or what the reader acts for. */
import type { Address } from '../address.ts';
import { readsAt, type Reading } from '../authority/who-reads.ts';
import type { RequestsFigure } from '../views/leadership.ts';
import { leastPeople } from './entry.ts';

/** A request by its first notice. Instants are plan time. */
export interface Asking extends Address {
  to: string[];
  openedAtMs: number;
  answeredAtMs?: number;
  /** No longer asked. */
  withdrawn: boolean;
}

/** Of what may be counted, what was opened in the stretch. */
function requestsIn(asked: readonly Asking[], { fromMs, untilMs }: { fromMs: number; untilMs: number }): RequestsFigure {
  const within = asked.filter(({ openedAtMs }) => openedAtMs >= fromMs && openedAtMs < untilMs);
  const took = within.flatMap(({ openedAtMs, answeredAtMs }) => (answeredAtMs === undefined ? [] : [answeredAtMs - openedAtMs])).toSorted((a, b) => a - b);
  const middle = took[Math.ceil(took.length / 2) - 1];
  return {
    opened: within.length,
    answered: took.length,
    open: within.filter(({ answeredAtMs, withdrawn }) => answeredAtMs === undefined && !withdrawn).length,
    ...(middle === undefined ? {} : { medianMs: middle }),
  };
}

/** Of a stretch: undefined, or without how long answers took, where those whose requests the reader does not read are too few. */
export function requestsShown(
  asked: readonly Asking[],
  readings: ReadonlyMap<string, Reading>,
  stretch: { fromMs: number; untilMs: number },
): RequestsFigure | undefined {
  const reads = (each: Asking) => {
    const reading = readings.get(each.plan);
    return reading !== undefined && readsAt(reading, each);
  };
  const hidden = asked.filter((each) => each.openedAtMs >= stretch.fromMs && each.openedAtMs < stretch.untilMs && !reads(each));
  if (tooFew(hidden)) return undefined;
  const { medianMs, ...counts } = requestsIn(asked, stretch);
  return { ...counts, ...(medianMs === undefined || tooFew(hidden.filter(({ answeredAtMs }) => answeredAtMs !== undefined)) ? {} : { medianMs }) };
}

const tooFew = (hidden: readonly Asking[]): boolean => hidden.length > 0 && new Set(hidden.flatMap(({ to }) => to)).size < leastPeople;
