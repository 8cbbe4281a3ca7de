/** `rolewave resume`: resumes the watch. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addResume(program: Command, io: Io): void {
  program
    .command('resume')
    .description('Resumes a paused watch where it stopped. Its end moves by the length of the pause.')
    .addArgument(packageArgument())
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave resume role-packages/wave-1/hr-case-intake-specialist')
    .action(async (text: string, options: { id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      await sendMessage(contextOf(io, command), { target, segment: 'resume', body: {}, id: options.id, done: `the watch of ${targetText(target)} is resumed` });
    });
}
