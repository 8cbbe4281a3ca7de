/** `rolewave rollback`: proposes a rollback, or shows what one would do. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { CommandFailure } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { checkedDuration, idOption, packageArgument } from '../options.ts';
import { previewWords } from '../rollback-preview.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { readPackage } from '../read.ts';
import { parsePackageTarget, targetPath, targetText, type PackageTarget } from '../target.ts';

export function addRollback(program: Command, io: Io): void {
  program
    .command('rollback')
    .description(
      'Proposes a rollback. It runs once it is approved and its dependency check is clear. With --preview nothing is proposed: the command reads the systems and shows who would lose what and who used it recently, what would be restored, what would stay and why, and what the rollback would wait for.',
    )
    .addArgument(packageArgument())
    .option('--preview', 'only show what it would do')
    .option('--since <duration>', 'with --preview: show who used it within this time, at most 24h (default: 1h)')
    .option('-r, --reason <text>', 'the reason; it is recorded (required, except with --preview)')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave rollback role-packages/wave-3/warehouse-inventory-poster --preview --since 8h\n  rolewave rollback role-packages/wave-3/warehouse-inventory-poster --reason "Exceptions keep growing"',
    )
    .action(async (text: string, options: { preview?: boolean; since?: string; reason?: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      const context = contextOf(io, command);
      if (options.preview) {
        const since = options.since === undefined ? '' : `?since=${checkedDuration('--since', options.since)}`;
        const preview = await context.client.get<RollbackPreviewView>(`${targetPath(target)}/rollback-preview${since}`);
        context.answer(preview, previewWords(preview, target, Date.now(), await isProposed(context, target)));
        return;
      }
      if (!options.reason) return command.error('A rollback needs a reason: add --reason. To see first what it would do, use --preview.');
      await sendMessage(context, {
        target,
        segment: 'rollback',
        body: { reason: options.reason },
        id: options.id,
        done: `a rollback of ${targetText(target)} is proposed`,
      });
    });
}

/** The preview is complete without this. */
async function isProposed({ client }: Context, target: PackageTarget): Promise<boolean> {
  try {
    return (await readPackage(client, target)).view.running?.proposal?.kind === 'rollback';
  } catch (error) {
    if (error instanceof CommandFailure) return false;
    throw error;
  }
}
