/** `rolewave apply`: the plan as the next revision, handed to its waves. */
import type { Command } from 'commander';
import type { AppliedView } from '../../domain/views/apply.ts';
import type { Io } from '../io.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { readPlanFile } from '../plan-file.ts';
import { count, printable } from '../printable.ts';

export function addApply(program: Command, io: Io): void {
  program
    .command('apply')
    .summary('store a plan as the next revision and hand it to its waves')
    .description(
      'Stores a plan as the next revision and hands it to every wave. The same plan again changes nothing, and finishes what an interrupted apply left open.',
    )
    .argument('<file>', 'the plan (YAML)')
    .option('--if-revision <number>', 'apply only if this is the latest revision; 0 for a plan that was never applied')
    .addHelpText('after', '\nExamples:\n  rolewave apply plan.yaml\n  rolewave apply plan.yaml --if-revision 3')
    .action(async (file: string, options: { ifRevision?: string }, command: Command) => {
      const context = contextOf(io, command);
      if (options.ifRevision !== undefined && !/^\d{1,9}$/.test(options.ifRevision))
        throw badInput(`--if-revision ${options.ifRevision} is not the number of a revision.`);
      const text = (await readPlanFile(file)).toString('utf8');
      const { applied, words } = await applyPlan(context, text, file, options.ifRevision);
      context.answer(applied, words);
    });
}

/** Throws when a wave refused it, or has not decided. */
export async function applyPlan(context: Context, text: string, file: string, ifRevision?: string): Promise<{ applied: AppliedView; words: string }> {
  const applied = await context.client.postPlan<AppliedView>('/v1/plans', text, file, ifRevision === undefined ? {} : { 'if-match': ifRevision });
  const words = wordsOf(applied);
  const refused = applied.waves.filter(({ status }) => status === 'refused' || status === 'failed');
  if (refused.length > 0) throw new CommandFailure(exitCodes.refused, words, { code: 'refused', ...applied });
  if (applied.waves.some(({ status }) => status === 'received')) throw new CommandFailure(exitCodes.undecided, words, { code: 'received', ...applied });
  return { applied, words };
}

function wordsOf({ plan, revision, changed, waves, packages = [] }: AppliedView): string {
  const name = `'${printable(plan)}'`;
  const first = changed
    ? `Applied ${name} as revision ${revision}, and handed it to ${count(waves.length, 'wave')}.`
    : `Nothing changed: ${name} is revision ${revision} already, and its ${count(waves.length, 'wave')} have it.`;
  const open = waves
    .filter(({ status }) => status !== 'accepted')
    .map(({ wave, status, message }) => `  ${printable(wave)}: ${status}${message ? `: ${printable(message)}` : ''}`);
  const told = packages.filter(({ status }) => status === 'sent').length;
  const out = told > 0 ? [`Told ${count(told, 'package')} that ${told === 1 ? 'is' : 'are'} out who answers for ${told === 1 ? 'it' : 'them'} now.`] : [];
  const notNotified = packages
    .filter(({ status }) => status === 'skipped' || status === 'failed')
    .map(({ wave, package: id, status, message }) => `  ${printable(`${wave}/${id}`)}: ${status}${message ? `: ${printable(message)}` : ''}`);
  return [first, ...open, ...out, ...notNotified, `Next: 'rolewave status ${printable(plan)} --watch' shows what each package needs.`].join('\n');
}
