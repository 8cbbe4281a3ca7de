/** `rolewave consent`: anyone who loses the right to decide by the next revision of a plan agrees to it. */
import type { Command } from 'commander';
import type { ConsentView } from '../../domain/views/consent.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { planNamedIn, readPlanBytes } from '../../domain/plan/load.ts';
import { badInput } from '../exit-codes.ts';
import { readPlanFile } from '../plan-file.ts';
import { printable } from '../printable.ts';

export function addConsent(program: Command, io: Io): void {
  program
    .command('consent')
    .description(
      'Says that you agree to a plan by which you decide less than before: as an owner, a co-signer, a delegate, an operator or one who lifts a hold. It counts for exactly this file as the next revision, and applies nothing.',
    )
    .argument('<file>', 'the plan (YAML) that is to be applied')
    .addHelpText('after', '\nExample:\n  rolewave consent plan.yaml')
    .action(async (file: string, _options: unknown, command: Command) => {
      const context = contextOf(io, command);
      const bytes = await readPlanFile(file);
      const plan = planNamedIn(readPlanBytes(bytes));
      if (plan === undefined) throw badInput(`'${file}' names no plan: run 'rolewave validate ${file}'.`, { file });
      const consented = await context.client.postPlan<ConsentView>(`/v1/plans/${plan}/consents`, bytes.toString('utf8'), file);
      const lines = consented.losses.map(({ person, what, where }) => `  ${printable(`${person} ${what} (${where})`)}`);
      context.answer(consented, [`You agree that this file becomes revision ${consented.revision} of '${printable(consented.plan)}':`, ...lines].join('\n'));
    });
}
