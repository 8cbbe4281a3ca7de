/** `rolewave rollback`: proposes a rollback, or shows what one would do. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { checkedDuration, idOption, packageArgument } from '../options.ts';
import { previewWords } from '../rollback-preview.ts';
import type { RollbackPreviewView } from '../../domain/views/rollback-preview.ts';
import { parsePackageTarget, targetPath, targetText } from '../target.ts';

export function addRollback(program: Command, io: Io): void {
  program
    .command('rollback')
    .summary('propose a rollback, or show what one would do')
    .description(
      'Proposes a rollback; it runs once its dependency check is clear and it is approved. With --preview it asks the systems who would lose what and used it lately, what comes back, what stays and why, and what it would wait for; nothing is proposed.',
    )
    .addArgument(packageArgument())
    .option('--preview', 'only show what it would do')
    .option('--since <duration>', 'with --preview: who used it in this time, at most 24h (1h)')
    .option('-r, --reason <text>', 'why; it is on record')
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
        context.answer(preview, previewWords(preview, target, Date.now()));
        return;
      }
      if (!options.reason) throw badInput('A rollback needs its reason: add --reason; --preview shows beforehand what it would do.');
      await sendMessage(context, {
        target,
        segment: 'rollback',
        body: { reason: options.reason },
        id: options.id,
        done: `a rollback of ${targetText(target)} is proposed`,
      });
    });
}
