/** `rolewave decide`: the answer to an open proposal. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import type { PackageView } from '../../domain/views.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { sendMessage } from '../message.ts';
import type { PackageInFull } from '../message.ts';
import { idOption, packageArgument, reasonOption } from '../options.ts';
import { printable } from '../printable.ts';
import { parsePackageTarget, targetPath, targetText } from '../target.ts';
import type { PackageTarget } from '../target.ts';

const words = { approve: 'approved', hold: 'held', decline: 'declined' } as const;

export function addDecide(program: Command, io: Io): void {
  program
    .command('decide')
    .summary('approve, hold or decline the open proposal of a package')
    .description('Answers the open proposal of a package: a tune, a rollback, or a question.')
    .addArgument(packageArgument())
    .addArgument(new Argument('<answer>', 'the answer').choices(Object.keys(words)))
    .addOption(reasonOption())
    .option('--proposal <id>', 'answer this proposal and no other; the one that is open where it is left out')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster approve --reason "Agreed with the site leads"\n  rolewave decide role-packages/wave-3/warehouse-inventory-poster hold --reason "Stock-taking ends on Sunday"',
    )
    .action(async (text: string, answer: keyof typeof words, options: { reason: string; proposal?: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      const context = contextOf(io, command);
      const proposal = options.proposal ?? (await openProposal(context, target)).id;
      await sendMessage(context, {
        target,
        segment: 'decisions',
        body: { proposal, answer, reason: options.reason },
        id: options.id,
        done: `${words[answer]} ${printable(proposal)} of ${targetText(target)}`,
      });
    });
}

async function openProposal(context: Context, target: PackageTarget): Promise<NonNullable<PackageView['proposal']>> {
  const { running } = await context.client.get<PackageInFull>(targetPath(target));
  if (!running?.proposal)
    throw new CommandFailure(
      exitCodes.refused,
      `${targetText(target)} has no open proposal, so there is nothing to decide; 'rolewave show ${targetText(target)}' says how it stands.`,
      { code: 'unknown-proposal' },
    );
  if (!context.json)
    context.io.out(`Proposed: ${running.proposal.kind}${running.proposal.step ? ` (${running.proposal.step})` : ''}: ${printable(running.proposal.why)}`);
  return running.proposal;
}
