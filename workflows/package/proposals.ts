/**
 * The proposal of a released package, and the only writer of it: how it is made, what an answer does to it, what time alone does to it, and what
 * becomes of a rollback. Who may approve what, and what a freeze or a blackout does, is decided in domain/authority/proposals.ts.
 */
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
import { receiptLine, type Receipt as RollbackReceipt } from '../../domain/release/receipt.ts';
import { instantText } from '../../domain/time/instant.ts';
import { tuneOf } from '../../domain/tune/tune.ts';
import type { DependencyLine } from '../../domain/views/dependency.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { Refusal } from '../shared/inbox.ts';
import type { OpenProposal, RolePackageState, TuneOrder } from './state.ts';

type About = Pick<OpenProposal, 'why' | 'byHand' | 'blackout' | 'about' | 'again' | 'asked'>;

export function propose(state: RolePackageState, subject: Subject, about: About): void {
  const { data } = state;
  data.proposals += 1;
  const id = `${subject.kind}-${data.proposals}`;
  fold(state, { type: 'proposed', proposal: { id, subject, approvals: [], proposedAtMs: state.nowMs(), ...about } });
  state.event(`${subject.kind}-proposed`, about.why, { proposal: id });
}

export const proposeTune = (state: RolePackageState, order: TuneOrder, about: About): void => propose(state, { kind: 'tune', tune: tuneOf(order) }, about);

/**
 * Asks a person, and with it what was asked before, under a new id: an answer counts for what was shown. A tune or rollback that is open is
 * decided first; the question stays on record.
 */
export function ask(state: RolePackageState, why: string, about?: 'owner'): void {
  const { proposal } = state;
  if (proposal && !givesWay(proposal.subject.kind, 'question')) return state.event('question-waits', `${why}; '${proposal.id}' is decided first`);
  if (!proposal) return propose(state, { kind: 'question' }, { why, asked: [why], ...(about ? { about } : {}) });
  const before = proposal.asked ?? [proposal.why];
  if (!before.includes(why)) propose(state, { kind: 'question' }, { why: `${proposal.why}; ${why}`, asked: [...before, why] });
}

/** What an answer asks of the rest of the workflow. */
export type Answered =
  | { leadsTo: 'refuse'; refusal: Refusal }
  /** A second person is needed, it is frozen, or it runs when its dependency check is clear. */
  | { leadsTo: 'wait' }
  | { leadsTo: 'tune'; order: TuneOrder }
  /** The package is taken as it is. */
  | { leadsTo: 'accept' }
  /** Access is kept and the watch goes on. */
  | { leadsTo: 'watch' };

export function answerProposal(state: RolePackageState, message: MessageOf<'decide'>): Answered {
  const { proposal } = state;
  if (proposal?.running && proposal.id === message.body.proposal) return { leadsTo: 'refuse', refusal: tooLate(proposal) };
  const atMs = state.planTime(message.atMs);
  const answer = answerOf(message, { byOwner: signsFor(state.section, message.by, atMs) !== undefined, atMs });
  const refusal = refusalOf(state.data.decisions, answer, state.terms);
  if (refusal || !proposal) return { leadsTo: 'refuse', refusal: refusal ?? { code: 'unknown-proposal', message: 'nothing is proposed' } };
  const { kind } = proposal.subject;
  state.logMessage(message, `${kind}-${answer.answer}`, answer.reason, { proposal: proposal.id, ...(answer.people ? { people: answer.people } : {}) });
  fold(state, { type: 'answered', answer });
  if (state.proposal) {
    state.proposal.answeredBy = answer.by;
    // Decided in this blackout, or after it: the next one asks again, also where a second person is still needed.
    if (answer.answer === 'approve') delete state.proposal.blackout;
    return { leadsTo: 'wait' };
  }
  if (answer.answer === 'approve') return approved(state, message, proposal);
  if (answer.answer !== 'decline' || kind !== 'question' || state.observed) return { leadsTo: 'watch' };
  propose(state, { kind: 'rollback' }, { why: `${message.by}: ${answer.reason}` });
  return { leadsTo: 'wait' };
}

const tooLate = ({ approvals }: OpenProposal): Refusal => ({
  code: 'already-decided',
  message: `approved by ${approvals.map(({ by }) => by).join(' and ') || 'the plan'}, and running: it is too late for another answer`,
});

/** Approved by everybody who was needed. The approving message is what the effect is checked against. */
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

/** What time alone changes: a freeze ends and the same is proposed again, and a blackout keeps waiting what nobody decided within it. */
export function passTime(state: RolePackageState): void {
  const { proposal, data, terms } = state;
  const nowMs = state.nowMs();
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

/** In a blackout a rollback that nobody decided on within it waits for a person. */
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

/** The instant at which time alone changes something about what is open. */
export function nextProposalChangeMs(state: RolePackageState): { atMs: number; what: 'end of the freeze' | 'a blackout begins' } | undefined {
  const { proposal, planTerms } = state;
  const nowMs = state.nowMs();
  const freeze = freezeAt(state.data.decisions, nowMs);
  const endsMs = proposal?.frozen?.untilMs ?? freeze?.untilMs;
  const waits = proposal?.subject.kind === 'rollback' && !proposal.frozen && !proposal.blackout;
  const beginsMs = waits ? nextBlackoutMs(planTerms.blackouts, state.id, nowMs) : undefined;
  if (endsMs !== undefined && (beginsMs === undefined || endsMs <= beginsMs)) return { atMs: endsMs, what: 'end of the freeze' };
  return beginsMs === undefined ? undefined : { atMs: beginsMs, what: 'a blackout begins' };
}

/** Who keeps anything more from being granted; undefined: nobody. */
export const frozenBy = (state: RolePackageState) => freezeAt(state.data.decisions, state.nowMs());

/** What the rollback rests on that may run now; undefined: nobody has approved it, or not enough people, or a freeze or blackout holds it. */
export function rollbackToRun(state: RolePackageState): { approval: string; second?: string } | undefined {
  const { proposal, data } = state;
  if (state.observed) return undefined;
  if (data.abort) return { approval: data.abort.message };
  if (proposal?.subject.kind !== 'rollback') return undefined;
  const [approval, second] = rollbackApprovals(data.decisions, state.terms, state.nowMs()) ?? [];
  if (approval) return { approval: approval.message, ...(second ? { second: second.message } : {}) };
  const automatic = state.section.package.rollback.approval === 'automatic' && !proposal.blackout && !proposal.byHand && !frozenBy(state);
  return automatic ? { approval: 'automatic' } : undefined;
}

/** A rollback is proposed, and nobody knows yet what it has to wait for. */
export const rollbackUnchecked = ({ proposal }: RolePackageState): boolean => proposal?.subject.kind === 'rollback' && proposal.dependencies === undefined;

/** What an abort rolls back is proposed like any other rollback, so that people see what it waits for. */
export function proposeForAbort(state: RolePackageState): void {
  const { abort: aborted } = state.data;
  if (aborted && state.proposal?.subject.kind !== 'rollback') propose(state, { kind: 'rollback' }, { why: `aborted by ${aborted.by}: ${aborted.reason}` });
}

/** Answers whether all is clear. */
export function recordDependencies(state: RolePackageState, lines: DependencyLine[], nextCheckRealMs: number): boolean {
  const clear = lines.every((line) => line.clear);
  if (state.proposal) state.proposal.dependencies = lines;
  if (clear) delete state.data.recheckAtRealMs;
  else state.data.recheckAtRealMs = nextCheckRealMs;
  return clear;
}

/** Whoever cleared what a rollback waits for need not wait for the next hour. */
export function recheckDependencies({ data }: RolePackageState): void {
  delete data.recheckAtRealMs;
}

export function rollbackRuns({ proposal }: RolePackageState): void {
  if (proposal) proposal.running = true;
}

export function rolledBack(state: RolePackageState, receipts: RollbackReceipt[]): void {
  state.data.receipts = receipts;
  withdrawProposal(state);
  state.end('Rolled back', receiptLine(receipts));
}

/** A definite no, which the same approval would only get again. */
export function rollbackRefused(state: RolePackageState, why: string): void {
  delete state.data.abort;
  propose(state, { kind: 'rollback' }, { why: `the rollback was refused: ${why}`, byHand: true });
}

/** What could not be undone is still there: the release stands until a person has put that right and approves again, which undoes the rest. */
export function rollbackUnfinished(state: RolePackageState, receipts: RollbackReceipt[]): void {
  delete state.data.abort;
  const left = receipts.flatMap(({ system, failed }) => failed.map(({ role, account, why }) => `${role} of ${account} in ${system} (${why})`));
  const shown = left.length > 3 ? [...left.slice(0, 3), `${left.length - 3} more`] : left;
  const why = `the rollback could not undo ${shown.join(', ')}; what it could is undone. Put that right, then approve again`;
  propose(state, { kind: 'rollback' }, { why, byHand: true });
}

/** What people see of it. */
export function proposalView(state: RolePackageState): ProposalView | undefined {
  const { proposal, terms } = state;
  if (!proposal) return undefined;
  const { id, subject, why, proposedAtMs, dependencies, frozen, blackout, answeredBy } = proposal;
  const approvers = approvalsOf(proposal, terms, state.nowMs()).map(({ by }) => by);
  return {
    id,
    kind: subject.kind,
    ...(subject.kind === 'tune' ? { tune: subject.tune } : {}),
    why,
    proposedAtMs,
    ...(dependencies ? { dependencies } : {}),
    ...(frozen ? { frozen: true, ...(frozen.untilMs === undefined ? {} : { untilMs: frozen.untilMs }) } : {}),
    ...(blackout ? { blackout } : {}),
    ...(approvers.length > 0 ? { approvedBy: approvers } : {}),
    ...(needed(proposal, terms) === 2 ? { approvals: 2 } : {}),
    ...(answeredBy === undefined ? {} : { answeredBy }),
  };
}

function fold(state: RolePackageState, event: DecisionEvent<OpenProposal>): void {
  state.data.decisions = evolve(state.data.decisions, event, state.terms);
}
