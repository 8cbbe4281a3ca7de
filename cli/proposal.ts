/** An open proposal as text: what is proposed, what it waits for, and how to answer it. */
import { answerMeaning, openTo, wordOf } from '../domain/authority/answers.ts';
import { clearerText } from '../domain/views/dependency.ts';
import { instantText } from '../domain/time/instant.ts';
import { tuneText } from '../domain/tune/tune-text.ts';
import type { ChangedContent } from '../domain/views/package.ts';
import type { ProposalView } from '../domain/views/proposal.ts';
import type { RequestView } from '../domain/views/request.ts';
import { actionCommand, answerCommand } from './action-command.ts';
import { quoted } from './shell-word.ts';
import { printable, sentence } from './printable.ts';
import { targetText } from './target.ts';
import type { PackageTarget } from './target.ts';

/** `rollback`, `tune (narrow: ann, ben)`, `question`. */
export const subjectText = ({ kind, tune }: ProposalView): string => (tune ? `${kind} (${printable(tuneText(tune))})` : kind);
/** `rollback proposed`, `tune (narrow: ann, ben) proposed`, `question`. */
export const proposedText = (proposal: ProposalView): string => (proposal.kind === 'question' ? 'question' : `${subjectText(proposal)} proposed`);

/** Why it does not run yet, apart from its dependency check. Undefined where it only waits for an answer. */
export function frozenText(proposal: ProposalView): string | undefined {
  const { frozen, untilMs, blackout, approvedBy = [] } = proposal;
  if (frozen) return untilMs === undefined ? 'frozen until someone decides' : `frozen until ${instantText(untilMs)}`;
  if (approvedBy.length > 0) {
    const by = `approved by ${approvedBy.map(printable).join(' and ')}`;
    return needsAnswer(proposal) ? `${by}, a second approval is needed` : by;
  }
  if (blackout) return `deferred by blackout ${printable(blackout.id)} until ${instantText(blackout.untilMs)}`;
  return undefined;
}

/** Whether someone still has to answer. An approved proposal may wait only for its dependency check. */
export const needsAnswer = ({ approvedBy = [], approvals }: ProposalView): boolean => approvedBy.length < (approvals ?? 1);

/** One line of the dependency check, with who clears it if it is open. */
export const dependencyText = ({ line, clear, clearedBy }: NonNullable<ProposalView['dependencies']>[number]): string =>
  `${clear ? 'clear' : 'OPEN'}: ${line}${clear || clearedBy === undefined ? '' : `; cleared by ${clearerText(clearedBy)}`}`;

/** Everything known about the proposal, one fact a line. */
export function proposalLines(proposal: ProposalView): string[] {
  const { id, why, proposedAtMs, dependencies = [], approvals, approvedBy = [] } = proposal;
  const held = frozenText(proposal);
  return [
    `${id}: ${proposedText(proposal)} on ${instantText(proposedAtMs)}: ${why}`,
    ...(held === undefined ? [] : [held]),
    ...(approvals === 2 && approvedBy.length === 0 ? ['two people must approve it, one of them the owner or a delegate'] : []),
    ...dependencies.map(dependencyText),
  ];
}

/** The commands that answer it, ready to copy: those that are open to this person; all where they are not known. `nowMs`: plan time, used to suggest a future date. */
export function answerCommands(proposal: ProposalView, target: PackageTarget, nowMs: number, person?: string): [command: string, meaning: string][] {
  const { kind, answers = [] } = proposal;
  const open = person === undefined ? answers.map(({ answer }) => answer) : openTo(answers, person);
  // What is frozen until a date is not to be frozen for less.
  const from = Math.max(nowMs, proposal.frozen ? (proposal.untilMs ?? 0) : 0);
  const tomorrow = new Date(Math.floor(from / dayMs) * dayMs + dayMs).toISOString().slice(0, 10);
  return open.flatMap((answer): [string, string][] => {
    const word = wordOf(kind, answer);
    const command = (fields = '') => answerCommand(target, `${word}${fields}`);
    const meaning = answerMeaning({ kind, ...(proposal.blackout ? { blackout: printable(proposal.blackout.id) } : {}) }, word);
    if (word === 'freeze') return [[command(` --until ${tomorrow}`), meaning]];
    return [
      [command(), meaning],
      ...(word === 'approve' && kind === 'rollback' ? [[command(' --only PERSON,PERSON'), 'only for these people'] satisfies [string, string]] : []),
    ];
  });
}

const dayMs = 86_400_000;

/** Who may give the answers that are not open to this person: `Only olga may answer with approve.` */
export function answersOfOthers({ kind, answers = [] }: ProposalView, person: string | undefined): string[] {
  if (person === undefined) return [];
  const others = answers.filter(({ by }) => !by.includes(person));
  return [...Map.groupBy(others, ({ by }) => by.join(' or ') || 'nobody')].map(
    ([who, same]) => `Only ${who} may answer with ${same.map(({ answer }) => wordOf(kind, answer)).join(' or ')}.`,
  );
}

/** Whether this person may accept what is there, as its owner or a delegate. */
export const mayApprove = ({ answers = [] }: ProposalView, person: string): boolean => openTo(answers, person).includes('approve');

/** The commands with which the owner accepts what roles may do now. */
export function acceptCommands(contents: ChangedContent[] = [], target: PackageTarget): [command: string, meaning: string][] {
  return contents.map(({ system, role }) => {
    const which = contents.length === 1 ? '' : ` --role ${quoted(printable(role))} --system ${quoted(printable(system))}`;
    return [`rolewave accept-content ${targetText(target)}${which} --reason "…"`, `accept what ${printable(role)} in ${printable(system)} may do now`];
  });
}

/** Who is asked for what, since when and by when. The command that answers is on a line of its own, ready to copy. `reader`: the person who runs this command. */
export const requestLines = (request: RequestView, reader?: string): string[] => [
  `${request.to.join(', ')}: ${sentence(request.text)} Asked on ${instantText(request.sinceMs)}${request.byMs === undefined ? '' : `, needed by ${instantText(request.byMs)}`}.`,
  ...answeredWith(request, reader),
];

/** The command for those who may answer; for others, who may. */
export function answeredWith(
  { action, to, mayAnswer, moreMayAnswer }: Pick<RequestView, 'action' | 'mayAnswer' | 'moreMayAnswer'> & { to?: string[] },
  reader: string | undefined,
): string[] {
  const command = actionCommand(action);
  if (mayAnswer === undefined || reader === undefined) return [`→ ${command}`];
  if (mayAnswer.length === 0) return ['→ Nobody in the plan may answer it: the plan must name somebody who may.'];
  if (!mayAnswer.includes(reader)) return [`→ Only ${someOf(mayAnswer, moreMayAnswer === true)} can answer it.`];
  return to === undefined || to.includes(reader) ? [`→ ${command}`] : ['→ You may answer it, too:', command];
}

/** `a`, `a, b or c`, `a, b or 2 others`. `more`: there are more than these. */
export function someOf(people: readonly string[], more = false): string {
  const others = more ? 'many others' : `${people.length - 2} others`;
  const shown = people.length > 3 || more ? [...people.slice(0, 2), others] : people;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

/** What a wave does with a package that is not a first release. */
export const changeText = {
  revise: 'changes a released package: grants what is new, revokes what it drops',
  retire: 'retires a package: revokes everything that its releases granted',
  observe: 'only observes access that is already live: it evaluates and proposes, and changes nothing',
} as const;
