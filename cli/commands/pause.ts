/** `rolewave pause`: pauses the watch. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument, reasonOption } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addPause(program: Command, io: Io): void {
  program
    .command('pause')
    .description('Pauses the watch: no evaluations run, and its days stop counting. Access stays as it is.')
    .addArgument(packageArgument())
    .addOption(reasonOption())
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave pause role-packages/wave-1/hr-case-intake-specialist --reason "Company holidays"')
    .action(async (text: string, options: { reason: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'pause',
        body: { reason: options.reason },
        id: options.id,
        done: `the watch of ${targetText(target)} is paused until 'rolewave resume'`,
      });
    });
}
