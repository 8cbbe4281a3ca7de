/** Launches and the known peaks. Blackouts are the peaks that a plan knows: in one, a launch waits for a person; before one, its first week is judged at the worst time. */
import { stretchesFor, type BlackoutNow } from '../blackouts.ts';
import type { Blackout } from '../plan/schema.ts';

const dayMs = 86_400_000;
/** A peak that begins within this time of a launch is beside it. */
export const firstWeekMs = 7 * dayMs;

/** The first stretch that a launch at this instant is within, or that begins in its first week. */
export function peakAt(blackouts: readonly Blackout[], rolePackage: string, goLiveMs: number): { kind: 'within' | 'beside'; stretch: BlackoutNow } | undefined {
  const stretch = stretchesFor(blackouts, rolePackage).find(({ sinceMs, untilMs }) => untilMs > goLiveMs && sinceMs <= goLiveMs + firstWeekMs);
  return stretch && { kind: stretch.sinceMs <= goLiveMs ? 'within' : 'beside', stretch };
}
