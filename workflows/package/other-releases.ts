/** A released package beside its watch: whether somebody answers for it, and whether another wave released it anew. */
import * as wf from '@temporalio/workflow';
import { packageWorkflowId } from '../../domain/messages.ts';
import { pause, resume } from '../../domain/watch/evaluation-schedule.ts';
import { care, orRefusal, telemetry } from '../shared/activities.ts';
import { releasesChanged } from '../shared/signals.ts';
import type { RolePackageState } from './state.ts';

/** Once a week: an owner who left answers nothing, so those who run the plan are asked to name another. */
export async function checkOwner(state: RolePackageState): Promise<void> {
  const { plan, wave } = state.input;
  const revision = state.data.revised?.revision ?? state.input.revision;
  const checked = await orRefusal(care('is its owner still there').ownerStatus({ plan, wave, package: state.id, revision }));
  // A revision that came meanwhile names somebody else: the answer is about who was there before.
  if (!('done' in checked) || state.ended() || checked.done.owner !== state.section.package.owner) return;
  if (!checked.done.gone) return ownerAnswers(state, checked.done.owner);
  const { why } = checked.done;
  state.data.ownerGone = why;
  // Asked again every week: it may have been put off, or something else was open.
  if (!state.data.proposal)
    state.propose({ kind: 'question', about: 'owner', why: `${why}: name another owner in the plan and apply it, which answers this; decline to roll back` });
}

/** A revision named an owner, or the one who was gone is back: what was asked because there was none is answered by that. */
export function ownerAnswers(state: RolePackageState, owner: string): void {
  if (state.data.ownerGone === undefined) return;
  delete state.data.ownerGone;
  if (state.data.proposal?.about === 'owner') {
    delete state.data.proposal;
    state.returnToWatch();
  }
  state.event('owner-named', `${owner} answers for it now`);
}

/** What the store says about other releases of this package: while a later one stands this one rests, and it goes on when that is rolled back. */
export async function checkOtherReleases(state: RolePackageState): Promise<void> {
  delete state.data.otherReleases;
  const { plan, wave, revision } = state.input;
  const followed = await orRefusal(care('was it released anew').supersedingRelease({ plan, wave, package: state.id, revision }));
  if ('refusal' in followed || state.ended()) return;
  const successor = followed.done?.wave;
  if (successor === undefined) return resumeRelease(state);
  const standing = await telemetry(`last word of ${state.id} in ${successor}`).packageStatus(packageWorkflowId(plan, successor, state.id));
  if (standing?.state === 'Retired') {
    state.data.state = 'Retired';
    return state.end(`taken out of service by wave '${successor}'`);
  }
  supersede(state, successor);
}

function supersede(state: RolePackageState, successor: string): void {
  const { data } = state;
  if (data.supersededBy === successor) return;
  data.supersededBy = successor;
  delete data.proposal;
  delete data.order;
  delete data.extraEvaluation;
  if (data.phase === 'watching' && data.paused === undefined) data.window = pause(data.window, state.nowMs());
  // Its wave has nothing to wait for here any more.
  data.state = 'Stable';
  state.event('superseded', `wave '${successor}' released it anew and watches it`);
}

function resumeRelease(state: RolePackageState): void {
  const { data } = state;
  if (data.supersededBy === undefined) return;
  const successor = data.supersededBy;
  delete data.supersededBy;
  if (data.phase === 'watching' && data.paused === undefined) data.window = resume(data.window, state.nowMs());
  if (data.phase === 'watching' || data.phase === 'stable') data.extraEvaluation = 'after-tune';
  state.returnToWatch();
  state.event('goes-on', `what wave '${successor}' changed was rolled back; this release is watched again`);
}

/** Tells the releases before this one to ask the store again: when this one has begun, was rolled back, or has ended for good. */
export async function notifyEarlierReleases(state: RolePackageState): Promise<void> {
  const { change } = state.input.section;
  if (change !== 'revise' && change !== 'retire') return;
  const { plan, wave, revision } = state.input;
  const earlier = await orRefusal(care('which releases stand before it').earlierReleases({ plan, wave, package: state.id, revision }));
  for (const other of 'done' in earlier ? earlier.done : []) {
    try {
      await wf.getExternalWorkflowHandle(packageWorkflowId(plan, other, state.id)).signal(releasesChanged);
    } catch (error) {
      if (wf.isCancellation(error)) throw error;
      state.event('release-not-notified', `the release of wave '${other}' has ended`);
    }
  }
}
