/** Publishes the state of a wave: to people, the store and lists. */
import * as wf from '@temporalio/workflow';
import { waveDetails } from '../../domain/temporal-ui/wave-details.ts';
import { postRecords } from '../shared/activities.ts';
import { waveAttributes } from '../shared/search-attributes.ts';
import { updateWaveRequests } from './requests.ts';
import type { WaveState } from './state.ts';
import { stage, waveView } from './view.ts';

export async function show(state: WaveState): Promise<void> {
  updateWaveRequests(state);
  if (state.data.ended) {
    // Stored under the actual workflow id, so that a second wave that someone started does not overwrite the plan's own.
    state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: waveView(state) });
  }
  await postRecords(state.inbox);
  const attributes = waveAttributes({ plan: state.section.plan, wave: state.section.wave.id, stage: stage(state) });
  if (attributes) wf.upsertSearchAttributes(attributes);
}

/** For Temporal's UI. */
export function detailsOf(state: WaveState): string {
  const { hold } = state.section.wave;
  const lifted = state.lifts().map(({ by }) => by);
  const people = hold?.liftedBy.filter((person) => !lifted.includes(person)) ?? [];
  const now = {
    nowMs: state.nowMs(),
    next: state.cancelled ? undefined : state.nextInstant(),
    ...(hold && state.onHold() ? { hold: { reason: hold.reason, people } } : {}),
  };
  return waveDetails(waveView(state), now);
}

/** A cancellation revokes nothing. The workflow records it and stops, and a person decides what happens to released access. */
export async function publishCancellation(state: WaveState): Promise<void> {
  state.event('cancelled', 'the wave was cancelled in Temporal; released packages continue on their own, and nothing was revoked', {
    data: { asks: { role: 'operators' } },
  });
  state.cancelled = true;
  updateWaveRequests(state);
  state.data.inbox.outbox.finals.push({ workflowId: wf.workflowInfo().workflowId, state: { ...waveView(state), endedWhy: 'cancelled in Temporal' } });
  await postRecords(state.inbox);
}
