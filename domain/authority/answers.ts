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

/** What it does, as everyone who is asked reads it. `blackout`: the id of one that defers the proposal. */
export function answerMeaning({ kind, blackout }: { kind: Kind; blackout?: string }, word: AnswerWord): string {
  switch (word) {
    case 'approve':
      if (blackout !== undefined) return 'run it now, despite the blackout';
      return kind === 'rollback' ? 'roll back as soon as the dependency check is clear' : 'run it now';
    case 'keep':
      return 'run nothing: access stays as it is, and the watch continues';
    case 'finish':
      return 'grant what is still missing of what was signed';
    case 'freeze':
      return 'keep the access and grant nothing more, until a date or (without --until) until someone decides';
    case 'after-blackout':
      return blackout === undefined ? 'propose it again after the blackout' : `propose it again after ${blackout}`;
    case 'propose-rollback':
      return 'propose a rollback, which is decided on its own';
  }
}

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
