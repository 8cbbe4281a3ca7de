/** Whom a wave asks before its packages are released and at its end, and whom it notifies when they do not answer. */
import type { PersonRequest } from '../../domain/notices/request.ts';
import { waveRequests, type WaitingPackage, type WaveFacts } from '../../domain/notices/wave-requests.ts';
import type { PackageSection } from '../../domain/plan/section.ts';
import { checklist } from '../../domain/readiness.ts';
import { updateRequests } from '../shared/requests.ts';
import type { WaveState } from './state.ts';

/** As updatePackageRequests. */
export function updateWaveRequests(state: WaveState, revision?: number): void {
  const { plan, wave, notices } = state.section;
  const address = { plan, wave: wave.id };
  state.nextEscalationMs = updateRequests(state.data.requests, state.data.inbox, address, asksOf(state), notices, state.nowMs(), revision);
}

/** What is asked now. */
export function asksOf(state: WaveState): PersonRequest[] {
  if (state.cancelled) return [afterCancellation(state)];
  if (state.data.ended) return [];
  const nowMs = state.nowMs();
  return waveRequests(factsOf(state, nowMs), nowMs);
}

/** As in a released package. */
function afterCancellation({ section: { plan, wave, operators } }: WaveState): PersonRequest {
  return {
    key: 'cancelled',
    kind: 'cancelled',
    to: operators,
    delegates: [],
    text: `${plan}/${wave.id} was cancelled in Temporal. Released packages continue on their own. Nothing else will be released. Move the others to another wave, or reset the workflow.`,
    action: { type: 'show', target: { plan, wave: wave.id }, fields: {} },
    urgent: true,
  };
}

function factsOf(state: WaveState, nowMs: number): WaveFacts {
  const { hold, reviewWithin } = state.section.wave;
  const { abort, goLives, settledSinceMs } = state.data;
  const lifts = state.lifts();
  const lifted = lifts.map(({ by }) => by);
  return {
    section: state.section,
    waiting: abort ? [] : state.unreleased().map((section) => waitingPackage(state, section, nowMs)),
    ...(state.onHold() && hold && !abort
      ? {
          holdWaitsFor: {
            people: hold.liftedBy.filter((person) => !lifted.includes(person)),
            approvals: hold.approvals - lifted.length,
            ...(hold.since === undefined ? {} : { since: hold.since }),
            wasLifted: goLives.lifts.length > lifts.length,
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
  const { missing, rejectedBy, another } = state.signOffsOf(section);
  return {
    section,
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    checklist: checklist(section, facts, Math.max(goLiveMs ?? 0, nowMs)),
    ...(preview ? { previewDigest: preview.digest } : {}),
    ...(problem ? { previewProblem: problem.why } : {}),
    stops: state.stopsOf(section),
    missingSigners: missing,
    rejectedBy,
    ...(another ? { anotherSigner: another } : {}),
    ...(heldBack === undefined ? {} : { heldBack }),
  };
}
