/** Durations for people. */
const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** 1209600000 → `14d`, as a plan writes it: the largest unit that divides it. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= units[unit] && ms % units[unit] === 0) return `${ms / units[unit]}${unit}`;
  }
  return `${Math.round(ms / 1_000)}s`;
}

const unitNames = { d: 'day', h: 'hour', m: 'minute', s: 'second' } as const;

/** `14 days`, `1 hour`, `90 minutes`: in a sentence. */
export function durationInWords(ms: number): string {
  const written = durationText(ms);
  const [count, unit] = [written.slice(0, -1), written.slice(-1) as keyof typeof unitNames];
  return `${count} ${unitNames[unit]}${count === '1' ? '' : 's'}`;
}

/** `every day`, `every 6 hours`. */
export const everyInWords = (ms: number): string => `every ${durationInWords(ms).replace(/^1 /, '')}`;

const timesWords = ['never', 'once', 'twice'] as const;
/** `once`, `twice`, `3 times`. */
export const timesInWords = (count: number): string => timesWords[count] ?? `${count} times`;
