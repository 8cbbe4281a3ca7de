/** `rolewave note`: adds a note to a wave or a package. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, targetArgument } from '../options.ts';
import { parseTarget, targetText } from '../target.ts';

export function addNote(program: Command, io: Io): void {
  program
    .command('note')
    .description('Adds a note to a wave or a package. The note is recorded and changes nothing else.')
    .addArgument(targetArgument())
    .argument('<text>', 'the note')
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave note role-packages/wave-1 "Close went well, two questions on allocations"')
    .action(async (text: string, note: string, options: { id?: string }, command: Command) => {
      const target = parseTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'notes',
        body: { text: note },
        id: options.id,
        done: `the note is added to ${targetText(target)}`,
      });
    });
}
