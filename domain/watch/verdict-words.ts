/** A verdict in words, and the numbers in its sentence. They do not depend on the machine's locale. */
import type { DriftCounts, Measurement, Unit, VerdictKind } from './measurement.ts';

/** The same words in the command line, its report, the pages and Temporal's UI. */
export const verdictWords: Record<VerdictKind, string> = {
  healthy: 'Healthy',
  learning: 'Too early to tell',
  noData: 'No data',
  tune: 'Needs tuning',
  rollback: 'Rollback',
  error: 'Could not be read',
  noBenefit: 'No benefit',
  terminated: 'Ended',
};

/** 14, 1200.5, 0.625, 0.000125: three decimals, or three digits of what is smaller than 1, so that a small rate is never shown as 0. */
export const numberText = (value: number): string => String(Math.abs(value) < 1 ? Number(value.toPrecision(3)) : Math.round(value * 1_000) / 1_000);
/** 3.0, 1.25: at least one decimal, so that a multiple does not look like a count. */
export const timesText = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : numberText(value));

export function ordinal(count: number): string {
  const lastTwo = count % 100;
  if (lastTwo >= 11 && lastTwo <= 13) return `${count}th`;
  return `${count}${{ 1: 'st', 2: 'nd', 3: 'rd' }[count % 10] ?? 'th'}`;
}

/** 24 h, 36 h, 7 days, 90 min; seconds where nothing longer fits. */
export function spanText(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours > 48 && hours % 24 === 0) return `${hours / 24} days`;
  if (hours >= 1 && Number.isInteger(hours)) return `${hours} h`;
  if (hours > 48) return `${Math.round(hours / 2.4) / 10} days`;
  if (hours >= 2) return `${Math.round(hours * 10) / 10} h`;
  return ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 1_000)} s`;
}

const unitTexts: Record<Unit, string> = { perDay: ' per day', perPersonDay: ' per person and day', ratio: '', gauge: '' };
/** ' per day', ' per person and day', or nothing where the number stands for itself. */
export const unitText = (unit: Unit | undefined): string => (unit === undefined ? '' : unitTexts[unit]);

/** ' over 24 h', or nothing where an instant was measured. */
export const rangeText = ({ fromMs, toMs }: Pick<Measurement, 'fromMs' | 'toMs'>): string =>
  fromMs === undefined || toMs === undefined || toMs <= fromMs ? '' : ` over ${spanText(toMs - fromMs)}`;

/** '2 missing, 1 unreviewed': only the counts above zero. */
export const driftText = ({ missing, outOfBand, legacy, content, options, leavers = 0 }: DriftCounts): string =>
  [
    missing > 0 ? `${missing} missing` : '',
    outOfBand > 0 ? `${outOfBand} unreviewed` : '',
    options > 0 ? `${options} held in another form` : '',
    leavers > 0 ? `${leavers} held by people who left the cohort` : '',
    legacy > 0 ? `${legacy} legacy not retired` : '',
    content > 0 ? `${content} ${content === 1 ? 'role' : 'roles'} changed` : '',
  ]
    .filter(Boolean)
    .join(', ');

export const listText = (items: string[]): string => [items.slice(0, -1).join(', '), items.at(-1)].filter(Boolean).join(' and ');
