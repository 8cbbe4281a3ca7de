/**
 * The only writer of a released package's proposal: how it is made, what an answer changes, what time alone changes, and how a rollback ends.
 * Who may approve what, and what a freeze or a blackout does, is decided in domain/authority/proposals.ts.
 */
import { answersTo } from '../../domain/authority/answers.ts';
import { signsFor } from '../../domain/authority/who-may.ts';
import {
  answerOf,
  approvalsOf,
  approvedBy,
  blackoutInTheWay,
  decidedAtMs,
  evolve,
  freezeAt,
  givesWay,
  hasExpired,
  needed,
  refusalOf,
  rollbackApprovals,
  type DecisionEvent,
  type Subject,
} from '../../domain/authority/proposals.ts';
import { nextBlackoutMs } from '../../domain/blackouts.ts';
import type { MessageOf } from '../../domain/messages.ts';
import { countsOf, receiptLine, type Receipt as RollbackReceipt } from '../../domain/release/receipt.ts';
import { instantText } from '../../domain/time/instant.ts';
import { tuneOf } from '../../domain/tune/tune.ts';
import type { DependencyLine } from '../../domain/views/dependency.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { Refusal } from '../shared/inbox.ts';
import { keepForClaims } from './claims.ts';
import { recordReceipts } from './receipts.ts';
import type { OpenProposal, RolePackageState, RollbackRef, TuneOrder } from './state.ts';

type About = Pick<OpenProposal, 'why' | 'byHand' | 'blackout' | 'about' | 'again' | 'asked'>;

export function propose(state: RolePackageState, subject: Subject, about: About): void {
  const { data } = state;
  data.proposals += 1;
  // The time of the next dependency check belonged to the previous proposal.
  delete data.recheckAtRealMs;
  const id = `${subject.kind}-${data.proposals}`;
  fold(state, { type: 'proposed', proposal: { id, subject, approvals: [], proposedAtMs: state.nowMs(), ...about } });
  state.event(`${subject.kind}-proposed`, about.why, { proposal: id });
}

export const proposeTune = (state: RolePackageState, order: TuneOrder, about: About): void => propose(state, { kind: 'tune', tune: tuneOf(order) }, about);

/**
 * Asks a person, together with any earlier question, under a new id, because an answer counts only for what was shown. An open tune or rollback is
 * decided first; the question is recorded.
 */
export function ask(state: RolePackageState, why: string, about?: OpenProposal['about']): void {
  const { proposal } = state;
  if (proposal && !givesWay(proposal.subject.kind, 'question')) return state.event('question-waits', `${why}; waiting for the decision on '${proposal.id}'`);
  if (!proposal) return propose(state, { kind: 'question' }, { why, asked: [why], ...(about ? { about } : {}) });
  const before = proposal.asked ?? [proposal.why];
  if (before.includes(why)) return;
  // A new owner answers only what was asked about the owner alone; finishing to grant is an answer wherever grants are among it.
  const grants = about === 'grants' || proposal.about === 'grants';
  propose(state, { kind: 'question' }, { why: `${proposal.why}; ${why}`, asked: [...before, why], ...(grants ? { about: 'grants' } : {}) });
}

/** What the rest of the workflow must do after an answer. */
export type Answered =
  | { leadsTo: 'refuse'; refusal: Refusal }
  /** A second approval is needed, it is frozen, or it waits for its dependency check. */
  | { leadsTo: 'wait' }
  | { leadsTo: 'tune'; order: TuneOrder }
  /** The package is accepted as it is. */
  | { leadsTo: 'accept' }
  /** Access is kept and the watch continues. */
  | { leadsTo: 'watch' };

export function answerProposal(state: RolePackageState, message: MessageOf<'decide'>): Answered {
  const { proposal } = state;
  if (proposal?.running && proposal.id === message.body.proposal) return { leadsTo: 'refuse', refusal: tooLate(proposal) };
  if (message.body.answer === 'finish' && proposal?.id === message.body.proposal && proposal.about !== 'grants')
    return { leadsTo: 'refuse', refusal: { code: 'malformed', message: `'finish' answers a question about grants, and '${proposal.id}' asks something else` } };
  const atMs = state.planTime(message.atMs);
  const answer = answerOf(message, { byOwner: signsFor(state.section, message.by, atMs) !== undefined, atMs });
  const refusal = refusalOf(state.data.decisions, answer, state.terms);
  if (refusal || !proposal) return { leadsTo: 'refuse', refusal: refusal ?? { code: 'unknown-proposal', message: 'nothing is proposed' } };
  const { kind } = proposal.subject;
  state.logMessage(message, `${kind}-${answer.answer}`, answer.reason, {
    proposal: proposal.id,
    ...(answer.people ? { people: answer.people } : {}),
    ...(answer.untilMs === undefined ? {} : { untilMs: answer.untilMs }),
  });
  fold(state, { type: 'answered', answer });
  if (state.proposal) {
    state.proposal.answeredBy = answer.by;
    // Decided during this blackout or after it. The next blackout asks again, even while a second approval is missing.
    if (answer.answer === 'approve') delete state.proposal.blackout;
    return { leadsTo: 'wait' };
  }
  if (answer.answer === 'approve') return approved(state, message, proposal);
  if (answer.answer === 'finish') return { leadsTo: 'tune', order: finishGranting(state, message) };
  if (answer.answer !== 'decline' || kind !== 'question' || state.observed) return { leadsTo: 'watch' };
  propose(state, { kind: 'rollback' }, { why: `${message.by}: ${answer.reason}` });
  return { leadsTo: 'wait' };
}

const finishGranting = (state: RolePackageState, { id, by, atMs, body }: MessageOf<'decide'>): TuneOrder => ({
  id,
  by,
  step: 'grantMissing',
  why: body.reason,
  decidedAtMs: state.planTime(atMs),
});

const tooLate = ({ approvals }: OpenProposal): Refusal => ({
  code: 'already-decided',
  message: `approved by ${approvals.map(({ by }) => by).join(' and ') || 'the plan'} and already running, so it is too late for another answer`,
});

/** Fully approved. The effect is checked against the approving message. */
function approved(state: RolePackageState, message: MessageOf<'decide'>, { subject, why }: OpenProposal): Answered {
  if (subject.kind === 'question') return { leadsTo: 'accept' };
  const { people } = message.body;
  const found = approvedBy(state.data.decisions, message.id, subject.kind === 'tune' ? subject.tune : { rollbackOf: people ?? [] });
  if (!found) return { leadsTo: 'wait' };
  const decided = { id: message.id, by: message.by, decidedAtMs: decidedAtMs(found) };
  // From here on it is an order: see tunes.ts.
  fold(state, { type: 'closed', proposal: found.proposal });
  if (subject.kind === 'tune') return { leadsTo: 'tune', order: { ...subject.tune, why, ...decided } };
  const some = [...new Set(people)].sort();
  const reason = `rolled back for ${some.length} of its people: ${message.body.reason}`;
  return { leadsTo: 'tune', order: { step: 'narrow', people: some, restore: true, why: reason, ...decided } };
}

export function withdrawProposal(state: RolePackageState): void {
  if (state.proposal) fold(state, { type: 'closed', proposal: state.proposal.id });
}

export function abort(state: RolePackageState, message: MessageOf<'abort'>): void {
  state.data.abort = { message: message.id, by: message.by, reason: message.body.reason, atMs: state.planTime(message.atMs) };
}

/** Applies what time alone changes: when a freeze ends, the same is proposed again; a blackout defers a rollback that nobody decided on during it. */
export function passTime(state: RolePackageState): void {
  const { proposal, data, terms } = state;
  const nowMs = state.nowMs();
  state.passedMs = nowMs;
  if (proposal && hasExpired(proposal, nowMs)) {
    const { subject, why, byHand, about, again, asked } = proposal;
    propose(state, subject, {
      why: again ? why : `proposed again: ${why}`,
      again: true,
      ...(byHand ? { byHand } : {}),
      ...(about ? { about } : {}),
      ...(asked ? { asked } : {}),
    });
  }
  const { abort: aborted } = data;
  const inTheWay = aborted && blackoutInTheWay(terms, aborted.atMs, nowMs);
  if (aborted && inTheWay) {
    delete data.abort;
    propose(state, { kind: 'rollback' }, { why: `aborted by ${aborted.by}: ${aborted.reason}`, blackout: held(inTheWay) });
  }
  deferRollback(state, nowMs);
}

/** During a blackout, a rollback waits for a person unless it was approved within that blackout. */
function deferRollback(state: RolePackageState, nowMs: number): void {
  const { proposal, terms } = state;
  if (proposal?.subject.kind !== 'rollback' || proposal.frozen || proposal.blackout || state.data.abort) return;
  const blackout = state.blackout();
  if (!blackout || approvalsOf(proposal, terms, nowMs).some(({ atMs }) => atMs >= blackout.sinceMs)) return;
  proposal.blackout = held(blackout);
  const { id, untilMs } = blackout;
  state.event('deferred-by-blackout', `the rollback waits for a decision: blackout '${id}' until ${instantText(untilMs)}`, { proposal: proposal.id });
}

export const held = ({ id, untilMs }: { id: string; untilMs: number }) => ({ id, untilMs });

/** The instant at which time alone changes the open proposal. */
export function nextProposalChangeMs(state: RolePackageState): { atMs: number; what: 'end of the freeze' | 'a blackout begins' } | undefined {
  const { proposal, planTerms, passedMs } = state;
  const freeze = freezeAt(state.data.decisions, passedMs);
  const endsMs = proposal?.frozen?.untilMs ?? freeze?.untilMs;
  const waits = proposal?.subject.kind === 'rollback' && !proposal.frozen && !proposal.blackout;
  const beginsMs = waits ? nextBlackoutMs(planTerms.blackouts, state.id, passedMs) : undefined;
  if (endsMs !== undefined && (beginsMs === undefined || endsMs <= beginsMs)) return { atMs: endsMs, what: 'end of the freeze' };
  return beginsMs === undefined ? undefined : { atMs: beginsMs, what: 'a blackout begins' };
}

/** The freeze that stops further grants. Undefined: there is none. */
export const frozenBy = (state: RolePackageState) => freezeAt(state.data.decisions, state.nowMs());

/** What authorizes the rollback to run now. Undefined: not enough approvals, or a freeze or blackout stops it. */
export function rollbackToRun(state: RolePackageState): { approval: string; second?: string } | undefined {
  const { proposal, data } = state;
  if (state.observed || data.phase === 'claimed') return undefined;
  if (data.abort) return { approval: data.abort.message };
  if (proposal?.subject.kind !== 'rollback') return undefined;
  const [approval, second] = rollbackApprovals(data.decisions, state.terms, state.nowMs()) ?? [];
  if (approval) return { approval: approval.message, ...(second ? { second: second.message } : {}) };
  const automatic = state.section.package.rollback.approval === 'automatic' && !proposal.blackout && !proposal.byHand && !frozenBy(state);
  return automatic ? { approval: 'automatic' } : undefined;
}

/** A rollback is proposed, but its dependencies are not known yet. */
export const rollbackUnchecked = ({ proposal }: RolePackageState): boolean => proposal?.subject.kind === 'rollback' && proposal.dependencies === undefined;

/** An abort proposes a rollback like any other, so that people see what it waits for. */
export function proposeForAbort(state: RolePackageState): void {
  const { abort: aborted } = state.data;
  if (aborted && state.proposal?.subject.kind !== 'rollback') propose(state, { kind: 'rollback' }, { why: `aborted by ${aborted.by}: ${aborted.reason}` });
}

/** Returns whether everything is clear. */
export function recordDependencies(state: RolePackageState, lines: DependencyLine[], nextCheckRealMs: number): boolean {
  const clear = lines.every((line) => line.clear);
  if (state.proposal) state.proposal.dependencies = lines;
  if (clear) delete state.data.recheckAtRealMs;
  else state.data.recheckAtRealMs = nextCheckRealMs;
  return clear;
}

/** Anyone who cleared a dependency need not wait for the next hourly check. */
export function recheckDependencies({ data }: RolePackageState): void {
  delete data.recheckAtRealMs;
}

export function rollbackRuns({ proposal }: RolePackageState): void {
  if (proposal) proposal.running = true;
}

export function rolledBack(state: RolePackageState, receipts: RollbackReceipt[], rollback: RollbackRef): void {
  withdrawProposal(state);
  recordReceipts(state, receipts);
  if (keepForClaims(state, rollback)) return;
  state.end('Rolled back', receiptLine(state.data.receipts));
}

/** A definite refusal. The same approval would be refused again, so a person decides. */
export function rollbackRefused(state: RolePackageState, receipts: RollbackReceipt[], why: string): void {
  recordReceipts(state, receipts);
  delete state.data.abort;
  propose(state, { kind: 'rollback' }, { why: `the rollback was refused: ${why}`, byHand: true });
}

/** Something could not be undone. The release stands until a person has fixed that and approves again, which undoes the rest. */
export function rollbackUnfinished(state: RolePackageState, receipts: RollbackReceipt[]): void {
  recordReceipts(state, receipts);
  delete state.data.abort;
  const left = receipts.flatMap(({ system, failed }) => failed.map(({ role, account, why }) => `${role} of ${account} in ${system} (${why})`)).slice(0, 3);
  const more = receipts.reduce((sum, receipt) => sum + countsOf(receipt).failed, 0) - left.length;
  const shown = more > 0 ? [...left, `${more} more`] : left;
  const why = `the rollback could not undo ${shown.join(', ')}; everything else is undone. Fix that, then approve again`;
  propose(state, { kind: 'rollback' }, { why, byHand: true });
}

/** The view that people see. */
export function proposalView(state: RolePackageState): ProposalView | undefined {
  const { proposal, terms } = state;
  if (!proposal) return undefined;
  const { id, subject, why, about, proposedAtMs, dependencies, frozen, blackout, answeredBy } = proposal;
  const approvers = approvalsOf(proposal, terms, state.nowMs()).map(({ by }) => by);
  return {
    id,
    kind: subject.kind,
    ...(subject.kind === 'tune' ? { tune: subject.tune } : {}),
    why,
    ...(about ? { about } : {}),
    proposedAtMs,
    ...(dependencies ? { dependencies } : {}),
    ...(frozen ? { frozen: true, ...(frozen.untilMs === undefined ? {} : { untilMs: frozen.untilMs }) } : {}),
    ...(blackout ? { blackout } : {}),
    ...(approvers.length > 0 ? { approvedBy: approvers } : {}),
    ...(needed(proposal, terms) === 2 ? { approvals: 2 } : {}),
    ...(answeredBy === undefined ? {} : { answeredBy }),
    ...(proposal.running
      ? {}
      : { answers: answersTo({ kind: subject.kind, ...(about ? { about } : {}), ...(blackout ? { blackout } : {}) }, state, state.nowMs()) }),
  };
}

function fold(state: RolePackageState, event: DecisionEvent<OpenProposal>): void {
  state.data.decisions = evolve(state.data.decisions, event, state.terms);
}
