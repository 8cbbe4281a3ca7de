/** A released package beside its watch: whether somebody answers for it, and whether another wave released it anew. */
import * as wf from '@temporalio/workflow';
import { packageWorkflowId } from '../../domain/messages.ts';
import { care, orRefusal, telemetry } from '../shared/activities.ts';
import * as signals from '../shared/signals.ts';
import { ask, frozenBy, withdrawProposal } from './proposals.ts';
import type { RolePackageState } from './state.ts';
import { dropOrder } from './tunes.ts';
import { suspendWatch, watchAgain } from './watch.ts';

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
  if (!state.proposal) ask(state, `${why}: name another owner in the plan and apply it, which answers this; decline to roll back`, 'owner');
}

/** A revision named an owner, or the one who was gone is back: what was asked because there was none is answered by that. */
export function ownerAnswers(state: RolePackageState, owner: string): void {
  if (state.data.ownerGone === undefined) return;
  delete state.data.ownerGone;
  if (state.proposal?.about === 'owner') withdrawProposal(state);
  state.event('owner-named', `${owner} answers for it now`);
}

/** Another release of this package began or ended: what the store says is asked before the next step. */
export function releasesChanged(state: RolePackageState): void {
  state.changed = true;
  state.data.otherReleases = true;
}

/** What the store says about other releases of this package: a later one that stands is watched instead of this one, which goes on when that is rolled back. */
export async function checkOtherReleases(state: RolePackageState): Promise<void> {
  delete state.data.otherReleases;
  const { plan, wave, revision } = state.input;
  const later = await orRefusal(care('was it released anew').supersedingRelease({ plan, wave, package: state.id, revision }));
  if ('refusal' in later || state.ended()) return;
  const by = later.done?.wave;
  if (by === undefined) return goOn(state);
  const status = await telemetry(`last word of ${state.id} in ${by}`).packageStatus(packageWorkflowId(plan, by, state.id));
  if (status?.state === 'Retired') return state.end('Retired', `taken out of service by wave '${by}'`);
  supersede(state, by);
}

function supersede(state: RolePackageState, by: string): void {
  if (state.data.supersededBy === by) return;
  state.data.supersededBy = by;
  withdrawProposal(state);
  dropOrder(state);
  suspendWatch(state);
  state.event('superseded', `wave '${by}' released it anew and watches it`);
}

function goOn(state: RolePackageState): void {
  const { supersededBy } = state.data;
  if (supersededBy === undefined) return;
  delete state.data.supersededBy;
  watchAgain(state);
  state.event('goes-on', `what wave '${supersededBy}' changed was rolled back; this release is watched again`);
  const freeze = frozenBy(state);
  if (freeze)
    ask(state, `${freeze.by} froze it before wave '${supersededBy}' released it anew (${freeze.reason}): approve to go on as it is, decline to roll back`);
}

/** Tells the releases before this one to ask the store again: when this one has begun, was rolled back, or has ended for good. */
export async function notifyEarlierReleases(state: RolePackageState): Promise<void> {
  const { change } = state.input.section;
  if (change !== 'revise' && change !== 'retire') return;
  const { plan, wave, revision } = state.input;
  const earlier = await orRefusal(care('which releases stand before it').earlierReleases({ plan, wave, package: state.id, revision }));
  for (const other of 'done' in earlier ? earlier.done : []) {
    try {
      await wf.getExternalWorkflowHandle(packageWorkflowId(plan, other, state.id)).signal(signals.releasesChanged);
    } catch (error) {
      if (wf.isCancellation(error)) throw error;
      state.event('release-not-notified', `the release of wave '${other}' has ended`);
    }
  }
}
