/** What people see of a wave: its stage, and for each package the state, what is still missing and who must supply it. */
import type { PackageSection } from '../../domain/plan/section.ts';
import { checklist, ready } from '../../domain/readiness.ts';
import { allowedText } from '../../domain/authority/separation.ts';
import { counts } from '../../domain/authority/sign-offs.ts';
import { nextActions, type PackageState, type WaveStage } from '../../domain/states.ts';
import type { CarriedWavePackageView, CarriedWaveView } from '../../domain/views/texts.ts';
import { requestViews } from '../shared/requests.ts';
import { asksOf } from './requests.ts';
import type { WaveState } from './state.ts';

export function stage(state: WaveState): WaveStage {
  const { ended } = state.data;
  if (ended) return ended.stage;
  const acting = state.acting();
  if (acting) return acting;
  if (state.allReleasedAndSettled()) return 'review';
  const waiting = state.unreleased();
  if (waiting.length < state.section.packages.length) return 'watching';
  const nowMs = state.nowMs();
  if (waiting.some((entry) => !state.progressOf(entry).preview)) return 'preview';
  if (waiting.some((entry) => !ready(checklist(entry, state.progressOf(entry).facts, nowMs)))) return 'readiness';
  return waiting.some((entry) => !state.signOffsOf(entry).complete) ? 'signOffs' : 'goLive';
}

function stateOf(state: WaveState, section: PackageSection): PackageState {
  const progress = state.progressOf(section);
  if (progress.outcome) return progress.outcome;
  if (progress.released) return 'Monitoring';
  if (section.rollbackOnly && state.onHold()) return 'Rollback ready';
  const goLiveMs = state.goLiveOf(section);
  if (goLiveMs === undefined) return 'Monitoring';
  return state.releaseReady(section, Math.max(goLiveMs, state.nowMs())) ? 'Release ready' : 'Scheduled';
}

export function waveView(state: WaveState): CarriedWaveView {
  const { section } = state;
  const { goLives } = state.data;
  const goLiveMs = goLives.wave?.atMs ?? section.wave.goLive;
  return {
    kind: 'wave',
    plan: section.plan,
    wave: section.wave.id,
    revision: section.revision,
    stage: stage(state),
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    ...(section.wave.hold ? { hold: holdView(section.wave.hold, state) } : {}),
    packages: section.packages.map((entry) => packageView(state, entry)),
    notes: state.data.inbox.notes,
    refusals: state.data.inbox.refusals,
    ...(state.data.review ? { review: state.data.review } : {}),
    ...requestViews(state.data.requests, asksOf(state)),
    ...(state.input.clock ? { clock: state.input.clock } : {}),
    ...(state.data.ended ? { endedWhy: state.data.ended.why } : {}),
  };
}

const holdView = ({ approvals, since }: NonNullable<WaveState['section']['wave']['hold']>, state: WaveState) => ({
  approvals,
  liftedBy: state.lifts().map(({ by }) => by),
  ...(since === undefined ? {} : { since }),
});

const dutiesView = ({ duties: { appliedBy, receivers, site } }: PackageSection) => ({ appliedBy, receivers, allowed: allowedText(site) });

function packageView(wave: WaveState, section: PackageSection): CarriedWavePackageView {
  const progress = wave.progressOf(section);
  const { id, owner, risk } = section.package;
  const state = stateOf(wave, section);
  const goLiveMs = wave.goLiveOf(section);
  const judgedAtMs = Math.max(goLiveMs ?? 0, wave.nowMs());
  const digests = { planDigest: section.planDigest, previewDigest: progress.preview?.digest };
  return {
    package: id,
    owner,
    team: section.team,
    risk,
    state,
    nextAction: nextActions[state],
    ...(goLiveMs === undefined ? {} : { goLiveMs }),
    ...(section.change === 'release' ? {} : { change: section.change }),
    planDigest: section.planDigest,
    ...(progress.preview ? { previewDigest: progress.preview.digest, preview: progress.preview.parts } : {}),
    ...(progress.preview?.across ? { incompatibleAcross: progress.preview.across } : {}),
    checklist: checklist(section, progress.facts, judgedAtMs),
    ...(section.change === 'observe' ? {} : { duties: dutiesView(section) }),
    signOffs: progress.signOffs.map((signOff) => ({
      message: signOff.id,
      by: signOff.by,
      decision: signOff.decision,
      atMs: signOff.atMs,
      counts: counts(signOff, digests),
      planDigest: signOff.planDigest,
      previewDigest: signOff.previewDigest,
      ...(signOff.reason ? { reason: signOff.reason } : {}),
    })),
    blockers: progress.released || wave.data.ended ? [] : [...wave.blockers(section, judgedAtMs), ...(goLiveMs === undefined ? [wave.dateBlocker()] : [])],
    ...(progress.heldBack ? { heldBack: progress.heldBack } : {}),
    ...(progress.released ? { releasedAtMs: progress.released.atMs } : {}),
    ...(wave.data.ended && !progress.released ? { endedWhy: wave.data.ended.why } : {}),
  };
}
