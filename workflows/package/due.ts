/** When a released package has something to do next without anybody saying so, and what. */
import { toReal } from '../../domain/time/plan-clock.ts';
import type { Due } from '../shared/alarm.ts';
import { nextProposalChangeMs } from './decisions.ts';
import { dueEvaluation, nextEvaluation } from './evaluations.ts';
import type { RolePackageState } from './state.ts';

/** The story has something to do at once. */
export function somethingIsDue(state: RolePackageState): boolean {
  if (state.data.otherReleases) return true;
  if (state.data.supersededBy !== undefined) return false;
  return (
    state.data.order !== undefined || state.rollbackUnchecked() || dueEvaluation(state, state.nowMs()) !== undefined || nextInstantRealMs(state) <= Date.now()
  );
}

function nextInstantRealMs(state: RolePackageState): number {
  if (state.data.supersededBy !== undefined) return Number.POSITIVE_INFINITY;
  const planInstants = [nextEvaluation(state)?.dueMs, nextProposalChangeMs(state), state.nextEscalationMs].filter((at) => at !== undefined);
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
  const evaluation = nextEvaluation(state);
  if (at(evaluation?.dueMs)) return `next check: ${evaluation?.purpose}${evaluation?.atEnd ? ', end of the watch' : ''}`;
  if (at(nextProposalChangeMs(state))) return state.data.proposal?.frozen ? 'end of the freeze' : 'a blackout begins';
  return at(state.nextEscalationMs) ? 'tell somebody else of what nobody answered' : 'dependency check again';
}
