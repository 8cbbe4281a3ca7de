/**
 * One package from its release to its end: it is granted, verified, watched with durable timers, tuned or rolled back, and kept healthy once it is stable.
 *
 * Invariants:
 * 1. Every effect is an activity that the stored revision and sign-offs must authorize. A workflow started without them grants nothing (R3).
 * 2. Evaluations are due at instants computed from one anchor. A missed evaluation runs late over its own range, in order (R5).
 * 3. A rollback runs once it is approved and its dependency check is clear, and undoes only what this release did (R1).
 * 4. A cancellation in Temporal revokes nothing.
 *
 * The main loop only reads. proposals.ts, tunes.ts and watch.ts each write one lifecycle.
 */
import * as wf from '@temporalio/workflow';
import type { RolePackageInput, WaveSection } from '../../domain/plan/section.ts';
import { postRecords } from '../shared/activities.ts';
import { Alarm, realNowMs } from '../shared/alarm.ts';
import { currentDetails } from '../shared/details.ts';
import { historyIsLong } from '../shared/history-length.ts';
import * as signals from '../shared/signals.ts';
import { startedWith } from '../shared/started-with.ts';
import { checkDependencies, grant, rollBack, tune } from './carry-out.ts';
import { isSettled, systemsToSettle } from './claims.ts';
import { evaluate } from './evaluations.ts';
import { receivePackageMessage } from './messages.ts';
import { checkOtherReleases, checkOwner, notifyEarlierReleases, releasesChanged } from './other-releases.ts';
import { instantsAhead, nextDue } from './next-due.ts';
import { passTime, rollbackToRun, rollbackUnchecked } from './proposals.ts';
import { detailsOf, publishCancellation, show } from './publish.ts';
import { allAnswered, settleClaims } from './settle-claims.ts';
import { RolePackageState } from './state.ts';
import { tuneToRun } from './tunes.ts';
import { packageView } from './view.ts';
import { dueEvaluation } from './watch.ts';

export async function rolePackage(started: RolePackageInput): Promise<{ state: string; why: string }> {
  const input = startedWith('rolePackage', started);
  const state = new RolePackageState(input);
  const alarm = new Alarm();
  wf.setHandler(signals.currentState, () => packageView(state));
  state.inbox.listen(
    () => (state.changed = true),
    (message, _jws, section) => receivePackageMessage(state, message, section as WaveSection | undefined),
  );
  currentDetails(() => detailsOf(state));
  wf.setHandler(signals.releasesChanged, () => releasesChanged(state));
  wf.setHandler(signals.currentRelease, () => state.release());

  try {
    if (state.data.phase === 'granting') await grant(state);
    while (!state.ended()) {
      state.changed = false;
      await takeNextStep(state);
      await show(state);
      if (state.changed || state.ended() || somethingIsDue(state)) continue;
      if (state.settling.size === 0 && historyIsLong(input.continueAfterEvents)) return await continueAsNew(state, input);
      await alarm.wait(() => state.changed, nextDue(state));
    }
    if (state.shown() === 'Retired') await outOfService(state);
    // Messages that wait for the keys are answered: it has ended.
    await wf.condition(wf.allHandlersFinished);
    return { state: state.shown(), why: state.data.ended?.why ?? '' };
  } catch (error) {
    if (wf.isCancellation(error))
      await wf.CancellationScope.nonCancellable(async () => {
        await allAnswered(state);
        await publishCancellation(state);
      });
    throw error;
  }
}

/** Priorities: undo, then repair, then evaluate. */
async function takeNextStep(state: RolePackageState): Promise<void> {
  if (state.data.phase === 'claimed') {
    // Its own release is undone: whatever another wave releases is not about it.
    delete state.data.otherReleases;
    return settleClaims(state);
  }
  if (state.data.otherReleases) await checkOtherReleases(state);
  if (state.ended() || state.data.supersededBy !== undefined) return;
  const { abort } = state.data;
  if (state.observed && abort) return state.end('Retired', `no longer observed: ${abort.reason} (${abort.by}); nothing was changed`);
  passTime(state);
  const approved = rollbackToRun(state);
  if (approved) {
    if (await rollBack(state, approved)) return;
  } else if (rollbackUnchecked(state)) {
    await checkDependencies(state);
  }
  const order = tuneToRun(state);
  if (order) return tune(state, order);
  const due = dueEvaluation(state);
  if (!due) return;
  await evaluate(state, due);
  if (due.purpose === 'weekly' || state.data.ownerGone !== undefined) await checkOwner(state);
}

/** The main loop has something to do immediately. */
function somethingIsDue(state: RolePackageState): boolean {
  if (state.data.otherReleases) return true;
  if (state.data.phase === 'claimed') return isSettled(state) || systemsToSettle(state).length > 0;
  if (state.data.supersededBy !== undefined) return false;
  if (state.data.order || rollbackUnchecked(state) || dueEvaluation(state)) return true;
  return instantsAhead(state).some(({ atRealMs }) => atRealMs <= realNowMs());
}

/** The final record is already written. The releases that this one superseded read it, and end too. */
async function outOfService(state: RolePackageState): Promise<void> {
  await notifyEarlierReleases(state);
  await postRecords(state.inbox);
}

async function continueAsNew(state: RolePackageState, input: RolePackageInput): Promise<never> {
  await wf.condition(wf.allHandlersFinished);
  const { section, operators, planTerms } = state;
  return wf.continueAsNew<typeof rolePackage>({ ...input, section, operators, ...planTerms, carried: state.data });
}
