/** Durations for people. */
const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** 1209600000 → `14d`: the largest unit that divides it. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= units[unit] && ms % units[unit] === 0) return `${ms / units[unit]}${unit}`;
  }
  return `${Math.round(ms / 1_000)}s`;
}
