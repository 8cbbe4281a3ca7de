/** Durations as people write them in plans and commands: a whole number and one unit. */
const units = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 } as const;

/** `14d` → 1209600000; anything that is not a positive duration of at most ten years → undefined. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})(s|m|h|d|w)$/.exec(text.trim());
  if (!match) return undefined;
  const ms = Number(match[1]) * units[match[2] as keyof typeof units];
  return ms > 0 && ms <= 3_660 * units.d ? ms : undefined;
}

/** 1209600000 → `14d`: the largest unit that divides it. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= units[unit] && ms % units[unit] === 0) return `${ms / units[unit]}${unit}`;
  }
  return `${Math.round(ms / 1_000)}s`;
}
