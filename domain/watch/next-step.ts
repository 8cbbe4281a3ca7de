/** What follows from a verdict, as the plan specifies. A tune that only restores what was signed runs automatically; anything else needs a person. */
import type { RolePackage, TuneStep, Watch } from '../plan/schema.ts';
import { isComplete, repairs, stepOf } from '../tune/steps.ts';
import type { ProposalView } from '../views/proposal.ts';
import { durationInWords } from '../time/duration.ts';
import { driftMetric } from './measurement.ts';
import type { DriftCounts, Verdict } from './measurement.ts';
import { driftText } from './verdict-words.ts';

export interface NextStepArgs {
  verdict: Verdict;
  /** The verdict comes from judgeEnd, after the window's last evaluation. */
  atEnd: boolean;
  watch: Pick<Watch, 'extendBy' | 'extensionsAllowed'>;
  tune: RolePackage['tune'];
  rollbackApproval: 'owner' | 'automatic';
  attemptsUsed: number;
  extensionsUsed: number;
  rollbackOnly: boolean;
  /** Drift of the evaluation that was judged. */
  drift: DriftCounts;
  /** An unanswered proposal, by its kind where the caller knows it: a rollback is proposed even over an open tune or question. */
  openProposal: boolean | ProposalView['kind'];
}

export type NextStep =
  /** Keep watching; at the end only while a proposal is open, whose answer ends the watch. */
  | { do: 'watch' }
  | { do: 'stable'; why: string }
  | { do: 'extend'; byMs: number; why: string }
  | { do: 'ask'; why: string }
  | { do: 'tune'; step: TuneStep; automatic: boolean; why: string }
  | { do: 'proposeRollback'; automatic: boolean; why: string };

export function nextStep(args: NextStepArgs): NextStep {
  const { verdict, atEnd, openProposal, rollbackOnly } = args;
  const { why } = verdict;
  const wantsRollback = verdict.kind === 'rollback' || (verdict.kind === 'tune' && rollbackOnly);
  if (wantsRollback && (openProposal === false || openProposal === 'tune' || openProposal === 'question')) {
    return {
      do: 'proposeRollback',
      automatic: args.rollbackApproval === 'automatic',
      why: verdict.kind === 'rollback' ? why : `${why}; this package is rolled back, never tuned`,
    };
  }
  if (openProposal !== false) return { do: 'watch' };
  if (verdict.kind === 'tune') return repair(args);
  if (!atEnd) return { do: 'watch' };
  switch (verdict.kind) {
    case 'healthy':
      return { do: 'stable', why };
    case 'noBenefit':
      return { do: 'ask', why: `${why}; the watch is over: keep it, change it, or roll it back?` };
    case 'learning':
    case 'noData':
    case 'error':
      return longer(args);
    default:
      return { do: 'watch' };
  }
}

/** R2: without enough data the watch is extended, and then a person is asked; never stable, never a rollback. */
function longer({ verdict: { why }, watch, extensionsUsed }: NextStepArgs): NextStep {
  if (extensionsUsed >= watch.extensionsAllowed) {
    return {
      do: 'ask',
      why: `${why}; the watch is over${watch.extensionsAllowed > 0 ? ` and was extended ${extensionsUsed} of ${watch.extensionsAllowed} times` : ''}: a person decides`,
    };
  }
  return {
    do: 'extend',
    byMs: watch.extendBy,
    why: `${why}; the watch is extended by ${durationInWords(watch.extendBy)} (extension ${extensionsUsed + 1} of ${watch.extensionsAllowed})`,
  };
}

/** Drift first: it can be fixed without asking, and missing access often explains the other metrics. */
function repair(args: NextStepArgs): NextStep {
  const { verdict, tune, attemptsUsed, drift } = args;
  const { why } = verdict;
  if (attemptsUsed >= tune.attempts)
    return { do: 'ask', why: `${why}; ${tune.attempts === 0 ? 'the plan allows no tuning' : `all ${tune.attempts} tune attempts are used`}: a person decides` };
  const drifted = verdict.metrics.some(({ metric, verdict: kind }) => metric === driftMetric && kind === 'tune');
  const breached = verdict.metrics.some(({ metric, verdict: kind }) => metric !== driftMetric && kind === 'tune');
  const attempt = `(attempt ${attemptsUsed + 1} of ${tune.attempts})`;
  for (const step of [...(drifted ? [tune.onDrift] : []), ...(breached ? [tune.onMetric] : [])]) {
    if (step === 'ask') continue;
    const { doing } = stepOf(step);
    // A plan cannot name the people or the entitlement of such a step, so a person orders it.
    if (!isComplete(step)) return { do: 'ask', why: `${why}; the plan suggests ${doing} ('${step}'): a person decides, and specifies the details` };
    const repaired = repairs(step, drift);
    if (repaired === undefined) return { do: 'tune', step, automatic: false, why: `${why}; proposed: ${doing} ${attempt}` };
    if (repaired > 0) return { do: 'tune', step, automatic: true, why: `${why}; ${doing} ${attempt}` };
  }
  return {
    do: 'ask',
    why:
      drifted && tune.onDrift !== 'ask'
        ? `${why}; ${stepOf(tune.onDrift).doing} fixes none of it (${driftText(drift)}): a person decides`
        : `${why}; a person decides`,
  };
}

/** Whether nothing is wrong but that roles may do something else than was reviewed. */
export const onlyContentDrifted = ({ kind, metrics }: Verdict, drift: DriftCounts): boolean =>
  kind === 'tune' &&
  drift.content > 0 &&
  drift.missing + drift.outOfBand + drift.legacy + drift.options + (drift.leavers ?? 0) === 0 &&
  metrics.every(({ metric, verdict }) => metric === driftMetric || verdict !== 'tune');
