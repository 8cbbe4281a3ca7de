/** An open proposal in words: what is proposed, what it waits for, and how it is answered. */
import { clearerText } from '../domain/views/dependency.ts';
import { instantText } from '../domain/time/instant.ts';
import { tuneText } from '../domain/tune/tune.ts';
import type { ProposalView } from '../domain/views/proposal.ts';
import type { RequestView } from '../domain/views/request.ts';
import { actionCommand } from './action-command.ts';
import { printable, sentence } from './printable.ts';
import { targetText } from './target.ts';
import type { PackageTarget } from './target.ts';

/** `rollback`, `tune (narrow: ann, ben)`, `question`. */
export const subjectText = ({ kind, tune }: ProposalView): string => (tune ? `${kind} (${printable(tuneText(tune))})` : kind);
/** `rollback proposed`, `tune (narrow: ann, ben) proposed`, `question`. */
export const proposedText = (proposal: ProposalView): string => (proposal.kind === 'question' ? 'question' : `${subjectText(proposal)} proposed`);

/** Why it does not happen yet, apart from its dependency check: one phrase, or nothing where it only waits for its answer. */
export function frozenText(proposal: ProposalView): string | undefined {
  const { frozen, untilMs, blackout, approvedBy = [] } = proposal;
  if (frozen) return untilMs === undefined ? 'frozen until somebody decides' : `frozen until ${instantText(untilMs)}`;
  if (approvedBy.length > 0) {
    const by = `approved by ${approvedBy.map(printable).join(' and ')}`;
    return needsAnswer(proposal) ? `${by}, a second person is needed` : by;
  }
  if (blackout) return `deferred by blackout ${printable(blackout.id)} until ${instantText(blackout.untilMs)}`;
  return undefined;
}

/** Whether somebody still has to say something; a proposal that is approved may wait for its dependency check alone. */
export const needsAnswer = ({ approvedBy = [], approvals }: ProposalView): boolean => approvedBy.length < (approvals ?? 1);

/** The dependency check, line by line, with who clears what is open. */
export const dependencyText = ({ line, clear, clearedBy }: NonNullable<ProposalView['dependencies']>[number]): string =>
  `${clear ? 'clear' : 'OPEN'}: ${line}${clear || clearedBy === undefined ? '' : `; cleared by ${clearerText(clearedBy)}`}`;

/** Everything that is known of it, one line each. */
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

/** The commands that answer it, ready to copy; `nowMs` in plan time, for a date that lies ahead. */
export function answerCommands(proposal: ProposalView, target: PackageTarget, nowMs: number): [command: string, meaning: string][] {
  const command = (answer: string) => `rolewave decide ${targetText(target)} ${answer} --reason "…"`;
  const tomorrow = new Date(Math.floor(nowMs / 86_400_000) * 86_400_000 + 86_400_000).toISOString().slice(0, 10);
  if (proposal.kind === 'question')
    return [
      [command('--now'), 'go on as it is'],
      [command('--decline'), 'propose a rollback'],
      [command(`--freeze --until ${tomorrow}`), 'ask again then'],
    ];
  const only: [string, string][] = proposal.kind === 'rollback' ? [[command('--now --only PERSON,PERSON'), 'only for these people']] : [];
  const after: [string, string][] = proposal.blackout ? [[command('--after-blackout'), `propose it again after ${printable(proposal.blackout.id)}`]] : [];
  return [
    [
      command('--now'),
      proposal.blackout ? 'now, in spite of the blackout' : proposal.kind === 'rollback' ? 'roll back as soon as the dependency check is clear' : 'do it now',
    ],
    ...only,
    [command(`--freeze --until ${tomorrow}`), 'keep the access and grant nothing more, until a date or, without --until, until somebody decides'],
    ...after,
    [command('--decline'), 'do not do it: the access is kept, the watch goes on'],
  ];
}

/** Who is asked for what, since when and until when; and below it how they answer, on a line of its own, to be copied. */
export const requestLines = ({ to, text, byMs, sinceMs, action }: RequestView): string[] => [
  `${to.join(', ')}: ${sentence(text)} Asked on ${instantText(sinceMs)}${byMs === undefined ? '' : `, needed by ${instantText(byMs)}`}.`,
  `→ ${actionCommand(action)}`,
];

/** What a wave does with a package that it does not release for the first time. */
export const changeText = {
  revise: 'changes a package that is released: grants what is new in it, revokes what it drops',
  retire: 'takes a package out of service: everything that its releases granted is revoked',
  observe: 'only observes what is already live: it evaluates and proposes, and changes nothing',
} as const;
