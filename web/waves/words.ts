/** Words of the calendar. */
import type { CalendarConflict, CalendarWave } from '../../domain/views/calendar.ts';
import type { WaveStage } from '../../domain/states.ts';

export const statusInWords: Record<CalendarWave['status'], string> = {
  dated: 'Go-live',
  tentative: 'Tentative',
  'on hold': 'On hold',
  'held back': 'Held back',
  released: 'Released',
  over: 'Closed · released',
};

export const conflictInWords: Record<CalendarConflict['kind'], string> = {
  sameCohort: 'Same people',
  withinBlackout: 'In a blackout',
  besidePeak: 'Beside a peak',
};

export const stageInWords: Record<WaveStage, string> = {
  readiness: 'Readiness',
  preview: 'Preview',
  signOffs: 'Sign-offs',
  goLive: 'Go-live date',
  recheck: 'Recheck',
  release: 'Release',
  watching: 'Watching',
  review: 'Review',
  closed: 'Closed',
  aborted: 'Aborted',
};

export const counted = (count: number, one: string, several = `${one}s`): string => `${count} ${count === 1 ? one : several}`;

/** 'Ana, Eva or Viktor': who can supply something, and the reader as 'you'. */
export function peopleInWords(by: readonly { id: string; name: string }[], reader: string): string {
  const names = by.slice(0, 3).map(({ id, name }) => (id === reader ? `${name} (you)` : name));
  if (by.length > 3) return `${names.join(', ')} or ${by.length - 3} more`;
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
