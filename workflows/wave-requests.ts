/** Whom a wave asks before its packages are out and at its end, and whom it tells when they are silent. */
import { waveAsks, type WaitingPackage, type WaveStanding } from '../domain/notices/wave-asks.ts';
import type { PackageSection } from '../domain/plan/section.ts';
import { checklist } from '../domain/readiness.ts';
import { noRequests, tellPeople } from './requests.ts';
import type { WaveState } from './wave-state.ts';

/** As tellOfPackage. */
export function tellOfWave(state: WaveState): void {
  const { plan, wave, notices } = state.section;
  if (!notices) return;
  const nowMs = state.nowMs();
  state.data.requests ??= noRequests();
  const asks = state.data.ended ? [] : waveAsks(standingOf(state, nowMs), nowMs);
  state.nextTellingMs = tellPeople(state.data.requests, state.data.inbox, { plan, wave: wave.id }, asks, notices, nowMs);
}

function standingOf(state: WaveState, nowMs: number): WaveStanding {
  const { hold, reviewWithin } = state.section.wave;
  const { abort, lifts, settledSinceMs } = state.data;
  const lifted = lifts.map(({ by }) => by);
  return {
    section: state.section,
    waiting: abort ? [] : state.unreleased().map((section) => waitingPackage(state, section, nowMs)),
    ...(state.onHold() && hold && !abort
      ? { holdWaitsFor: { people: hold.liftedBy.filter((person) => !lifted.includes(person)), approvals: hold.approvals - lifted.length } }
      : {}),
    ...(settledSinceMs !== undefined && state.everybodyOut() ? { reviewByMs: settledSinceMs + reviewWithin } : {}),
  };
}

function waitingPackage(state: WaveState, section: PackageSection, nowMs: number): WaitingPackage {
  const { facts, preview, problem, heldBack } = state.progressOf(section);
  const goLiveMs = state.goLiveOf(section);
  const { missing, rejectedBy } = state.standing(section);
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
