/** Whom a wave asks before its packages are released and at its end, and whom it notifies when they do not answer. */
import type { PersonRequest } from '../../domain/notices/request.ts';
import { waveRequests, type WaitingPackage, type WaveFacts } from '../../domain/notices/wave-requests.ts';
import type { PackageSection } from '../../domain/plan/section.ts';
import { checklist } from '../../domain/readiness.ts';
import { updateRequests } from '../shared/requests.ts';
import type { WaveState } from './state.ts';

/** As updatePackageRequests. */
export function updateWaveRequests(state: WaveState): void {
  const { plan, wave, notices } = state.section;
  const nowMs = state.nowMs();
  const asks = state.data.ended ? [] : waveRequests(factsOf(state, nowMs), nowMs);
  state.nextEscalationMs = updateRequests(state.data.requests, state.data.inbox, { plan, wave: wave.id }, asks, notices, nowMs);
}

/** As requestAfterCancellation. */
export function requestAfterWaveCancellation(state: WaveState): void {
  const { plan, wave, operators, notices } = state.section;
  const ask: PersonRequest = {
    key: 'cancelled',
    kind: 'cancelled',
    to: operators,
    delegates: [],
    text: `${plan}/${wave.id} was cancelled in Temporal. Released packages continue on their own. Nothing else will be released. Move the others to another wave, or reset the workflow.`,
    action: { type: 'show', target: { plan, wave: wave.id }, fields: {} },
    urgent: true,
  };
  updateRequests(state.data.requests, state.data.inbox, { plan, wave: wave.id }, [ask], notices, state.nowMs());
}

function factsOf(state: WaveState, nowMs: number): WaveFacts {
  const { hold, reviewWithin } = state.section.wave;
  const { abort, lifts, settledSinceMs } = state.data;
  const lifted = lifts.map(({ by }) => by);
  return {
    section: state.section,
    waiting: abort ? [] : state.unreleased().map((section) => waitingPackage(state, section, nowMs)),
    ...(state.onHold() && hold && !abort
      ? {
          holdWaitsFor: {
            people: hold.liftedBy.filter((person) => !lifted.includes(person)),
            approvals: hold.approvals - lifted.length,
            ...(lifts[0] ? { agreed: { goLiveMs: lifts[0].goLiveMs, ...(lifts[0].pilot ? { pilot: lifts[0].pilot } : {}) } } : {}),
          },
        }
      : {}),
    ...(settledSinceMs !== undefined && state.allReleasedAndSettled() ? { reviewByMs: settledSinceMs + reviewWithin } : {}),
  };
}

function waitingPackage(state: WaveState, section: PackageSection, nowMs: number): WaitingPackage {
  const { facts, preview, problem, heldBack } = state.progressOf(section);
  const goLiveMs = state.goLiveOf(section);
  const { missing, rejectedBy } = state.signOffsOf(section);
  return {
    section,
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    checklist: checklist(section, facts, Math.max(goLiveMs ?? 0, nowMs)),
    ...(preview ? { previewDigest: preview.digest } : {}),
    ...(problem ? { previewProblem: problem.why } : {}),
    missingSigners: missing,
    rejectedBy,
    ...(heldBack === undefined ? {} : { heldBack }),
  };
}
