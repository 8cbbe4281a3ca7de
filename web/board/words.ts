/** Ids and states as the page writes them. */
import { isEndState } from '../../domain/states.ts';
import type { BoardPackage } from '../../domain/views/board.ts';
import { listText } from '../../domain/watch/verdict-words.ts';
import { day } from '../parts/time.tsx';

export { idInWords, spaced } from '../../domain/board/words.ts';

/** 'Adoption and drift' of 'close-adoption, access-drift': what the names of one package have in common is left out. */
export function watchedInWords(metrics: readonly string[]): string {
  const words = metrics.map((each) => each.split(/[-_.]+/).filter(Boolean));
  const first = words[0]?.[0];
  const own = words.filter(([begin]) => begin !== 'access');
  const common = first !== undefined && own.length > 1 && own.every(([begin, ...rest]) => begin === own[0]?.[0] && rest.length > 0);
  const names = words.map((each) => (each[0] === 'access' || (common && each.length > 1) ? each.slice(1) : each).join(' '));
  const text = names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const riskInWords = (risk: string): string => risk.charAt(0).toUpperCase() + risk.slice(1);

/** '14-day watch · day 6', '14-day watch, paused on day 6', 'Watched 14 days · now weekly', 'Watch ended: rolled back'. */
export function watchInWords({ telemetry, released, state, beside }: Pick<BoardPackage, 'telemetry' | 'released' | 'state' | 'beside'>): string {
  const { day, days, paused } = telemetry;
  if (beside === 'not watched') return 'Not watched';
  const length = `${Math.round(days)}-day watch`;
  if (day !== undefined) return paused ? `${length}, paused on day ${day}` : `${length} · day ${day}`;
  if (!released) return state === 'Rollback ready' ? length : `Pre-release watch, then ${Math.round(days)} days`;
  if (state === 'Stable') return `Watched ${Math.round(days)} days · now weekly`;
  if (isEndState(state)) return `Watch ended: ${state.toLowerCase()}`;
  return `Watched ${Math.round(days)} days`;
}

export const whenInWords: Record<BoardPackage['when']['status'], string> = {
  released: 'Released',
  dated: 'Go-live',
  tentative: 'Tentative',
  'on hold': 'On hold',
  'held back': 'Held back',
};

/** 'Waits for erp since 28 Nov 03:10 UTC'. */
export function waitsInWords({ systems, sinceMs }: NonNullable<BoardPackage['waits']>): string {
  const since = sinceMs === undefined ? '' : ` since ${day(sinceMs, { time: true })}`;
  return `Waits for ${systems.length === 0 ? 'a system' : listText(systems)}${since}`;
}
