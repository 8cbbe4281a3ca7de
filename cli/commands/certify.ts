/** `rolewave certify`: the owner confirms that a package is still needed as it is, and may accept its risk until a date. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { checkedDate, idOption, packageArgument, reasonOption } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addCertify(program: Command, io: Io): void {
  program
    .command('certify')
    .description(
      "Records the owner's confirmation that a released package is still needed as it is. With --risk-until it also accepts the package's risk until that date. The plan's certifyEvery sets how often the owner is asked.",
    )
    .addArgument(packageArgument())
    .addOption(reasonOption('the basis for the certification; it is recorded'))
    .option('--risk-until <date>', 'accept its risk until this date (plan time)')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave certify role-packages/wave-1/finance-month-end-operator --reason "Reviewed with the team on 4 May; all six still close the month"\n  rolewave certify role-packages/wave-1/hr-case-intake-specialist --risk-until 2026-10-01 --reason "Accepted for another half-year"',
    )
    .action(async (text: string, options: { reason: string; riskUntil?: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'certifications',
        body: { reason: options.reason, ...(options.riskUntil === undefined ? {} : { riskUntil: checkedDate('--risk-until', options.riskUntil) }) },
        id: options.id,
        done: `${targetText(target)} is certified`,
      });
    });
}
