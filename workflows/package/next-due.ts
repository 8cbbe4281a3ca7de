/** What a released package waits for by itself: its evaluations, changes of its proposal, escalations and repeated dependency checks. */
import { toReal } from '../../domain/time/plan-clock.ts';
import type { Due } from '../shared/alarm.ts';
import { leftToSettle } from './claims.ts';
import { nextProposalChangeMs, rollbackToRun } from './proposals.ts';
import type { RolePackageState } from './state.ts';
import { nextEvaluation } from './watch.ts';

/** The first of them. */
export function nextDue(state: RolePackageState): Due | undefined {
  const ahead = instantsAhead(state);
  return ahead.length > 0 ? ahead.reduce((first, other) => (other.atRealMs < first.atRealMs ? other : first)) : undefined;
}

/** Instants at which there is something to do without a message. */
export function instantsAhead(state: RolePackageState): Due[] {
  if (state.data.supersededBy !== undefined) return [];
  const { nextEscalationMs: escalationMs } = state;
  const at = (planMs: number, summary: string): Due => ({ atRealMs: toReal(planMs, state.input.clock), summary });
  const escalation = escalationMs === undefined ? [] : [at(escalationMs, 'escalate unanswered requests')];
  if (state.data.phase === 'claimed')
    return [...escalation, ...leftToSettle(state).map(({ fromRealMs }) => ({ atRealMs: fromRealMs, summary: 'revoke what is no longer claimed' }))];
  const evaluation = nextEvaluation(state);
  const change = nextProposalChangeMs(state);
  return [
    ...(evaluation ? [at(evaluation.dueMs, `next evaluation: ${evaluation.purpose}${evaluation.atEnd ? ', end of the watch' : ''}`)] : []),
    ...(change ? [at(change.atMs, change.what)] : []),
    ...escalation,
    ...(rollbackToRun(state) ? [{ atRealMs: state.data.recheckAtRealMs ?? 0, summary: 'repeat the dependency check' }] : []),
  ];
}
