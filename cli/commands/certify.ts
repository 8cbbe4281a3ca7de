/** `rolewave certify`: the owner's word that a package is still needed as it is, and perhaps until when its risk is accepted. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { checkedDate, idOption, packageArgument, reasonOption } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addCertify(program: Command, io: Io): void {
  program
    .command('certify')
    .summary('certify that a released package is still needed as it is')
    .description(
      "Gives the owner's word that a released package is still needed as it is, and with --risk-until that its risk is accepted until then. The plan's certifyEvery says how often it is asked for.",
    )
    .addArgument(packageArgument())
    .addOption(reasonOption('on what it rests; it is on record'))
    .option('--risk-until <date>', 'its risk is accepted until then (plan time)')
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
