/** One evaluation of a released package, from its due instant to the consequences of its verdict. All times are plan time. */
import { durationInWords } from '../../domain/time/duration.ts';
import type { DriftCounts, Verdict } from '../../domain/watch/measurement.ts';
import { nextStep, type NextStep } from '../../domain/watch/next-step.ts';
import { notTaken, rulesVersion } from '../../domain/watch/verdict.ts';
import { orRefusal, postRecords, measuring } from '../shared/activities.ts';
import { foundContents, naming, onlyContents } from './contents.ts';
import { countAgain, unsettled } from './carry-out.ts';
import { ask, propose } from './proposals.ts';
import type { RolePackageState } from './state.ts';
import { orderByVerdict } from './tunes.ts';
import { becomeStable, extendByVerdict, recordEvaluation, wantEvaluation, type DueEvaluation } from './watch.ts';

/** An activity measures, judges and records. The next step is decided here. */
export async function evaluate(state: RolePackageState, due: DueEvaluation): Promise<void> {
  const { purpose, dueMs, atEnd } = due;
  const { clock } = state.input;
  const next = state.data.evaluationCount + 1;
  // What the owner has accepted by now is read from the store.
  await postRecords(state.inbox);
  const { contentsAccepted } = state.data;
  const answer = await orRefusal(
    measuring(`evaluation ${next}: ${purpose}`).evaluate(state.release(), {
      purpose,
      dueMs,
      atEnd,
      startMs: state.data.window.startMs,
      ...(clock ? { clock } : {}),
    }),
  );
  if ('done' in answer) foundContents(state, answer.done.contents ?? []);
  const { number, verdict, drift } = 'done' in answer ? answer.done : { number: next, ...failed(state, due, answer.refusal) };
  recordEvaluation(state, { ...due, number }, verdict);
  // Judged by what was reviewed before: the evaluation that follows judges anew.
  if (state.data.contentsAccepted > contentsAccepted) return wantEvaluation(state, 'on-demand');
  const { watch, tune, rollback } = state.section.package;
  const step = nextStep({
    verdict,
    atEnd,
    watch,
    tune,
    rollbackApproval: rollback.approval,
    attemptsUsed: state.data.attempts,
    extensionsUsed: state.data.extensions,
    rollbackOnly: state.section.rollbackOnly,
    drift,
    openProposal: state.proposal?.subject.kind ?? false,
  });
  await follow(state, step, dueMs, { verdict, drift });
}

/** A failed evaluation is recorded too: as an error of every metric, counted apart from a breach (R2). */
function failed(state: RolePackageState, { purpose, dueMs }: DueEvaluation, refusal: string): { verdict: Verdict; drift: DriftCounts } {
  const taken = notTaken(state.input.section.package.watch, refusal);
  const { plan, wave } = state.input;
  const about = { plan, wave, package: state.id, purpose, dueMs };
  state.inbox.data.outbox.evaluations.push({ ...about, evaluatedAtMs: Date.now(), ...taken, rules: rulesVersion });
  return taken;
}

async function follow(state: RolePackageState, next: NextStep, dueMs: number, { verdict, drift }: { verdict: Verdict; drift: DriftCounts }): Promise<void> {
  switch (next.do) {
    case 'watch':
      return;
    case 'stable':
      return becomeStableIfSettled(state, next.why, dueMs);
    case 'extend':
      extendByVerdict(state, next.byMs);
      return state.event('extended', `watch extended by ${durationInWords(next.byMs)}: ${next.why}`);
    case 'ask':
      return propose(state, { kind: 'question' }, { why: naming(state, next.why), ...(onlyContents(state, verdict, drift) ? { about: 'content' } : {}) });
    case 'tune':
      return orderByVerdict(state, { ...next, why: naming(state, next.why) }, drift);
    case 'proposeRollback':
      return propose(state, { kind: 'rollback' }, { why: naming(state, next.why) });
  }
}

/** Never stable with a grant of which nobody knows what became of it. */
async function becomeStableIfSettled(state: RolePackageState, why: string, dueMs: number): Promise<void> {
  await countAgain(state);
  const open = unsettled(state);
  if (open === 0) return becomeStable(state, why, dueMs);
  // A message that arrived while it was read back may have asked something already.
  ask(state, `${why}; ${open} ${open === 1 ? 'grant is' : 'grants are'} not confirmed: keep it as it is, finish granting, or propose a rollback`, 'grants');
}
