/**
 * A wave: gathers what its packages need, releases each ready package at its go-live, waits until all are stable or have ended, and closes with a review.
 *
 * Invariants:
 * 1. The wave itself changes no system. Activities preview packages, and each release is its own workflow, which outlives this one (ABANDON).
 * 2. A package is started at most once per wave. One that already runs is adopted (after a reset, or when the process died in between).
 * 3. What was signed is compared with the systems again at go-live. Anything wider holds back only that package (R3).
 * 4. Accepted messages reach the store before the effects that depend on them.
 *
 * The main loop only reads: previews.ts, dates.ts, release.ts, outcomes.ts and ending.ts each change one part of the state.
 */
import * as wf from '@temporalio/workflow';
import type { WaveInput, WaveSection } from '../../domain/plan/section.ts';
import { toReal } from '../../domain/time/plan-clock.ts';
import { isPatched } from '../patches.ts';
import { Alarm, realNowMs, type Due } from '../shared/alarm.ts';
import { currentDetails } from '../shared/details.ts';
import { historyIsLong } from '../shared/history-length.ts';
import * as signals from '../shared/signals.ts';
import { startedWith } from '../shared/started-with.ts';
import { passAbortOn, settle } from './ending.ts';
import { receiveWaveMessage } from './messages.ts';
import { prepare, prepareBeside, wantAgain } from './previews.ts';
import { detailsOf, publishCancellation, show } from './publish.ts';
import { outcomesDue, packageOutcome, readOutcomes } from './outcomes.ts';
import { adopt, releaseRefused, releaseWhatIsDue } from './release.ts';
import { WaveState } from './state.ts';
import { waveView } from './view.ts';

export async function wave(started: WaveInput): Promise<{ stage: string; why: string }> {
  const input = startedWith('wave', started);
  const state = new WaveState(input);
  const alarm = new Alarm();
  wf.setHandler(signals.currentState, () => waveView(state));
  state.inbox.listen(
    () => (state.changed = true),
    (message, jws, section) => receiveWaveMessage(state, message, jws, section as WaveSection | undefined),
  );
  currentDetails(() => detailsOf(state));
  wf.setHandler(signals.packageOutcome, (outcome) => packageOutcome(state, outcome));
  const somethingToDo = () => state.changed || state.readEnded;
  const wait = async () => {
    const due = nextDue(state, input);
    if (due === undefined || due.atRealMs > realNowMs()) await alarm.wait(somethingToDo, due);
  };

  try {
    while (!state.data.ended) {
      state.changed = false;
      state.readEnded = false;
      const beside = isPatched('reads-beside-the-loop');
      // Each `await` costs something even where there is nothing to wait for, and most messages leave most of these steps nothing to do.
      const previewing = state.previewsWanted().length > 0 || !state.previews.none;
      if (beside && previewing) await prepareBeside(state, input, (section) => adopt(state, section), wait);
      if (!beside) await prepare(state, input, (section) => adopt(state, section));
      await releaseWhatIsDue(state, input, beside ? wait : undefined);
      const heardOf = outcomesDue(state);
      if (heardOf.length > 0) await readOutcomes(state, heardOf, (section, why) => releaseRefused(state, section, why));
      settle(state);
      if (state.data.abort) await passAbortOn(state);
      await show(state);
      // What was read is taken before the run continues as new, or a burst of answers would be read again and again.
      if (state.data.ended || somethingToDo()) continue;
      if (historyIsLong(input.continueAfterEvents)) return await continueAsNew(state, input);
      await alarm.wait(somethingToDo, nextDue(state, input));
    }
    // Messages that wait for the keys are answered: it has ended.
    await wf.condition(wf.allHandlersFinished);
    return { stage: state.data.ended.stage, why: state.data.ended.why };
  } catch (error) {
    if (wf.isCancellation(error)) await wf.CancellationScope.nonCancellable(() => publishCancellation(state));
    throw error;
  }
}

function nextDue(state: WaveState, input: WaveInput): Due | undefined {
  const next = state.nextInstant();
  const due = next && { atRealMs: toReal(next.atMs, input.clock), summary: next.summary };
  const askMs = Math.min(...state.section.packages.map((section) => state.progressOf(section).askFromRealMs ?? Number.POSITIVE_INFINITY));
  return askMs < (due?.atRealMs ?? Number.POSITIVE_INFINITY) ? { atRealMs: askMs, summary: 'ask a package again what became of it' } : due;
}

async function continueAsNew(state: WaveState, input: WaveInput): Promise<never> {
  await wf.condition(wf.allHandlersFinished);
  wantAgain(state);
  return wf.continueAsNew<typeof wave>({ ...input, section: state.section, carried: state.data });
}
