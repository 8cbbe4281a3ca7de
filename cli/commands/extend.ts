/** `rolewave extend`: extends the watch. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { checkedDuration, idOption, packageArgument, reasonOption } from '../options.ts';
import { parsePackageTarget, targetText } from '../target.ts';

export function addExtend(program: Command, io: Io): void {
  program
    .command('extend')
    .description('Moves the end of a package’s watch. The evaluation schedule does not change.')
    .addArgument(packageArgument())
    .requiredOption('--by <duration>', 'how much longer, such as 7d')
    .addOption(reasonOption())
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave extend role-packages/wave-2/procurement-request-coordinator --by 7d --reason "Easter week had no traffic"')
    .action(async (text: string, options: { by: string; reason: string; id?: string }, command: Command) => {
      const target = parsePackageTarget(text);
      const by = checkedDuration('--by', options.by);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'extend',
        body: { by, reason: options.reason },
        id: options.id,
        done: `the watch of ${targetText(target)} is extended by ${by}`,
      });
    });
}
