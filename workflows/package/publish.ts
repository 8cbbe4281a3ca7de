/** What a released package publishes: to people, the store, lists and its wave. */
import * as wf from '@temporalio/workflow';
import { waveWorkflowId } from '../../domain/messages.ts';
import { packageDetails } from '../../domain/temporal-ui/package-details.ts';
import { postRecords } from '../shared/activities.ts';
import { changedPackageAttributes } from '../shared/search-attributes.ts';
import { packageOutcome } from '../shared/signals.ts';
import { nextDue } from './next-due.ts';
import { updatePackageRequests } from './requests.ts';
import type { RolePackageState } from './state.ts';
import { packageView } from './view.ts';

/** Publishes the state of the package, and notifies its wave when it changed. */
export async function show(state: RolePackageState): Promise<void> {
  updatePackageRequests(state);
  const attributes = changedPackageAttributes(state.input, state.shown());
  if (state.ended()) pushFinal(state);
  await postRecords(state.inbox);
  if (!attributes) return;
  wf.upsertSearchAttributes(attributes);
  await signalWave(state);
}

/** For Temporal's UI. */
export function detailsOf(state: RolePackageState): string {
  const due = state.ended() || state.cancelled ? undefined : nextDue(state);
  const deciders = state.data.ownerGone === undefined ? [state.section.package.owner] : state.operators;
  const { signedBy = [] } = state.input.release;
  const now = { nowMs: state.nowMs(), deciders, signedBy, ...(due ? { next: { atMs: state.planTime(due.atRealMs), summary: due.summary } } : {}) };
  return packageDetails(packageView(state), now);
}

/** Stored under the actual workflow id, so that a second workflow that someone started does not overwrite the package's record. */
function pushFinal(state: RolePackageState, change: { endedWhy?: string } = {}): void {
  state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: { ...packageView(state), ...change } });
}

/** Its release was refused, which its state does not show. */
export const tellRefusal = (state: RolePackageState): Promise<void> => signalWave(state, { refused: true });

/** The wave may have closed long ago. Then its review is written, and there is no wave to notify. */
async function signalWave(state: RolePackageState, more: { refused?: true } = {}): Promise<void> {
  const { plan, wave } = state.input;
  try {
    await wf
      .getExternalWorkflowHandle(waveWorkflowId(plan, wave))
      .signal(packageOutcome, { package: state.id, says: `${state.id}: ${more.refused ? 'refused' : state.shown()}`, ...more });
  } catch (error) {
    if (wf.isCancellation(error)) throw error;
    state.event('wave-not-notified', `the wave has closed: ${state.shown()}`);
    await postRecords(state.inbox);
  }
}

export async function publishCancellation(state: RolePackageState): Promise<void> {
  state.event('cancelled', 'the package was cancelled in Temporal; nothing was revoked, and a person decides what happens to its access', {
    asks: { person: state.section.package.owner },
  });
  state.cancelled = true;
  updatePackageRequests(state);
  pushFinal(state, { endedWhy: 'cancelled in Temporal; nothing was revoked' });
  await postRecords(state.inbox);
}
