/** Besides its watch, a released package tracks whether it still has an owner, and whether another wave has released it again. */
import * as wf from '@temporalio/workflow';
import { packageWorkflowId } from '../../domain/messages.ts';
import { care, orRefusal, telemetry } from '../shared/activities.ts';
import * as signals from '../shared/signals.ts';
import { ask, frozenBy, withdrawProposal } from './proposals.ts';
import type { RolePackageState } from './state.ts';
import { dropOrder } from './tunes.ts';
import { suspendWatch, watchAgain } from './watch.ts';

/** Once a week. If the owner has left, the operators are asked to name another. */
export async function checkOwner(state: RolePackageState): Promise<void> {
  const { plan, wave } = state.input;
  const revision = state.data.revised ?? state.input.revision;
  const checked = await orRefusal(care('check that the owner still exists').ownerStatus({ plan, wave, package: state.id, revision }));
  // A revision that arrived in the meantime names someone else, so the result is about the previous owner.
  if (!('done' in checked) || state.ended() || checked.done.owner !== state.section.package.owner) return;
  if (!checked.done.gone) return ownerAnswers(state, checked.done.owner);
  const { why } = checked.done;
  state.data.ownerGone = why;
  // Asked again every week: it may have been frozen, or something else was open.
  if (!state.proposal) ask(state, `${why}. Name another owner in the plan and apply it, which answers this question. Decline to roll back`, 'owner');
}

/** A revision named an owner, or the missing one is back. That answers the question about the missing owner. */
export function ownerAnswers(state: RolePackageState, owner: string): void {
  if (state.data.ownerGone === undefined) return;
  delete state.data.ownerGone;
  if (state.proposal?.about === 'owner') withdrawProposal(state);
  state.event('owner-named', `${owner} is the owner now`);
}

/** Another release of this package began or ended, so the store is read before the next step. */
export function releasesChanged(state: RolePackageState): void {
  state.changed = true;
  state.data.otherReleases = true;
}

/** Reads other releases of this package from the store. A later standing release is watched instead of this one, which continues if that one is rolled back. */
export async function checkOtherReleases(state: RolePackageState): Promise<void> {
  delete state.data.otherReleases;
  const { plan, wave, revision } = state.input;
  const later = await orRefusal(care('look for a superseding release').supersedingRelease({ plan, wave, package: state.id, revision }));
  if ('refusal' in later || state.ended()) return;
  const by = later.done?.wave;
  if (by === undefined) return goOn(state);
  const status = await telemetry(`final status of ${state.id} in ${by}`).packageStatus({ plan, wave: by, package: state.id });
  if (status.state === 'Retired') return state.end('Retired', `retired by wave '${by}'`);
  supersede(state, by);
}

function supersede(state: RolePackageState, by: string): void {
  if (state.data.supersededBy === by) return;
  state.data.supersededBy = by;
  withdrawProposal(state);
  dropOrder(state);
  suspendWatch(state);
  state.event('superseded', `superseded by the release of wave '${by}', which watches it now`);
}

function goOn(state: RolePackageState): void {
  const { supersededBy } = state.data;
  if (supersededBy === undefined) return;
  delete state.data.supersededBy;
  watchAgain(state);
  state.event('reinstated', `the release of wave '${supersededBy}' was rolled back, so this release is watched again`);
  const freeze = frozenBy(state);
  if (freeze) ask(state, `${freeze.by} froze it before wave '${supersededBy}' released it again (${freeze.reason}): keep it as it is, or propose a rollback`);
}

/** Tells earlier releases to read the store again: when this one has begun, was rolled back, or has ended for good. */
export async function notifyEarlierReleases(state: RolePackageState): Promise<void> {
  const { change } = state.input.section;
  if (change !== 'revise' && change !== 'retire') return;
  const { plan, wave, revision } = state.input;
  const earlier = await orRefusal(care('look for earlier standing releases').earlierReleases({ plan, wave, package: state.id, revision }));
  for (const other of 'done' in earlier ? earlier.done : []) {
    try {
      await wf.getExternalWorkflowHandle(packageWorkflowId(plan, other, state.id)).signal(signals.releasesChanged);
    } catch (error) {
      if (wf.isCancellation(error)) throw error;
      state.event('release-not-notified', `the release of wave '${other}' has ended`);
    }
  }
}
