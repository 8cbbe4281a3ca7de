/** `rolewave set-date`: sets when a wave, or one of its packages, goes live. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { sendMessage } from '../message.ts';
import { checkedDate, idOption, targetArgument } from '../options.ts';
import { parseTarget, targetText } from '../target.ts';

export function addSetDate(program: Command, io: Io): void {
  program
    .command('set-date')
    .description('Sets or moves the go-live of a wave, or of one of its packages. Sign-offs stay valid: they cover what changes, not when.')
    .addArgument(targetArgument())
    .argument('<date>', '2026-04-15, or 2026-04-15T18:00:00+02:00 (plan time)')
    .option('--despite-blackout <reason>', 'why it goes live during a blackout of the plan; without this option such a date is refused')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave set-date role-packages/wave-2 2026-04-15\n  rolewave set-date role-packages/wave-2 2026-04-30 --despite-blackout "Agreed with finance: it touches no ledger"',
    )
    .action(async (text: string, date: string, options: { despiteBlackout?: string; id?: string }, command: Command) => {
      const target = parseTarget(text);
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'go-live',
        body: { goLive: checkedDate(undefined, date), ...(options.despiteBlackout === undefined ? {} : { despiteBlackout: options.despiteBlackout }) },
        id: options.id,
        done: `the go-live of ${targetText(target)} is set to ${date}`,
      });
    });
}
