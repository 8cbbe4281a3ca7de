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

/**
 * Of a stretch: what the reader reads, and the rest of each right of the site under which enough people were asked. Undefined where only less is left. Not over
 * all rights together: somebody who applies plans under one of them could add people of their own to the few of another, and subtract them again.
 */
export function requestsShown(
  asked: readonly Asking[],
  readings: ReadonlyMap<string, Reading>,
  stretch: { fromMs: number; untilMs: number },
): RequestsFigure | undefined {
  const within = asked.filter(({ openedAtMs }) => openedAtMs >= stretch.fromMs && openedAtMs < stretch.untilMs);
  const counted = countable(within, readings);
  if (counted.length === 0 && within.length > 0) return undefined;
  const { medianMs: _, ...counts } = requestsIn(counted, stretch);
  const { medianMs } = requestsIn(
    countable(
      counted.filter(({ answeredAtMs }) => answeredAtMs !== undefined),
      readings,
    ),
    stretch,
  );
  return { ...counts, ...(medianMs === undefined ? {} : { medianMs }) };
}

function countable(asked: readonly Asking[], readings: ReadonlyMap<string, Reading>): Asking[] {
  const reads = (each: Asking) => {
    const reading = readings.get(each.plan);
    return reading !== undefined && readsAt(reading, each);
  };
  const hidden = Map.groupBy(
    asked.filter((each) => !reads(each)),
    ({ plan }) => readings.get(plan)?.right ?? plan,
  );
  const enough = [...hidden.values()].filter((each) => new Set(each.flatMap(({ to }) => to)).size >= leastPeople);
  return [...asked.filter(reads), ...enough.flat()];
}
