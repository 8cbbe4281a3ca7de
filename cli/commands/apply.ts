/** `rolewave apply`: stores the plan as the next revision and sends it to its waves. */
import type { Command } from 'commander';
import type { AppliedView } from '../../domain/views/apply.ts';
import { runBy } from '../invocation.ts';
import type { Io } from '../io.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { readPlanFile } from '../plan-file.ts';
import { count, printable } from '../printable.ts';
import { quoted } from '../shell-word.ts';

export function addApply(program: Command, io: Io): void {
  program
    .command('apply')
    .description(
      'Stores a plan as the next revision and sends it to every wave. Applying the same plan again changes nothing, and completes an apply that was interrupted.',
    )
    .argument('<file>', 'the plan (YAML)')
    .option('--if-revision <number>', 'apply only if this is the latest revision; 0 for a plan that has never been applied')
    .option(
      '-r, --reason <text>',
      'why you apply it as a site administrator: without an operator, or without the consent of people who lose the right to decide; it is recorded',
    )
    .addHelpText('after', '\nExamples:\n  rolewave apply plan.yaml\n  rolewave apply plan.yaml --if-revision 3')
    .action(async (file: string, options: { ifRevision?: string; reason?: string }, command: Command) => {
      const context = contextOf(io, command);
      if (options.ifRevision !== undefined && !/^\d{1,9}$/.test(options.ifRevision))
        throw badInput(`--if-revision ${options.ifRevision} is not a revision number.`);
      const text = (await readPlanFile(file)).toString('utf8');
      const { applied, words } = await applyPlan(context, text, file, options);
      context.answer(applied, words);
    });
}

/** Throws when a wave refused the plan or has not decided yet. */
export async function applyPlan(
  context: Context,
  text: string,
  file: string,
  { ifRevision, reason }: { ifRevision?: string; reason?: string } = {},
): Promise<{ applied: AppliedView; words: string }> {
  const headers = ifRevision === undefined ? {} : { 'if-match': ifRevision };
  const applied = await context.client
    .postPlan<AppliedView>('/v1/plans', text, file, headers, reason === undefined ? {} : { reason })
    .catch((error: unknown) => {
      throw withConsents(error, file, context.json);
    });
  const words = wordsOf(applied);
  const refused = applied.waves.filter(({ status }) => status === 'refused' || status === 'failed');
  if (refused.length > 0) throw new CommandFailure(exitCodes.refused, words, { code: 'refused', ...applied });
  if (applied.waves.some(({ status }) => status === 'received')) throw new CommandFailure(exitCodes.undecided, words, { code: 'received', ...applied });
  return { applied, words };
}

/** Says how the people whose consent is missing give it. */
function withConsents(error: unknown, file: string, json: boolean): unknown {
  if (!(error instanceof CommandFailure) || error.details['code'] !== 'consent-missing') return error;
  const command = `rolewave consent ${quoted(printable(file))}`;
  const missing = Array.isArray(error.details['consents']) ? (error.details['consents'] as { person?: unknown }[]) : [];
  const people = [...new Set(missing.flatMap(({ person }) => (typeof person === 'string' ? [printable(person)] : [])))];
  // A program is given the ids beside it.
  const how = json || people.length === 0 ? ` Each of them runs: ${command}` : people.map((person) => `\n  ${person}: ${runBy(person, command)}`).join('');
  return new CommandFailure(error.exitCode, `${error.message}${how}`, error.details);
}

function wordsOf({ plan, revision, changed, waves, packages = [] }: AppliedView): string {
  const name = `'${printable(plan)}'`;
  const first = changed
    ? `Applied ${name} as revision ${revision} and sent it to ${count(waves.length, 'wave')}.`
    : `Nothing changed: ${name} is already at revision ${revision}, and its ${count(waves.length, 'wave')} ${waves.length === 1 ? 'has' : 'have'} it.`;
  const open = waves
    .filter(({ status }) => status !== 'accepted')
    .map(({ wave, status, message }) => `  ${printable(wave)}: ${status}${message ? `: ${printable(message)}` : ''}`);
  const sent = packages.filter(({ status }) => status === 'sent').length;
  const notified = sent > 0 ? [`Sent the new owners to ${count(sent, 'released package')}.`] : [];
  const notNotified = packages
    .filter(({ status }) => status === 'skipped' || status === 'failed')
    .map(({ wave, package: id, status, message }) => `  ${printable(`${wave}/${id}`)}: ${status}${message ? `: ${printable(message)}` : ''}`);
  return [first, ...open, ...notified, ...notNotified, `Next: 'rolewave status ${printable(plan)} --watch' shows what each package needs.`].join('\n');
}
