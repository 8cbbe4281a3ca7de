/**
 * What becomes of a proposal: carried out now, for some people only, frozen, after the blackout, or not at all; and what a blackout or the end of a
 * freeze makes of it without anybody saying so. All times are plan time.
 */
import { signsFor } from '../../domain/authority/who-may.ts';
import { nextBlackoutMs } from '../../domain/blackouts.ts';
import { stepOf } from '../../domain/tune/steps.ts';
import type { Message, MessageOf } from '../../domain/messages.ts';
import { instantText } from '../../domain/time/instant.ts';
import type { Refusal } from '../shared/inbox.ts';
import type { Approval, Proposal } from './data.ts';
import type { RolePackageState } from './state.ts';

type Decide = MessageOf<'decide'>;

export function decide(state: RolePackageState, message: Decide, nowMs: number): Refusal | undefined {
  const { proposal: id } = message.body;
  const { proposal } = state.data;
  if (!proposal || proposal.id !== id)
    return { code: 'unknown-proposal', message: proposal ? `'${id}' is not open; '${proposal.id}' is` : `nothing is proposed for '${state.id}'` };
  if (proposal.running)
    return { code: 'already-decided', message: `approved by ${proposal.approval?.by ?? 'the plan'}, and running: it is too late for another answer` };
  const refusal = refusalOf(state, message, proposal, nowMs);
  if (refusal) return refusal;
  log(state, message, `${proposal.kind}-${message.body.answer}`, message.body.reason, {
    proposal: id,
    ...(message.body.people ? { people: message.body.people } : {}),
  });
  carryOn(state, message, proposal, nowMs);
  return undefined;
}

function refusalOf(state: RolePackageState, message: Decide, proposal: Proposal, nowMs: number): Refusal | undefined {
  const { answer, people, untilMs } = message.body;
  if (answer === 'approve') return approvalRefusal(state, message, proposal);
  if (people) return { code: 'malformed', message: `'people' belongs to an approval: '${answer}' is about everybody` };
  if (untilMs !== undefined && answer !== 'freeze') return { code: 'malformed', message: `'untilMs' says how long a freeze lasts: '${answer}' has none` };
  if (untilMs !== undefined && untilMs <= nowMs) return { code: 'in-the-past', message: `${instantText(untilMs)} is past; it is ${instantText(nowMs)} now` };
  if (answer === 'afterBlackout' && !state.blackout())
    return { code: 'wrong-stage', message: 'there is no blackout now: decide for now, or freeze it until a date' };
  return undefined;
}

function approvalRefusal(state: RolePackageState, message: Decide, proposal: Proposal): Refusal | undefined {
  const { people } = message.body;
  if (state.observed && proposal.kind !== 'question')
    return {
      code: 'wrong-stage',
      message: `'${state.id}' is only observed: Rolewave changes nothing; do it by hand, or decline, and have a wave release it if Rolewave is to keep it`,
    };
  if (people && proposal.kind !== 'rollback') return { code: 'malformed', message: "'people' belongs to a rollback: this is another kind of proposal" };
  const { approval } = proposal;
  if (!approval) return undefined;
  if (!needsTwo(state, proposal) || proposal.second)
    return { code: 'already-decided', message: `approved by ${approval.by}; it runs when its dependency check is clear` };
  if (approval.by === message.by) return { code: 'second-person-needed', message: `${approval.by} approved it already: now another person is needed` };
  if (String(approval.people) !== String(people?.toSorted()))
    return {
      code: 'second-person-needed',
      message: `${approval.by} approved it for ${approval.people?.join(', ') ?? 'everybody'}: approve the same, or hold it and agree`,
    };
  if (![approval.by, message.by].some((by) => signsFor(state.section, by, state.nowMs())))
    return { code: 'second-person-needed', message: `one of the two must be ${state.section.package.owner} or a delegate` };
  return undefined;
}

const needsTwo = (state: RolePackageState, { kind }: Proposal) => kind === 'rollback' && state.section.rollbackApprovals === 2;

function carryOn(state: RolePackageState, message: Decide, proposal: Proposal, nowMs: number): void {
  switch (message.body.answer) {
    case 'freeze':
      return freeze(state, message, proposal, nowMs, message.body.untilMs);
    case 'afterBlackout':
      return freeze(state, message, proposal, nowMs, state.blackout()?.untilMs);
    case 'decline':
      delete state.data.proposal;
      if (proposal.kind === 'question' && !state.observed) state.propose({ kind: 'rollback', why: `${message.by}: ${message.body.reason}` });
      else state.goOn(nowMs);
      return;
    case 'approve':
      return approve(state, message, proposal, nowMs);
  }
}

/** Access is kept and nothing more is granted. What had been approved and not begun is no longer. */
function freeze(state: RolePackageState, message: Decide, proposal: Proposal, nowMs: number, untilMs: number | undefined): void {
  proposal.frozen = true;
  proposal.answeredBy = message.by;
  delete proposal.approval;
  delete proposal.second;
  if (untilMs === undefined) delete proposal.untilMs;
  else proposal.untilMs = untilMs;
  if (proposal.kind === 'question' && untilMs === undefined) closeQuestion(state, () => (state.asBefore ? state.prolong(nowMs) : state.goOn(nowMs)));
}

function approve(state: RolePackageState, message: Decide, proposal: Proposal, nowMs: number): void {
  const people = message.body.people?.toSorted();
  const approval: Approval = { message: message.id, by: message.by, atMs: nowMs, ...(people ? { people } : {}) };
  if (proposal.approval) proposal.second = approval;
  else proposal.approval = approval;
  proposal.answeredBy = message.by;
  delete proposal.frozen;
  delete proposal.untilMs;
  if (proposal.kind === 'question') return closeQuestion(state, () => state.accept(nowMs, message.by));
  // Decided in this blackout, or after it: the next one asks again, also where a second person is still needed.
  delete proposal.blackout;
  if (needsTwo(state, proposal) && !proposal.second) return;
  // The approving message is what the effect is checked against.
  const decided = { id: message.id, by: message.by, decidedAtMs: nowMs };
  if (proposal.kind === 'tune' && proposal.order) {
    state.data.order = { ...proposal.order, ...decided };
    delete state.data.proposal;
  }
  if (proposal.kind === 'rollback' && people) {
    state.data.order = { ...decided, step: 'narrow', why: `rolled back for ${people.length} of its people: ${message.body.reason}`, people, restore: true };
    state.data.state = 'Needs tuning';
    delete state.data.proposal;
  }
}

function closeQuestion(state: RolePackageState, act: () => void): void {
  delete state.data.proposal;
  act();
}

/** What time alone changes: a freeze ends and is proposed again, and a blackout takes hold of what nobody decided within it. */
export function applyElapsedTime(state: RolePackageState): void {
  const nowMs = state.nowMs();
  const { proposal } = state.data;
  if (proposal?.frozen && proposal.untilMs !== undefined && proposal.untilMs <= nowMs) {
    const { kind, why, step, order, byHand, about } = proposal;
    delete state.data.proposal;
    state.propose({
      kind,
      why: why.startsWith(again) ? why : `${again} ${why}`,
      ...(step ? { step } : {}),
      ...(order ? { order } : {}),
      ...(byHand ? { byHand } : {}),
      ...(about ? { about } : {}),
    });
  }
  deferForBlackout(state);
}
const again = 'proposed again:';

/** A blackout that began after the decision asks for a new one; what runs by itself does not run in it. */
function deferForBlackout(state: RolePackageState): void {
  const blackout = state.blackout();
  if (!blackout) return;
  const { data } = state;
  const { id, untilMs, sinceMs } = blackout;
  const decidedWithin = (atMs: number | undefined) => atMs !== undefined && atMs >= sinceMs;
  const held = { id, untilMs };
  const { proposal, abort, order } = data;
  if (abort && !decidedWithin(abort.atMs)) {
    delete data.abort;
    delete data.proposal;
    state.propose({ kind: 'rollback', why: `aborted by ${abort.by}: ${abort.reason}`, blackout: held });
  } else if (!abort && proposal?.kind === 'rollback' && !proposal.frozen && !proposal.blackout && !decidedWithin(proposal.approval?.atMs)) {
    delete proposal.approval;
    delete proposal.second;
    proposal.blackout = held;
    state.event('deferred-by-blackout', `the rollback waits for a decision: blackout '${id}' until ${instantText(untilMs)}`, { proposal: proposal.id });
  }
  if (order && stepOf(order.step).revokesAccess && !decidedWithin(order.decidedAtMs)) {
    delete data.order;
    if (data.proposal) state.event('deferred-by-blackout', `'${order.step}' was not run: blackout '${id}' until ${instantText(untilMs)}`);
    else state.propose({ kind: 'tune', step: order.step, why: order.why, order, blackout: held });
  }
}

/** The instant at which time alone changes something about the open proposal. */
export function nextProposalChangeMs(state: RolePackageState): number | undefined {
  const { proposal } = state.data;
  if (proposal?.frozen) return proposal.untilMs;
  if (proposal?.kind !== 'rollback' || proposal.blackout) return undefined;
  return nextBlackoutMs(state.standing.blackouts, state.id, state.nowMs());
}

function log(state: RolePackageState, message: Message, kind: string, text: string, data?: Record<string, unknown>): void {
  state.inbox.log(state.nowMs(), message.by, kind, text, { data: { message: message.id, ...data } });
}
