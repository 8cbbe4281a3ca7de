/** How a wave ends: aborted, or closed with or without a review. Only this file changes that part of the state. */
import * as wf from '@temporalio/workflow';
import { packageWorkflowId, type MessageOf } from '../../domain/messages.ts';
import type { Refusal } from '../shared/inbox.ts';
import * as signals from '../shared/signals.ts';
import type { WaveState } from './state.ts';

/** `jws`: the sealed message, which released packages receive too. */
export function askAbort(state: WaveState, message: MessageOf<'abort'>, jws: string): void {
  state.data.abort = { by: message.by, reason: message.body.reason, jws };
  state.logMessage(message, 'aborted', message.body.reason);
}

export function review(state: WaveState, message: MessageOf<'review'>): Refusal | undefined {
  if (!state.settled())
    return {
      code: 'wrong-stage',
      message: 'a review closes the wave, but packages are still being watched. Wait until each is stable, rolled back or retired',
    };
  state.data.review = { ...message.body, by: message.by, atMs: state.nowMs() };
  state.logMessage(message, 'reviewed', message.body.successes, { ...message.body });
  return undefined;
}

/** Ends the wave when everything is done. */
export function settle(state: WaveState): void {
  const { abort, review } = state.data;
  if (abort) return settleAbort(state, abort);
  if (review) return end(state, 'closed', `reviewed by ${review.by}`);
  if (!state.allReleasedAndSettled()) {
    delete state.data.settledSinceMs;
    return;
  }
  state.data.settledSinceMs ??= state.nowMs();
  if (state.nowMs() >= state.data.settledSinceMs + state.section.wave.reviewWithin) end(state, 'closed', 'closed without a review: none was written in time');
}

/** If nothing is released yet, the wave ends. Released packages receive the same sealed abort and roll back, and the wave waits for them. */
function settleAbort(state: WaveState, abort: { by: string; reason: string; jws: string; passedOn?: boolean }): void {
  const released = state.section.packages.filter((section) => state.progressOf(section).released);
  const done = released.every((section) => ['Rolled back', 'Retired'].includes(state.progressOf(section).outcome ?? ''));
  if (done) return end(state, 'aborted', `${abort.reason} (${abort.by})`);
}

/** Sends the sealed abort to each released package, once. */
export async function passAbortOn(state: WaveState): Promise<void> {
  const { abort, ended } = state.data;
  if (!abort || abort.passedOn || ended) return;
  abort.passedOn = true;
  for (const section of state.section.packages.filter((entry) => state.progressOf(entry).released)) {
    const handle = wf.getExternalWorkflowHandle(packageWorkflowId(state.section.plan, state.section.wave.id, section.package.id));
    try {
      await handle.signal(signals.abort, abort.jws);
    } catch (error) {
      if (wf.isCancellation(error)) throw error;
      state.event('abort-not-passed-on', `${section.package.id} has already ended`, { package: section.package.id });
    }
  }
}

function end(state: WaveState, stage: 'closed' | 'aborted', why: string): void {
  state.data.ended = { stage, why };
  state.event(stage, why);
}
