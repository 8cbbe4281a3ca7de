/** When a package that is out has something to do next without anybody saying so, and what. */
import { toReal } from '../domain/time/plan-clock.ts';
import type { Due } from './alarm.ts';
import { nextHoldMs } from './role-package-decisions.ts';
import { dueLook, nextLook } from './role-package-looks.ts';
import type { RolePackageState } from './role-package-state.ts';

/** The story has something to do at once. */
export function somethingIsDue(state: RolePackageState): boolean {
  if (state.data.otherReleases) return true;
  if (state.data.resting !== undefined) return false;
  return state.data.order !== undefined || state.rollbackUnchecked() || dueLook(state, state.nowMs()) !== undefined || nextInstantRealMs(state) <= Date.now();
}

function nextInstantRealMs(state: RolePackageState): number {
  if (state.data.resting !== undefined) return Number.POSITIVE_INFINITY;
  const planInstants = [nextLook(state)?.dueMs, nextHoldMs(state), state.nextTellingMs].filter((at) => at !== undefined);
  const recheckMs = state.rollbackApproval() === undefined ? Number.POSITIVE_INFINITY : (state.data.recheckAtRealMs ?? 0);
  return Math.min(recheckMs, ...planInstants.map((at) => toReal(at, state.input.clock)));
}

export function nextDue(state: RolePackageState): Due | undefined {
  const atRealMs = nextInstantRealMs(state);
  if (!Number.isFinite(atRealMs)) return undefined;
  return { atRealMs, summary: whatIsDueAt(state, atRealMs) };
}

function whatIsDueAt(state: RolePackageState, atRealMs: number): string {
  const at = (ms: number | undefined) => ms !== undefined && toReal(ms, state.input.clock) === atRealMs;
  const look = nextLook(state);
  if (at(look?.dueMs)) return `next check: ${look?.purpose}${look?.atEnd ? ', end of the watch' : ''}`;
  if (at(nextHoldMs(state))) return state.data.proposal?.held ? 'end of the freeze' : 'a blackout begins';
  return at(state.nextTellingMs) ? 'tell somebody else of what nobody answered' : 'dependency check again';
}
