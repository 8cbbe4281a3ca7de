/** What people see of a released package; the endpoint adds its name. */
import { receiptLine } from '../../domain/release/receipt.ts';
import { nextActions } from '../../domain/states.ts';
import type { CarriedPackageView } from '../../domain/views/texts.ts';
import { watchDay } from '../../domain/watch/evaluation-schedule.ts';
import { requestViews } from '../shared/requests.ts';
import { claimViews } from './claims.ts';
import { proposalView } from './proposals.ts';
import { asksOf } from './requests.ts';
import type { RolePackageState } from './state.ts';
import { nextEvaluation } from './watch.ts';

export function packageView(state: RolePackageState): CarriedPackageView {
  const { data, input } = state;
  const { owner, risk } = state.section.package;
  const next = nextEvaluation(state);
  const proposal = proposalView(state);
  const shown = state.shown();
  const claims = claimViews(state);
  return {
    kind: 'package',
    plan: input.plan,
    wave: input.wave,
    package: state.id,
    owner,
    team: state.section.team,
    risk,
    revision: input.revision,
    state: shown,
    nextAction: nextActions[shown],
    grants: data.grants,
    watch: {
      startMs: data.window.startMs,
      endMs: data.window.endMs,
      ...watchDay(data.window, state.nowMs()),
      evaluations: data.evaluationCount,
      ...(data.paused === undefined ? {} : { paused: data.paused }),
      ...(next ? { nextEvaluationMs: next.dueMs } : {}),
    },
    baseline: input.release.baseline,
    ...(data.lastVerdict ? { lastVerdict: data.lastVerdict } : {}),
    ...(proposal ? { proposal } : {}),
    ...(data.contents.length > 0 ? { contents: data.contents } : {}),
    ...(claims.length > 0 ? { claims } : {}),
    tunes: data.tunes,
    receipts: data.receipts,
    ...(data.receipts.length > 0 ? { receiptLine: receiptLine(data.receipts) } : {}),
    ...requestViews(data.requests, asksOf(state)),
    ...(input.section.change === 'release' ? {} : { change: input.section.change }),
    ...(data.supersededBy === undefined ? {} : { supersededBy: data.supersededBy }),
    ...(data.certifiedMs === undefined ? {} : { certifiedMs: data.certifiedMs }),
    notes: data.inbox.notes,
    refusals: data.inbox.refusals,
    ...(input.clock ? { clock: input.clock } : {}),
    ...(data.ended ? { endedWhy: data.ended.why } : {}),
  };
}
