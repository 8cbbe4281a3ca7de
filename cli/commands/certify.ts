/** `rolewave certify`: the owner's word that a stable package is still needed as it is. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument, reasonOption } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addCertify(program: Command, io: Io): void {
  program
    .command('certify')
    .summary('certify that a stable package is still needed as it is')
    .description("Gives the owner's word that a stable package is still needed as it is. The plan's certifyEvery says how often it is asked for.")
    .addArgument(packageArgument())
    .addOption(reasonOption('on what it rests; it stands in the record'))
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExample:\n  rolewave certify role-packages/wave-1/finance-month-end-operator --reason "Reviewed with the team on 4 May; all six still close the month"',
    )
    .action(async (text: string, options: { reason: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'certifications',
        body: { reason: options.reason },
        id: options.id,
        done: `${targetText(target)} is certified`,
      });
    });
}
