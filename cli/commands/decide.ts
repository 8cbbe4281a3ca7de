/** `rolewave decide`: shows the open proposal of a package, and answers it. */
import { answerBy, answerWords, wordOf, type AnswerWord } from '../../domain/authority/answers.ts';
import type { AnswerName } from '../../domain/authority/open-answer.ts';
import { Argument } from 'commander';
import type { Command } from 'commander';
import { shownOf } from '../../domain/authority/proposals.ts';
import { clearerText } from '../../domain/views/dependency.ts';
import { toPlan } from '../../domain/time/plan-clock.ts';
import type { PackageView } from '../../domain/views/package.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { refusePlaceholders, sendMessage } from '../message.ts';
import { checkedDate, idOption, listOf, packageArgument } from '../options.ts';
import { printable, sentence } from '../printable.ts';
import { acceptCommands, answerCommands, answersOfOthers, frozenText, mayApprove, proposalLines, subjectText } from '../proposal.ts';
import { previewSummary } from '../rollback-preview.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { readToAct } from '../read.ts';
import { parsePackageTarget, targetPath, targetText } from '../target.ts';
import type { PackageTarget } from '../target.ts';

/** Once it is given. */
const done: Record<AnswerWord, string> = {
  approve: 'approved',
  keep: 'access stays as it is, in answer to',
  finish: 'granting is finished, in answer to',
  freeze: 'frozen',
  'after-blackout': 'deferred until after the blackout',
  'propose-rollback': 'a rollback is proposed, in answer to',
};

interface DecideOptions {
  until?: string;
  only?: string;
  reason?: string;
  proposal?: string;
  id?: string;
}

export function addDecide(program: Command, io: Io): void {
  program
    .command('decide')
    .description(
      'Shows the open proposal of a package (a tune, a rollback, or a question), what it waits for, what it would do, and the answers that are open to you. With an answer, it answers the proposal.',
    )
    .addArgument(packageArgument())
    .addArgument(
      new Argument(
        '[answer]',
        'approve: run what is proposed; keep: run nothing, access stays as it is and the watch continues; finish: grant what is still missing of what was signed; freeze: keep the access and grant nothing more, until a date or until someone decides; after-blackout: propose it again then; propose-rollback: at a question, propose a rollback, which is decided on its own',
      ).choices(answerWords),
    )
    .option('-r, --reason <text>', 'the reason; it is recorded (required with an answer)')
    .option('--until <date>', 'with freeze: when to propose it again (plan time)')
    .option('--only <people>', 'with approve, for a rollback: only these people, separated by commas')
    .option('--proposal <id>', 'answer only this proposal (default: the open one)')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster approve --reason "Agreed with the site leads"\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster freeze --until 2026-05-04 --reason "Stock-taking ends on Sunday"\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster approve --only mia.stein --reason "The others need it tonight"',
    )
    .action(async (text: string, word: AnswerWord | undefined, options: DecideOptions, command: Command) => {
      const target = parsePackageTarget(text);
      const context = contextOf(io, command);
      if (word === undefined) {
        if ([options.reason, options.until, options.only, options.proposal].some((option) => option !== undefined))
          command.error(`Nothing was decided. Add an answer: ${answerWords.join(', ')}.`);
        return show(context, target);
      }
      const more = fieldsOf(word, options, command);
      refusePlaceholders(more);
      const { proposal } = await withProposal(context, target);
      if (options.proposal !== undefined && proposal.id !== options.proposal) throw anotherIsOpen(target, proposal, options.proposal);
      const answer = answerIn(proposal, word, target);
      if (options.proposal === undefined) await tell(context, target, proposal, word);
      await sendMessage(context, {
        target,
        segment: 'decisions',
        body: { ...shownOf(proposal), answer, ...more },
        id: options.id,
        done: `${done[word]} ${printable(proposal.id)} of ${targetText(target)}`,
      });
    });
}

function fieldsOf(word: AnswerWord, { reason, until, only }: DecideOptions, command: Command): Record<string, unknown> {
  if (!reason) return command.error('A decision needs a reason: add --reason.');
  if (until !== undefined && word !== 'freeze') throw badInput('--until sets how long a freeze lasts. Use it only with freeze.');
  const people = listOf(only);
  if (people && word !== 'approve') throw badInput('--only limits a rollback to some people. Use it only with approve.');
  return { reason, ...(until === undefined ? {} : { until: checkedDate('--until', until) }), ...(people ? { people } : {}) };
}

/** Throws where this proposal has no such answer, which is known before anything is sent. */
function answerIn(proposal: ProposalView, word: AnswerWord, target: PackageTarget): AnswerName {
  const { kind, answers } = proposal;
  const answer = answerBy(kind, word);
  const possible = (answers ?? []).map((each) => wordOf(kind, each.answer));
  if (answer !== undefined && (answers === undefined || answers.some((each) => each.answer === answer))) return answer;
  const why =
    kind === 'question' && word === 'approve'
      ? ': it asks, and proposes nothing that could run'
      : word === 'approve'
        ? ': the package is only observed, and Rolewave changes nothing of it'
        : word === 'propose-rollback'
          ? ': that answers a question'
          : '';
  throw badInput(
    `${printable(proposal.id)} of ${targetText(target)} is ${kind === 'question' ? 'a question' : `a proposed ${kind}`} and cannot be answered with ${word}${why}. Answer it with ${possible.join(', ')}. Nothing was sent.`,
    { code: 'no-such-answer', answers: possible },
  );
}

/** What is proposed, what it would do, and the commands that answer it. */
async function show(context: Context, target: PackageTarget): Promise<void> {
  const view = await withProposal(context, target);
  const { proposal } = view;
  const preview = proposal.kind === 'rollback' ? await previewOf(context, target) : undefined;
  const { person } = context.client;
  const accepting = person === undefined || mayApprove(proposal, person) ? acceptCommands(view.contents, target) : [];
  const commands = [...accepting, ...answerCommands(proposal, target, toPlan(Date.now(), view.clock), person)];
  const others = answersOfOthers(proposal, person);
  context.answer(
    { target: targetText(target), proposal, ...(preview && !('why' in preview) ? { preview } : {}), commands: commands.map(([text]) => text) },
    [
      `${printable(view.name)} (${targetText(target)}), ${view.risk} risk, owned by ${printable(view.owner)}`,
      ...proposalLines(proposal).map((line) => `  ${printable(line)}`),
      ...summaryOf(preview, target).map((line) => `  ${line}`),
      ...(commands.length > 0 ? ['Answer with one of:'] : ['You can read it but not answer it.']),
      // Each command on a line of its own, so that it can be copied from a narrow terminal.
      ...commands.flatMap(([text, meaning]) => [`  ${meaning}:`, `    ${text}`]),
      ...others.map((line) => printable(line)),
    ].join('\n'),
  );
}

/** Prints the open proposal before it is answered. Programs get only the answer. */
async function tell(context: Context, target: PackageTarget, proposal: ProposalView, word: AnswerWord): Promise<void> {
  if (context.json) return;
  const { kind, why, dependencies = [], approvals, approvedBy = [] } = proposal;
  const held = frozenText(proposal);
  context.io.out(`Proposed: ${subjectText(proposal)}: ${printable(why)}${held === undefined ? '' : `; ${held}`}`);
  for (const { line, clear, clearedBy } of dependencies)
    if (!clear) context.io.out(`  waits for: ${printable(line)}${clearedBy === undefined ? '' : `; cleared by ${printable(clearerText(clearedBy))}`}`);
  if (kind === 'rollback' && word === 'approve') {
    for (const line of summaryOf(await previewOf(context, target), target)) context.io.out(`  ${line}`);
    if (approvals === 2 && approvedBy.length === 0)
      context.io.out('  It needs two approvals, one of them by the owner or a delegate. After yours, another person must approve it.');
  }
}

const anotherIsOpen = (target: PackageTarget, proposal: ProposalView, id: string) =>
  new CommandFailure(
    exitCodes.refused,
    `The open proposal of ${targetText(target)} is ${printable(proposal.id)}, not ${printable(id)}. Nothing was sent. To see it, run 'rolewave decide ${targetText(target)}'.`,
    { code: 'unknown-proposal' },
  );

async function withProposal({ client }: Context, target: PackageTarget): Promise<PackageView & { proposal: ProposalView }> {
  const { running } = await readToAct(client, target);
  if (!running?.proposal)
    throw new CommandFailure(
      exitCodes.refused,
      `${targetText(target)} has no open proposal, so there is nothing to decide. To see its state, run 'rolewave show ${targetText(target)}'.`,
      { code: 'unknown-proposal' },
    );
  return { ...running, proposal: running.proposal };
}

/** People can decide even when the preview is unavailable. */
async function previewOf({ client }: Context, target: PackageTarget): Promise<RollbackPreviewView | { why: string }> {
  try {
    return await client.get<RollbackPreviewView>(`${targetPath(target)}/rollback-preview`);
  } catch (error) {
    if (error instanceof CommandFailure) return { why: error.message };
    throw error;
  }
}

function summaryOf(preview: RollbackPreviewView | { why: string } | undefined, target: PackageTarget): string[] {
  if (preview === undefined) return [];
  return 'why' in preview ? [`What it would do cannot be shown: ${sentence(printable(preview.why))}`] : previewSummary(preview, target);
}
