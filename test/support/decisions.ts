/**
 * Answers to proposals about the package 'clerks', whose owner is olga and whose owner's delegate is dora.
 *
 *   answer()                                    olga approves the rollback 'rollback-1', at 10
 *   answer({ by: 'ines', answer: 'freeze' })
 *   story(rollback, [answer(), …])              the decisions after the answers, and why some were refused
 */
import type { Blackout } from '../../domain/plan/schema.ts';
import type { Tune } from '../../domain/tune/tune.ts';
import { evolve, noDecisions, refusalOf, type Answer, type Decisions, type Subject, type Terms } from '../../domain/authority/proposals.ts';

export const blackout = (from: number, until: number): Blackout => ({ id: `from-${from}`, reason: 'close', from, until });
export const terms = (change: Partial<Terms> = {}): Terms => ({
  package: 'clerks',
  owner: 'olga',
  rollbackApprovals: 1,
  observed: false,
  blackouts: [],
  ...change,
});

export const rollback: Subject = { kind: 'rollback' };
export const question: Subject = { kind: 'question' };
export const tune = (change: Partial<Tune> = {}): Subject => ({ kind: 'tune', tune: { step: 'narrow', people: ['ann'], ...change } });

let number = 0;
/** By olga, the owner, unless it says otherwise. */
export const answer = (change: Partial<Answer> = {}): Answer => {
  const by = change.by ?? 'olga';
  const made = { message: `m-${(number += 1)}`, by, byOwner: by === 'olga' || by === 'dora', atMs: 10, proposal: 'rollback-1', subject: rollback };
  return { ...made, answer: 'approve', reason: 'because', ...change };
};

/** The state of one proposal after the answers, in order; an answer that is refused does not count. */
export function story(subject: Subject, answers: Answer[], given: Terms = terms(), id = answers[0]?.proposal ?? 'rollback-1') {
  let decisions: Decisions = evolve(noDecisions(), { type: 'proposed', proposal: { id, subject, approvals: [] } }, given);
  const refusals = answers.map((one) => {
    const refusal = refusalOf(decisions, one, given);
    if (!refusal) decisions = evolve(decisions, { type: 'answered', answer: one }, given);
    return refusal?.code;
  });
  return { decisions, refusals };
}
