/**
 * What people decided on proposals: one fold, used by the workflow that proposes and by the check before each effect.
 *
 * `refusalOf` says whether an answer is allowed now. `evolve` applies it. The functions below read the result at an instant: who approved what, and
 * what is frozen. The workflow folds its proposals and the answers to them. The check has only the signed answers, each of which repeats what it
 * answers, and reaches the same result (`decisionsFrom`). All times are plan time, and an answer counts from the instant at which it was sealed.
 */
import { blackoutAt, blackoutBegunBetween, type BlackoutNow } from '../blackouts.ts';
import { sha256Hex } from '../canonical.ts';
import type { MessageOf, RefusalCode } from '../messages.ts';
import type { BlackoutTimes } from '../plan/section.ts';
import { instantText } from '../time/instant.ts';
import { tuneText } from '../tune/tune-text.ts';
import { sameTune, tuneOf, type Tune } from '../tune/tune.ts';

/** What is proposed. The signed answer contains it, so it counts for nothing else. */
export type Subject = { kind: 'rollback' } | { kind: 'question' } | { kind: 'tune'; tune: Tune };

/** What the rules need to know about the package and the current plan. */
export interface Terms {
  package: string;
  owner: string;
  /** How many people must approve a rollback: 1 or 2. One of them must be the owner or a delegate. */
  rollbackApprovals: number;
  /** Rolewave changes nothing, so only questions can be approved. */
  observed: boolean;
  blackouts: BlackoutTimes[];
}

/** One `decide` message, with whether its sender was the owner or a delegate of the owner when it was sealed. */
export interface Answer {
  message: string;
  by: string;
  byOwner: boolean;
  atMs: number;
  proposal: string;
  subject: Subject;
  answer: MessageOf<'decide'>['body']['answer'];
  people?: string[];
  untilMs?: number;
  reason: string;
}

/** `people`: only their access is rolled back. */
export type Approval = Pick<Answer, 'message' | 'by' | 'byOwner' | 'atMs' | 'people'>;

/** Access is kept and nothing more is granted, until the instant or until someone decides. */
export interface Freeze {
  proposal: string;
  by: string;
  reason: string;
  untilMs?: number;
}

export interface Proposal {
  id: string;
  subject: Subject;
  /** All for the same people, each by a different person. A freeze withdraws them. */
  approvals: Approval[];
  frozen?: Freeze;
}

/** Fully approved, and to be carried out. A rollback of everyone stays open until it runs, so it can still be withdrawn. */
export interface Approved {
  proposal: string;
  subject: Subject;
  approvals: Approval[];
}

/** Plain JSON. `P` adds what the workflow stores with a proposal. */
export interface Decisions<P extends Proposal = Proposal> {
  open?: P;
  /** Set by the latest answer. A later answer that is not a freeze ends it. */
  freeze?: Freeze;
  approved: Approved[];
}

export type DecisionEvent<P extends Proposal = Proposal> =
  | { type: 'proposed'; proposal: P }
  | { type: 'answered'; answer: Answer }
  /** Nobody has to answer any more, or the approved effect is done. */
  | { type: 'closed'; proposal: string };

export const noDecisions = (): { approved: Approved[] } => ({ approved: [] });

/** What is proposed, as the body of an answer to it repeats it. */
export interface Shown {
  proposal: string;
  kind: Subject['kind'];
  tune?: Tune;
}
export const shownOf = ({ id, kind, tune }: { id: string; kind: Subject['kind']; tune?: Tune | undefined }): Shown => ({
  proposal: id,
  kind,
  ...(kind === 'tune' && tune ? { tune: tuneOf(tune) } : {}),
});

export function answerOf({ id, by, body }: MessageOf<'decide'>, { byOwner, atMs }: { byOwner: boolean; atMs: number }): Answer {
  const { proposal, kind, tune, answer, people, untilMs, reason } = body;
  return {
    message: id,
    by,
    byOwner,
    atMs,
    proposal,
    // The message's schema asks for the tune; without one it would be taken for the answer to a question, which covers nothing.
    subject: kind === 'tune' && tune ? { kind, tune: tuneOf(tune) } : { kind: kind === 'tune' ? 'question' : kind },
    answer,
    ...(people ? { people: [...new Set(people)].sort() } : {}),
    ...(untilMs === undefined ? {} : { untilMs }),
    reason,
  };
}

export const sameSubject = (one: Subject, other: Subject): boolean =>
  one.kind === 'tune' ? other.kind === 'tune' && sameTune(one.tune, other.tune) : one.kind === other.kind;

/** Whether a new proposal may replace the open one: a rollback precedes a tune, and both precede a question. */
export const givesWay = (open: Subject['kind'], to: Subject['kind']): boolean =>
  (open === 'question' && to !== 'tune') || (open === 'tune' && to === 'rollback');

interface Refusal {
  code: RefusalCode;
  message: string;
}

/** Why an answer is not allowed at its instant. Undefined: it is allowed. `mayAct` decides who may answer at all. */
export function refusalOf(decisions: Decisions, answer: Answer, terms: Terms): Refusal | undefined {
  const { open } = decisions;
  if (!open) return { code: 'unknown-proposal', message: `nothing is proposed for '${terms.package}'` };
  if (open.id !== answer.proposal) return { code: 'unknown-proposal', message: `'${answer.proposal}' is not open; the open proposal is '${open.id}'` };
  if (hasExpired(open, answer.atMs)) return { code: 'unknown-proposal', message: `the freeze of '${open.id}' has ended, and it is being proposed again` };
  if (!sameSubject(open.subject, answer.subject))
    return {
      code: 'unknown-proposal',
      message: `'${open.id}' proposes ${subjectText(open.subject)}, but this answers ${subjectText(answer.subject)}. Read it again`,
    };
  if (answer.answer === 'approve') return approvalRefusal(open, answer, terms);
  if (answer.people) return { code: 'malformed', message: `'people' is only for an approval: '${answer.answer}' covers everyone` };
  if (answer.untilMs !== undefined) {
    if (answer.answer !== 'freeze') return { code: 'malformed', message: `'untilMs' is only for a freeze, not for '${answer.answer}'` };
    if (answer.untilMs <= answer.atMs)
      return { code: 'in-the-past', message: `${instantText(answer.untilMs)} is in the past; it is now ${instantText(answer.atMs)}` };
  }
  if (answer.answer === 'finish' && open.subject.kind !== 'question')
    return { code: 'malformed', message: `'finish' answers a question about grants, and '${open.id}' proposes ${subjectText(open.subject)}` };
  if (answer.answer === 'finish' && terms.observed)
    return { code: 'wrong-stage', message: `'${terms.package}' is only observed, so nothing is granted. Approve it as it is, or decline` };
  if (answer.answer === 'afterBlackout' && !blackoutAt(terms.blackouts, terms.package, answer.atMs))
    return { code: 'wrong-stage', message: 'there is no blackout now. Approve it, or freeze it until a date' };
  return undefined;
}

function approvalRefusal(open: Proposal, answer: Answer, terms: Terms): Refusal | undefined {
  const { kind } = open.subject;
  if (terms.observed && kind !== 'question')
    return {
      code: 'wrong-stage',
      message: `'${terms.package}' is only observed, so Rolewave changes nothing. Make the change by hand, or decline. To let Rolewave manage the package, release it in a wave`,
    };
  if (answer.people && kind !== 'rollback') return { code: 'malformed', message: "'people' is only for a rollback, and this is another kind of proposal" };
  const before = counting(open.approvals, terms, answer.atMs);
  const [first] = before;
  if (!first) return undefined;
  if (isComplete(open, before, terms))
    return { code: 'already-decided', message: `already approved by ${before.map(({ by }) => by).join(' and ')}; it runs once its dependency check is clear` };
  // At most two must approve, so `first` is the only one as long as another is missing.
  if (first.by === answer.by) return { code: 'second-person-needed', message: `${answer.by} has already approved it; another person must approve it too` };
  if (!samePeople(first.people, answer.people))
    return {
      code: 'second-person-needed',
      message: `${first.by} approved it for ${first.people?.join(', ') ?? 'everyone'}. Approve it for the same people, or freeze it and agree with them`,
    };
  if (!answer.byOwner && !first.byOwner) return { code: 'second-person-needed', message: `one of the two must be ${terms.owner} or a delegate` };
  return undefined;
}

/** Applies an event to the decisions. An answer must have passed `refusalOf`. */
export function evolve<P extends Proposal>(decisions: Decisions<P>, event: DecisionEvent<P>, terms: Terms): Decisions<P> {
  switch (event.type) {
    case 'proposed':
      return { ...decisions, open: event.proposal };
    case 'closed': {
      const approved = decisions.approved.filter(({ proposal }) => proposal !== event.proposal);
      return decisions.open?.id === event.proposal ? withoutOpen({ ...decisions, approved }) : { ...decisions, approved };
    }
    case 'answered':
      return answered(decisions, event.answer, terms);
  }
}

function answered<P extends Proposal>(decisions: Decisions<P>, answer: Answer, terms: Terms): Decisions<P> {
  const { freeze: _, ...rest } = decisions;
  const { open } = decisions;
  if (!open) return decisions;
  switch (answer.answer) {
    case 'decline':
    case 'finish':
      return withoutOpen(rest);
    case 'freeze':
    case 'afterBlackout': {
      // A question that is frozen without a date is closed: it would have granted nothing, and the watch continues.
      const untilMs = answer.answer === 'freeze' ? answer.untilMs : blackoutAt(terms.blackouts, terms.package, answer.atMs)?.untilMs;
      if (open.subject.kind === 'question' && untilMs === undefined) return withoutOpen(decisions);
      const freeze: Freeze = { proposal: open.id, by: answer.by, reason: answer.reason, ...(untilMs === undefined ? {} : { untilMs }) };
      return { ...rest, open: { ...open, approvals: [], frozen: freeze }, freeze };
    }
    case 'approve': {
      const { message, by, byOwner, atMs, people } = answer;
      const approvals = [...counting(open.approvals, terms, atMs), { message, by, byOwner, atMs, ...(people ? { people } : {}) }];
      const { frozen: __, ...going } = open;
      const now = { ...going, approvals } as P;
      if (!isComplete(now, approvals, terms)) return { ...rest, open: now };
      if (open.subject.kind === 'question') return withoutOpen(rest);
      if (open.subject.kind === 'rollback' && people === undefined) return { ...rest, open: now };
      return withoutOpen({ ...rest, approved: [...rest.approved, { proposal: open.id, subject: open.subject, approvals }] });
    }
  }
}

/** The decisions from signed answers, in the order of their acceptance. An answer that was not allowed at the time is ignored. */
export function decisionsFrom(answers: Answer[], terms: Terms): Decisions {
  let decisions: Decisions = noDecisions();
  const known = new Set<string>();
  for (const answer of answers) {
    const { proposal: id, subject } = answer;
    const key = sha256Hex({ id, subject });
    const isNew = !known.has(key);
    const asked = isNew ? evolve(decisions, { type: 'proposed', proposal: { id, subject, approvals: [] } }, terms) : decisions;
    if (refusalOf(asked, answer, terms)) continue;
    known.add(key);
    decisions = evolve(asked, { type: 'answered', answer }, terms);
  }
  return decisions;
}

/** The freeze in force at an instant: who froze it, and until when. */
export function freezeAt({ freeze }: Decisions, nowMs: number): Freeze | undefined {
  return freeze && (freeze.untilMs === undefined || nowMs < freeze.untilMs) ? freeze : undefined;
}

/** Its freeze has ended, so it must be proposed again. */
export const hasExpired = ({ frozen }: Proposal, nowMs: number): boolean => frozen?.untilMs !== undefined && frozen.untilMs <= nowMs;

/** The approvals that allow a rollback of everyone's access now. Undefined: not fully approved, or approved before the current blackout began. */
export function rollbackApprovals({ open }: Decisions, terms: Terms, nowMs: number): Approval[] | undefined {
  if (open?.subject.kind !== 'rollback' || open.frozen) return undefined;
  const approvals = counting(open.approvals, terms, nowMs);
  return isComplete(open, approvals, terms) && approvals.every(({ people }) => people === undefined) ? approvals : undefined;
}

/** The approvals of an open proposal that still count. */
export const approvalsOf = ({ approvals }: Proposal, terms: Terms, nowMs: number): Approval[] => counting(approvals, terms, nowMs);

/** How many people must approve a proposal. */
export const needed = ({ subject }: Pick<Proposal, 'subject'>, { rollbackApprovals }: Terms): number => (subject.kind === 'rollback' ? rollbackApprovals : 1);

/** Exactly what the message approved: this tune, or the rollback of these people. Undefined: nothing, or something else. */
export function approvedBy({ approved }: Decisions, message: string, what: Tune | { rollbackOf: string[] }): Approved | undefined {
  const found = approved.find(({ approvals }) => approvals.some((one) => one.message === message));
  if (!found) return undefined;
  const covers =
    'rollbackOf' in what
      ? found.subject.kind === 'rollback' && samePeople(found.approvals[0]?.people, what.rollbackOf)
      : found.subject.kind === 'tune' && sameTune(found.subject.tune, what);
  return covers ? found : undefined;
}

/** When it was decided: at its last approval. */
export const decidedAtMs = ({ approvals }: Pick<Approved, 'approvals'>): number => Math.max(...approvals.map(({ atMs }) => atMs));

/**
 * The blackout that keeps something from being done now. A blackout that began after the decision counts even once it has ended, because the person
 * who decided did not have it in mind. Where nobody decided (`undefined`), only a current blackout counts.
 */
export function blackoutInTheWay({ blackouts, package: id }: Terms, decidedMs: number | undefined, nowMs: number): BlackoutNow | undefined {
  return decidedMs === undefined ? blackoutAt(blackouts, id, nowMs) : blackoutBegunBetween(blackouts, id, decidedMs, nowMs);
}

const counting = (approvals: Approval[], terms: Terms, nowMs: number): Approval[] =>
  approvals.filter(({ atMs }) => blackoutInTheWay(terms, atMs, nowMs) === undefined);

const isComplete = (proposal: Pick<Proposal, 'subject'>, approvals: Approval[], terms: Terms): boolean =>
  new Set(approvals.map(({ by }) => by)).size >= needed(proposal, terms) && approvals.some(({ byOwner }) => byOwner);

function withoutOpen<P extends Proposal>(decisions: Decisions<P>): Decisions<P> {
  const { open: _, ...rest } = decisions;
  return rest;
}

const samePeople = (some: string[] | undefined, others: string[] | undefined): boolean =>
  JSON.stringify(some?.toSorted() ?? null) === JSON.stringify(others?.toSorted() ?? null);

/** 'a rollback', 'a question', 'narrow: ann'. */
export const subjectText = (subject: Subject): string => (subject.kind === 'tune' ? tuneText(subject.tune) : `a ${subject.kind}`);
