/** `rolewave lift-hold`: gives one of the approvals that lift a hold. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { checkedDate, idOption, listOf, reasonOption, targetArgument } from '../options.ts';
import { parseTarget, targetText } from '../target.ts';

export function addLiftHold(program: Command, io: Io): void {
  program
    .command('lift-hold')
    .description('Gives one of the approvals that lift the hold of a wave. All approvals must name the same date and the same pilot people.')
    .addArgument(targetArgument())
    .requiredOption('--go-live <date>', 'when it goes live (plan time)')
    .addOption(reasonOption())
    .option('--pilot <ids>', 'only these people, separated by commas (default: everyone)')
    .option('--since <revision>', 'refuse it if the hold or its packages changed after this revision (as the request has it)')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExample:\n  rolewave lift-hold role-packages/wave-3 --go-live 2026-05-04 --pilot piotr.zielinski,awa.diop --reason "Rollback rehearsed"',
    )
    .action(async (text: string, options: { goLive: string; reason: string; pilot?: string; since?: string; id?: string }, command: Command) => {
      const target = parseTarget(text);
      const pilot = listOf(options.pilot);
      if (options.since !== undefined && !/^[1-9]\d{0,8}$/.test(options.since)) throw badInput(`--since ${options.since} is not the number of a revision.`);
      const body = {
        goLive: checkedDate('--go-live', options.goLive),
        reason: options.reason,
        ...(pilot ? { pilot } : {}),
        ...(options.since === undefined ? {} : { since: Number(options.since) }),
      };
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'lift-hold',
        body,
        id: options.id,
        done: `your approval to lift the hold of ${targetText(target)} is recorded`,
      });
    });
}
