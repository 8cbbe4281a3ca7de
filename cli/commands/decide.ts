/** `rolewave decide`: shows the open proposal of a package, and answers it. */
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
import type { PackageInFull } from '../../domain/views/package-in-full.ts';
import { checkedDate, idOption, listOf, packageArgument } from '../options.ts';
import { printable, sentence } from '../printable.ts';
import { answerCommands, frozenText, proposalLines, subjectText } from '../proposal.ts';
import { previewSummary } from '../rollback-preview.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { parsePackageTarget, targetPath, targetText } from '../target.ts';
import type { PackageTarget } from '../target.ts';

/** Each answer as the endpoint takes it, and how it is said. */
const answers = {
  approve: { option: 'now', done: 'approved' },
  freeze: { option: 'freeze', done: 'frozen' },
  decline: { option: 'decline', done: 'declined' },
  afterBlackout: { option: 'afterBlackout', done: 'put off until after the blackout' },
} as const;
type Answer = keyof typeof answers;
/** Words that may stand in place of the options. */
const words: Record<string, Answer> = {
  approve: 'approve',
  decline: 'decline',
  now: 'approve',
  freeze: 'freeze',
  'after-blackout': 'afterBlackout',
};

interface DecideOptions {
  now?: boolean;
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
    .summary('show the open proposal of a package, and answer it')
    .description(
      'Shows the open proposal of a package (a tune, a rollback, or a question) with what it waits for and what it would do, and answers it: now, freeze, after the blackout, or decline. Without an answer it only shows.',
    )
    .addArgument(packageArgument())
    .addArgument(new Argument('[answer]', 'the answer as a word; approve is the same as --now').choices(Object.keys(words)))
    .option('--now', 'approve it; at high risk a second person is needed')
    .option('--freeze', 'keep the access and grant nothing more, until a date or until somebody decides')
    .option('--after-blackout', 'propose it again when the blackout is over')
    .option('--decline', 'do not do it')
    .option('--until <date>', 'freeze: until then, and it is proposed again (plan time)')
    .option('--only <people>', 'now, of a rollback: only these people, with commas between')
    .option('-r, --reason <text>', 'why; it is on record')
    .option('--proposal <id>', 'answer this proposal and no other, without showing it; the one that is open where it is left out')
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
  if (word !== undefined && words[word] !== undefined) answersGiven.add(words[word]);
  const [answer, another] = answersGiven;
  if (another !== undefined) throw badInput('Give one answer: --now, --freeze, --after-blackout or --decline.');
  if (answer === undefined && [options.reason, options.until, options.only, options.proposal].some((option) => option !== undefined))
    throw badInput('Nothing was decided: add the answer, --now, --freeze, --after-blackout or --decline.');
  return answer;
}

function fieldsOf(answer: Answer, { reason, until, only }: DecideOptions): Record<string, unknown> {
  if (!reason) throw badInput('A decision needs its reason: add --reason.');
  if (until !== undefined && answer !== 'freeze') throw badInput('--until says how long a freeze lasts: it goes with --freeze only.');
  const people = listOf(only);
  if (people && answer !== 'approve') throw badInput('--only names for whom a rollback runs now: it goes with --now only.');
  return { reason, ...(until === undefined ? {} : { until: checkedDate('--until', until) }), ...(people ? { people } : {}) };
}

/** What is proposed, what it would do, and the commands that answer it. */
async function show(context: Context, target: PackageTarget): Promise<void> {
  const view = await withProposal(context, target);
  const { proposal } = view;
  const preview = proposal.kind === 'rollback' ? await previewOf(context, target) : undefined;
  const commands = answerCommands(proposal, target, toPlan(Date.now(), view.clock));
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

/** The open proposal, said before it is answered; to programs nothing but the answer is said. */
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
      context.io.out('  It needs two people, one of them the owner or a delegate: another person approves it after this.');
  }
  return proposal;
}

/** The proposal of this id, which has to be the open one: an answer is sent with what it answers. */
async function named(context: Context, target: PackageTarget, id: string): Promise<ProposalView> {
  const { proposal } = await withProposal(context, target);
  if (proposal.id === id) return proposal;
  throw new CommandFailure(
    exitCodes.refused,
    `${printable(id)} is not open for ${targetText(target)}: ${printable(proposal.id)} is. Nothing was sent; read it with 'rolewave decide ${targetText(target)}'.`,
    { code: 'unknown-proposal' },
  );
}

async function withProposal({ client }: Context, target: PackageTarget): Promise<PackageView & { proposal: ProposalView }> {
  const { running } = await client.get<PackageInFull>(targetPath(target));
  if (!running?.proposal)
    throw new CommandFailure(
      exitCodes.refused,
      `${targetText(target)} has no open proposal, so there is nothing to decide; 'rolewave show ${targetText(target)}' says how it stands.`,
      { code: 'unknown-proposal' },
    );
  return { ...running, proposal: running.proposal };
}

/** A preview that cannot be had keeps nobody from deciding. */
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
