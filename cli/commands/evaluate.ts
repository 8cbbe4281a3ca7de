/** `rolewave evaluate`: runs an evaluation now, in addition to the scheduled ones. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addEvaluate(program: Command, io: Io): void {
  program
    .command('evaluate')
    .description('Evaluates every metric of a released package now. The scheduled evaluations stay as they are.')
    .addArgument(packageArgument())
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave evaluate role-packages/wave-1/finance-month-end-operator')
    .action(async (text: string, options: { id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'evaluate',
        body: {},
        id: options.id,
        done: `${targetText(target)} is being evaluated`,
      });
    });
}
