/** How long something takes, and how far a watch has come, as people say it. */

const dayMs = 86_400_000;
const units = [
  ['d', dayMs],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `14 d 2 h`, `36 min`, `23 s`: the largest unit and the next, the second left out where it says little. Never thousands of seconds. */
export function lengthText(ms: number): string {
  const wholeSeconds = Math.max(0, Math.round(ms / 1_000)) * 1_000;
  const first = units.findIndex(([, unit]) => wholeSeconds >= unit);
  if (first < 0) return '0 s';
  const [name, unit] = units[first] ?? units[3];
  const next = units[first + 1];
  if (!next) return `${Math.round(wholeSeconds / unit)} ${name}`;
  // Rounded to the next unit first, so that 59.7 minutes never show as 60.
  const inNext = Math.round(wholeSeconds / next[1]) * next[1];
  if (inNext >= (units[first - 1]?.[1] ?? Infinity)) return lengthText(inNext);
  const rest = Math.round((inNext % unit) / next[1]);
  return `${Math.floor(inNext / unit)} ${name}${rest === 0 ? '' : ` ${rest} ${next[0]}`}`;
}

/** `in 9 days`, `in 5 h`, `in 23 s`, `due`. */
export function inText(ms: number): string {
  if (ms <= 0) return 'due';
  if (ms >= 2 * dayMs) return `in ${Math.round(ms / dayMs)} days`;
  if (ms === dayMs) return 'in 1 day';
  if (ms >= 3_600_000) return `in ${Math.round(ms / 3_600_000)} h`;
  return `in ${ms >= 60_000 ? `${Math.round(ms / 60_000)} min` : `${Math.ceil(ms / 1_000)} s`}`;
}

/** `day 3 of 14`. */
export const dayText = ({ day, days }: { day: number; days: number }): string => `day ${Math.floor(day)} of ${Math.ceil(days)}`;
