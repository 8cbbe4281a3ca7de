/** `rolewave abort`: ends a wave or a package. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { idOption, reasonOption, targetArgument } from '../options.ts';
import { parseTarget, targetText } from '../target.ts';

export function addAbort(program: Command, io: Io): void {
  program
    .command('abort')
    .description(
      'Ends a wave: packages that are not released yet stay unreleased. Or ends a released package: undoes what its release did, and nothing that anyone else did. Where two people must approve a rollback of what is released, nobody ends it alone: propose a rollback instead.',
    )
    .addArgument(targetArgument())
    .addOption(reasonOption())
    .option('-y, --yes', 'do not ask for confirmation')
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave abort role-packages/wave-2 --reason "The review found a conflict of duties"')
    .action(async (text: string, options: { reason: string; yes?: boolean; id?: string }, command: Command) => {
      const target = parseTarget(text);
      const context = contextOf(io, command);
      if (!options.yes) {
        if (!io.canAsk || context.json) throw badInput('Nothing was aborted, because the command cannot ask for confirmation here. Add --yes.');
        const what = 'package' in target ? `End ${targetText(target)} and undo what its release did?` : `End the wave ${targetText(target)}?`;
        if (!(await io.confirm(what))) throw new CommandFailure(exitCodes.badInput, 'Nothing was aborted.', { code: 'not-confirmed' });
      }
      await sendMessage(context, { target, segment: 'abort', body: { reason: options.reason }, id: options.id, done: `${targetText(target)} is being ended` });
    });
}
