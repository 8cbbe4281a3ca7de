/** The only writer of the order to tune a released package: who orders it, what defers it, and its result. All times are plan time. */
import { blackoutInTheWay } from '../../domain/authority/proposals.ts';
import { signsFor } from '../../domain/authority/who-may.ts';
import type { MessageOf } from '../../domain/messages.ts';
import type { TuneStep } from '../../domain/plan/schema.ts';
import { instantText } from '../../domain/time/instant.ts';
import { repairs, stepOf } from '../../domain/tune/steps.ts';
import { tuneText } from '../../domain/tune/tune-text.ts';
import { fieldMistake, tuneOf } from '../../domain/tune/tune.ts';
import type { DriftCounts } from '../../domain/watch/measurement.ts';
import type { Refusal } from '../shared/inbox.ts';
import { frozenBy, held, propose, proposeTune } from './proposals.ts';
import type { RolePackageState, TuneOrder } from './state.ts';

/** Steps that only restore what was signed, or extend the watch, run immediately. A step that needs the owner is proposed when someone else asks for it. */
export function orderByPerson(state: RolePackageState, message: MessageOf<'tune'>): Refusal | undefined {
  const { step, reason } = message.body;
  const { proposal, data } = state;
  if (data.phase === 'granting') return { code: 'wrong-stage', message: `'${state.id}' is still being granted; tune it once its watch has begun` };
  if (data.order) return { code: 'wrong-stage', message: `another tune is in progress: ${data.order.step}. Wait until it is done` };
  const freeze = stepOf(step).grantsAccess ? frozenBy(state) : undefined;
  if (freeze)
    return {
      code: 'wrong-stage',
      message: `'${state.id}' is frozen by ${freeze.by}, so nothing more is granted. Decide on ${proposal?.id ?? freeze.proposal} first`,
    };
  const mistake = fieldMistake(message.body);
  if (mistake) return mistake;
  const decidedAtMs = state.planTime(message.atMs);
  const order: TuneOrder = { id: message.id, ...tuneOf(message.body), why: reason, by: message.by, decidedAtMs };
  const needsOwner = stepOf(step).needsOwner && !signsFor(state.section, message.by, decidedAtMs);
  if (needsOwner && proposal)
    return { code: 'wrong-stage', message: `'${proposal.id}' already waits for a decision (${proposal.why}). Decide on it first, then propose '${step}'` };
  if (needsOwner) proposeTune(state, order, { why: `${message.by}: ${reason}` });
  else data.order = order;
  state.logMessage(message, 'tune-asked', `${tuneText(order)}: ${reason}`);
  return undefined;
}

/** Orders what was proposed and approved. It runs after one that is in progress. */
export function orderApproved(state: RolePackageState, order: TuneOrder): void {
  state.data.order = order;
}

export function orderByVerdict(
  state: RolePackageState,
  { step, why, automatic }: { step: TuneStep; why: string; automatic: boolean },
  drift: DriftCounts,
): void {
  // An observed package is not repaired. The proposal shows a person what the repair would be.
  if (state.observed) return propose(state, { kind: 'tune', tune: { step } }, { why });
  // An order from a person comes first. The evaluation after it judges again.
  if (state.data.order) return;
  state.data.orders += 1;
  // During a blackout nothing is revoked without a person, but missing access is still granted.
  const { inBlackout } = stepOf(step);
  const now = inBlackout && (repairs(inBlackout, drift) ?? 0) > 0 && state.blackout() ? inBlackout : step;
  const order: TuneOrder = { id: `${state.workflowId}#tune-${state.data.orders}`, step: now, why, by: 'rolewave' };
  if (automatic) state.data.order = order;
  else proposeTune(state, order, { why });
}

/** The order that may run now. An order that a blackout or a freeze stops is dropped, and proposed if nothing else is. */
export function tuneToRun(state: RolePackageState): TuneOrder | undefined {
  const { order } = state.data;
  if (!order) return undefined;
  const { revokesAccess, grantsAccess } = stepOf(order.step);
  const freeze = grantsAccess ? frozenBy(state) : undefined;
  if (freeze) {
    delete state.data.order;
    state.event('deferred-by-freeze', `'${order.step}' was not run: frozen by ${freeze.by}`);
    return undefined;
  }
  const nowMs = state.nowMs();
  const blackout = revokesAccess ? blackoutInTheWay(state.terms, order.decidedAtMs, nowMs) : undefined;
  if (!blackout) return order;
  delete state.data.order;
  if (state.proposal) state.event('deferred-by-blackout', `'${order.step}' was not run: blackout '${blackout.id}' until ${instantText(blackout.untilMs)}`);
  else if (order.restore) propose(state, { kind: 'rollback' }, { why: order.why, blackout: held(blackout) });
  else proposeTune(state, order, { why: order.why, blackout: held(blackout) });
  return undefined;
}

export function dropOrder({ data }: RolePackageState): void {
  delete data.order;
}

/** It was carried out or refused. An order that arrived in the meantime stays. */
export function tuned(state: RolePackageState, order: TuneOrder, result: string): void {
  const { data } = state;
  if (data.order?.id === order.id) delete data.order;
  data.attempts += 1;
  data.tunes = [...data.tunes, { id: order.id, step: order.step, why: order.why, by: order.by, atMs: state.nowMs(), result }].slice(-20);
  state.event('tuned', `${order.step}: ${result}`);
}

/** A package that became stable gets its full number of attempts again. */
export function resetAttempts({ data }: RolePackageState): void {
  data.attempts = 0;
}
