/**
 * The answers to a proposal, named for what they do: the same word does the same at every proposal. Which of them are possible now, and who may give each,
 * so that nobody is asked for what is not theirs to give.
 */
import type { PackageSection } from '../plan/section.ts';
import type { ProposalView } from '../views/proposal.ts';
import { answerNames, type AnswerName, type OpenAnswer } from './open-answer.ts';
import { standingDelegates } from './separation.ts';
import { mayAct } from './who-may.ts';

/** As people give them. */
export const answerWords = ['approve', 'keep', 'finish', 'freeze', 'after-blackout', 'propose-rollback'] as const;
export type AnswerWord = (typeof answerWords)[number];

type Kind = ProposalView['kind'];

export function wordOf(kind: Kind, answer: AnswerName): AnswerWord {
  if (answer === 'approve') return kind === 'question' ? 'keep' : 'approve';
  if (answer === 'decline') return kind === 'question' ? 'propose-rollback' : 'keep';
  return answer === 'afterBlackout' ? 'after-blackout' : answer;
}

/** Undefined: this kind of proposal has no such answer. */
export const answerBy = (kind: Kind, word: AnswerWord): AnswerName | undefined => answerNames.find((answer) => wordOf(kind, answer) === word);

export interface AnswerFacts {
  section: PackageSection;
  operators: string[];
}

/** In the order in which people are offered them. `proposal`: what is open. */
export function answersTo(proposal: Pick<ProposalView, 'kind' | 'about' | 'blackout'>, { section, operators }: AnswerFacts, nowMs: number): OpenAnswer[] {
  const { kind, about, blackout } = proposal;
  const observed = section.change === 'observe';
  const possible: AnswerName[] = [
    // Of what is only observed Rolewave changes nothing: there is nothing to approve but a question, and nothing to roll back.
    ...(observed && kind !== 'question' ? [] : (['approve'] as const)),
    ...(about === 'grants' && !observed ? (['finish'] as const) : []),
    'freeze',
    ...(blackout ? (['afterBlackout'] as const) : []),
    ...(observed && kind === 'question' ? [] : (['decline'] as const)),
  ];
  const people = [...new Set([section.package.owner, ...standingDelegates(section, nowMs), ...operators])];
  const who = { section, operators, wave: undefined };
  return possible.map((answer) => ({ answer, by: people.filter((person) => mayAct(who, 'decide', person, nowMs, { answer, kind }) === undefined) }));
}

/** Those that this person may give. */
export const openTo = (answers: OpenAnswer[], person: string): AnswerName[] => answers.filter(({ by }) => by.includes(person)).map(({ answer }) => answer);
