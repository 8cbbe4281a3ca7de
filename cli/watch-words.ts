/** How far the watch of a released package has come, or that it has ended. */
import { isEndState } from '../domain/states.ts';
import { instantText } from '../domain/time/instant.ts';
import type { PackageView } from '../domain/views/package.ts';
import { count } from './printable.ts';
import { dayText, lengthText } from './times.ts';

type Watched = Pick<PackageView, 'state' | 'watch' | 'endedWhy'>;

/** Nothing is evaluated any more. */
export const hasWatchEnded = ({ state, endedWhy }: Omit<Watched, 'watch'>): boolean => isEndState(state) || endedWhy !== undefined;

/** `day 3 of 14, paused`, `ended`, `not watched`: its workflow ended before its watch did. */
export function watchText(view: Watched): string {
  if (isEndState(view.state)) return 'ended';
  if (hasWatchEnded(view)) return 'not watched';
  return `${dayText(view.watch)}${view.watch.paused === undefined ? '' : ', paused'}`;
}

/** With its dates. */
export function watchLine(view: Watched): string {
  const { startMs, endMs, evaluations } = view.watch;
  const so = count(evaluations, 'evaluation');
  const length = lengthText(endMs - startMs);
  return hasWatchEnded(view)
    ? `no longer watched: its watch began on ${instantText(startMs)}, was to end on ${instantText(endMs)} (${length}), and had ${so}`
    : `watched from ${instantText(startMs)} to ${instantText(endMs)}, ${length}; ${so} so far`;
}
