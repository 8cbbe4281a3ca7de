/** `rolewave evaluate`: an evaluation now, beside those that are scheduled. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addEvaluate(program: Command, io: Io): void {
  program
    .command('evaluate')
    .summary('take an evaluation at a released package now')
    .description('Takes an evaluation at every measure of a released package now; the scheduled evaluations go on as they are.')
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
        done: `an evaluation at ${targetText(target)} is being taken`,
      });
    });
}
