/** `rolewave decide`: shows the open proposal of a package, and answers it. */
import { entryOf } from '../../domain/entry-of.ts';
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
import { acceptCommands, answerCommands, frozenText, proposalLines, subjectText } from '../proposal.ts';
import { previewSummary } from '../rollback-preview.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { readToAct } from '../read.ts';
import { parsePackageTarget, targetPath, targetText } from '../target.ts';
import type { PackageTarget } from '../target.ts';

/** Each answer as the endpoint takes it, and the word for it once it is given. */
const answers = {
  approve: { option: 'now', done: 'approved' },
  finish: { option: 'finish', done: 'granting is finished in answer to' },
  freeze: { option: 'freeze', done: 'frozen' },
  decline: { option: 'decline', done: 'declined' },
  afterBlackout: { option: 'afterBlackout', done: 'deferred until after the blackout' },
} as const;
type Answer = keyof typeof answers;
/** Words that may be used instead of the options. */
const words: Record<string, Answer> = {
  approve: 'approve',
  decline: 'decline',
  now: 'approve',
  finish: 'finish',
  freeze: 'freeze',
  'after-blackout': 'afterBlackout',
};

interface DecideOptions {
  now?: boolean;
  finish?: boolean;
  freeze?: boolean;
  decline?: boolean;
  afterBlackout?: boolean;
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
      'Shows the open proposal of a package (a tune, a rollback, or a question), what it waits for and what it would do. With an answer it also answers the proposal: approve now, finish granting, freeze, defer until after the blackout, or decline.',
    )
    .addArgument(packageArgument())
    .addArgument(new Argument('[answer]', 'the answer as a word; approve means the same as --now').choices(Object.keys(words)))
    .option('--now', 'approve it; a high-risk package needs a second approval')
    .option('--finish', 'a question about grants: grant what is still missing of what was signed')
    .option('--freeze', 'keep the access and grant nothing more, until a date or until someone decides')
    .option('--after-blackout', 'propose it again after the blackout')
    .option('--decline', 'do not run it')
    .option('--until <date>', 'with --freeze: when to propose it again (plan time)')
    .option('--only <people>', 'with --now, for a rollback: only these people, separated by commas')
    .option('-r, --reason <text>', 'the reason; it is recorded')
    .option('--proposal <id>', 'answer only this proposal (default: the open one)')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster --now --reason "Agreed with the site leads"\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster --freeze --until 2026-05-04 --reason "Stock-taking ends on Sunday"\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster --now --only mia.stein --reason "The others need it tonight"',
    )
    .action(async (text: string, word: string | undefined, options: DecideOptions, command: Command) => {
      const target = parsePackageTarget(text);
      const answer = answerOf(word, options);
      const context = contextOf(io, command);
      if (answer === undefined) return show(context, target);
      const more = fieldsOf(answer, options);
      refusePlaceholders(more);
      const proposal = options.proposal === undefined ? await shown(context, target, answer) : await named(context, target, options.proposal);
      await sendMessage(context, {
        target,
        segment: 'decisions',
        body: { ...shownOf(proposal), answer, ...more },
        id: options.id,
        done: `${answers[answer].done} ${printable(proposal.id)} of ${targetText(target)}`,
      });
    });
}

/** Undefined where no answer is given; more than one is a mistake. */
function answerOf(word: string | undefined, options: DecideOptions): Answer | undefined {
  const answersGiven = new Set((Object.keys(answers) as Answer[]).filter((answer) => options[answers[answer].option]));
  const spoken = entryOf(words, word ?? '');
  if (spoken !== undefined) answersGiven.add(spoken);
  const [answer, another] = answersGiven;
  if (another !== undefined) throw badInput('Give one answer: --now, --finish, --freeze, --after-blackout or --decline.');
  if (answer === undefined && [options.reason, options.until, options.only, options.proposal].some((option) => option !== undefined))
    throw badInput('Nothing was decided. Add an answer: --now, --finish, --freeze, --after-blackout or --decline.');
  return answer;
}

function fieldsOf(answer: Answer, { reason, until, only }: DecideOptions): Record<string, unknown> {
  if (!reason) throw badInput('A decision needs a reason: add --reason.');
  if (until !== undefined && answer !== 'freeze') throw badInput('--until sets how long a freeze lasts. Use it only with --freeze.');
  const people = listOf(only);
  if (people && answer !== 'approve') throw badInput('--only limits a rollback to some people. Use it only with --now.');
  return { reason, ...(until === undefined ? {} : { until: checkedDate('--until', until) }), ...(people ? { people } : {}) };
}

/** What is proposed, what it would do, and the commands that answer it. */
async function show(context: Context, target: PackageTarget): Promise<void> {
  const view = await withProposal(context, target);
  const { proposal } = view;
  const preview = proposal.kind === 'rollback' ? await previewOf(context, target) : undefined;
  const commands = [...acceptCommands(view.contents, target), ...answerCommands(proposal, target, toPlan(Date.now(), view.clock))];
  context.answer(
    { target: targetText(target), proposal, ...(preview && !('why' in preview) ? { preview } : {}), commands: commands.map(([text]) => text) },
    [
      `${printable(view.name)} (${targetText(target)}), ${view.risk} risk, owned by ${printable(view.owner)}`,
      ...proposalLines(proposal).map((line) => `  ${printable(line)}`),
      ...summaryOf(preview, target).map((line) => `  ${line}`),
      'Answer with one of:',
      // Each command on a line of its own, so that it can be copied from a narrow terminal.
      ...commands.flatMap(([text, meaning]) => [`  ${meaning}:`, `    ${text}`]),
    ].join('\n'),
  );
}

/** Prints the open proposal before it is answered. With --json it prints only the answer. */
async function shown(context: Context, target: PackageTarget, answer: Answer): Promise<ProposalView> {
  const { proposal } = await withProposal(context, target);
  if (context.json) return proposal;
  const { kind, why, dependencies = [], approvals, approvedBy = [] } = proposal;
  const held = frozenText(proposal);
  context.io.out(`Proposed: ${subjectText(proposal)}: ${printable(why)}${held === undefined ? '' : `; ${held}`}`);
  for (const { line, clear, clearedBy } of dependencies)
    if (!clear) context.io.out(`  waits for: ${printable(line)}${clearedBy === undefined ? '' : `; cleared by ${printable(clearerText(clearedBy))}`}`);
  if (kind === 'rollback' && answer === 'approve') {
    for (const line of summaryOf(await previewOf(context, target), target)) context.io.out(`  ${line}`);
    if (approvals === 2 && approvedBy.length === 0)
      context.io.out('  It needs two approvals, one of them by the owner or a delegate. After yours, another person must approve it.');
  }
  return proposal;
}

/** The proposal with this id, which must be the open one: an answer is sent together with what it answers. */
async function named(context: Context, target: PackageTarget, id: string): Promise<ProposalView> {
  const { proposal } = await withProposal(context, target);
  if (proposal.id === id) return proposal;
  throw new CommandFailure(
    exitCodes.refused,
    `The open proposal of ${targetText(target)} is ${printable(proposal.id)}, not ${printable(id)}. Nothing was sent. To see it, run 'rolewave decide ${targetText(target)}'.`,
    { code: 'unknown-proposal' },
  );
}

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
