/** `rolewave lift-hold`: shows the hold of a wave, and gives one of the approvals that lift exactly that hold. */
import type { Command } from 'commander';
import type { WaveView } from '../../domain/views/wave.ts';
import type { Io } from '../io.ts';
import { contextOf, type Context } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { refusePlaceholders, sendMessage } from '../message.ts';
import { checkedDate, idOption, listOf, reasonOption, targetArgument } from '../options.ts';
import { readWave } from '../read.ts';
import { holdLines } from '../show/wave.ts';
import { parseTarget, targetText, type Target } from '../target.ts';

export function addLiftHold(program: Command, io: Io): void {
  program
    .command('lift-hold')
    .description(
      'Shows the hold of a wave, asks for confirmation, and gives one of the approvals that lift it. All approvals must name the same date and the same pilot people. If a revision changes the hold or adds a package in between, the approval is refused.',
    )
    .addArgument(targetArgument())
    .requiredOption('--go-live <date>', 'when it goes live (plan time)')
    .addOption(reasonOption())
    .option('--pilot <ids>', 'only these people, separated by commas (default: everyone)')
    .option('--since <revision>', 'the hold that you reviewed, as its request and rolewave show name it; then nothing is asked')
    .option('-y, --yes', 'do not ask for confirmation')
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExample:\n  rolewave lift-hold role-packages/wave-3 --go-live 2026-05-04 --pilot piotr.zielinski,awa.diop --since 3 --reason "Rollback rehearsed"',
    )
    .action(async (text: string, options: LiftHoldOptions, command: Command) => {
      const target = parseTarget(text);
      const pilot = listOf(options.pilot);
      if (options.since !== undefined && !/^[1-9]\d{0,8}$/.test(options.since)) throw badInput(`--since ${options.since} is not the number of a revision.`);
      const context = contextOf(io, command);
      const body = { goLive: checkedDate('--go-live', options.goLive), reason: options.reason, ...(pilot ? { pilot } : {}) };
      refusePlaceholders(body);
      const since = options.since === undefined ? await confirmedHold(context, io, target, options.yes) : Number(options.since);
      await sendMessage(context, {
        target,
        segment: 'lift-hold',
        body: { ...body, ...(since === undefined ? {} : { since }) },
        id: options.id,
        done: `your approval to lift the hold of ${targetText(target)} is recorded`,
      });
    });
}

interface LiftHoldOptions {
  goLive: string;
  reason: string;
  pilot?: string;
  since?: string;
  yes?: boolean;
  id?: string;
}

/** The number of the hold that was shown. Undefined: it has none, or there is no hold, which the endpoint says. */
async function confirmedHold(context: Context, io: Io, { plan, wave }: Target, yes = false): Promise<number | undefined> {
  const { hold }: Pick<WaveView, 'hold'> = (await readWave(context.client, { plan, wave })).view;
  if (hold?.since === undefined) return undefined;
  if (!context.json) io.out(context.named(holdLines(hold).join('\n')));
  if (yes) return hold.since;
  if (!io.canAsk || context.json)
    throw badInput(
      `Nothing was sent, because the command cannot ask for confirmation here. Add --since ${hold.since} to lift the hold since revision ${hold.since}, or --yes to lift the one that stands.`,
    );
  if (!(await io.confirm('Approve lifting this hold?'))) throw new CommandFailure(exitCodes.badInput, 'Nothing was sent.', { code: 'not-confirmed' });
  return hold.since;
}
