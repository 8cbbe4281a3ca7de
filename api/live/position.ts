/** Where a stream goes on: the position of what was told last, or of what a page has seen, as an id that shows nothing of it. */
import type { Services } from '../route.ts';
import type { Happened } from './feed.ts';

/** What ids of events are sealed for. */
export const live = 'live';
const replayed = 200;

interface Position {
  event: number;
  /** Undefined: evaluations are told from now on. */
  evaluation?: number;
}

/** Everything that is recorded from now on comes after it. */
export async function idOfNow({ store, cursors }: Pick<Services, 'store' | 'cursors'>): Promise<string> {
  const { event, evaluation } = await store.lastPositions();
  return cursors.seal([event, evaluation], live);
}

/** Of the event with this id. One that is not from here counts as none, as the standard has it for a stream that begins. */
export function positionOf({ cursors }: Pick<Services, 'cursors'>, id: string | undefined): Position | undefined {
  if (id === 'start') return { event: 0 };
  const opened = id === undefined ? undefined : cursors.open(id, live);
  const [event, evaluation] = Array.isArray(opened) ? (opened as unknown[]) : [opened];
  return isPosition(event) ? { event, ...(isPosition(evaluation) ? { evaluation } : {}) } : undefined;
}

const isPosition = (found: unknown): found is number => typeof found === 'number' && Number.isSafeInteger(found);

/** `plans`: those that the listener sees. What happens in others neither counts nor is told. */
export async function missedSince({ store }: Pick<Services, 'store'>, after: Position | undefined, plans: string[]): Promise<Happened> {
  const nothing: Happened = { events: [], evaluated: [], missed: false };
  if (after === undefined || plans.length === 0) return nothing;
  const last = await store.lastPositions();
  const from = { event: after.event, evaluation: after.evaluation ?? last.evaluation };
  if (last.event <= from.event && last.evaluation <= from.evaluation) return nothing;
  const { events, evaluations } = await store.news({ ...from, limit: replayed + 1, plans });
  if (events.length > replayed || evaluations.length > replayed) return { ...nothing, missed: true };
  return { events, evaluated: evaluations.map(({ plan, wave, package: id }) => ({ plan, wave, package: id })), missed: false };
}
