/** Whom a released package asks, and whom it notifies when they do not answer. */
import type { PersonRequest } from '../../domain/notices/request.ts';
import { nextRequestMs, packageRequests, type PackageFacts } from '../../domain/notices/package-requests.ts';
import { updateRequests } from '../shared/requests.ts';
import { claimViews } from './claims.ts';
import { proposalView, rollbackToRun } from './proposals.ts';
import type { RolePackageState } from './state.ts';

/** Puts requests into the outbox: new ones, escalations, and those that no longer need an answer, or are not asked any more since `revision`. */
export function updatePackageRequests(state: RolePackageState, revision?: number): void {
  const { data, input } = state;
  const { notices } = state.planTerms;
  const nowMs = state.nowMs();
  const address = { plan: input.plan, wave: input.wave, package: state.id };
  const notified = updateRequests(data.requests, data.inbox, address, asksOf(state), notices, nowMs, revision);
  const opens = isSilent(state) ? undefined : nextRequestMs(factsOf(state), nowMs);
  state.nextEscalationMs = notified === undefined || opens === undefined ? (notified ?? opens) : Math.min(notified, opens);
}

/** What is asked now. */
export function asksOf(state: RolePackageState): PersonRequest[] {
  if (state.cancelled) return [afterCancellation(state)];
  return isSilent(state) ? [] : packageRequests(factsOf(state), state.nowMs());
}

const isSilent = (state: RolePackageState): boolean => state.ended() || state.data.supersededBy !== undefined;

/** After a cancellation in Temporal no open request can be answered. One new request asks a person to decide about the access. */
function afterCancellation({ input, id, section, operators }: RolePackageState): PersonRequest {
  return {
    key: 'cancelled',
    kind: 'cancelled',
    to: [...new Set([section.package.owner, ...operators])],
    delegates: [],
    text: `'${id}' was cancelled in Temporal. Nothing was revoked, and it is no longer watched. Decide what happens to its access.`,
    action: { type: 'show', target: { plan: input.plan, wave: input.wave, package: id }, fields: {} },
    urgent: true,
  };
}

function factsOf(state: RolePackageState): PackageFacts {
  const { stableSinceMs, certifiedMs, riskUntilMs, ownerGone } = state.data;
  const proposal = proposalView(state);
  const { certifyEvery } = state.section.package;
  const claims = claimViews(state);
  const problems = (state.data.claimsProblems ?? []).map(({ why }) => why);
  const over = state.data.phase === 'claimed';
  return {
    plan: state.input.plan,
    wave: state.input.wave,
    section: state.section,
    operators: state.operators,
    ...(proposal ? { proposal } : {}),
    approved: rollbackToRun(state) !== undefined,
    ...(claims.length > 0 ? { claims } : {}),
    ...(problems.length === 0 ? {} : { claimsProblem: problems.join('; ') }),
    ...(!over && certifyEvery !== undefined && stableSinceMs !== undefined ? { certifyFromMs: (certifiedMs ?? stableSinceMs) + certifyEvery } : {}),
    ...(over || riskUntilMs === undefined ? {} : { riskExpiresMs: riskUntilMs }),
    ownerGone: ownerGone !== undefined,
  };
}
