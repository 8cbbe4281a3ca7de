/** `rolewave review`: writes the review, which closes the wave. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import { sendMessage } from '../message.ts';
import { idOption } from '../options.ts';
import { parseWaveTarget, targetText } from '../target.ts';
import { isPersonId } from '../../domain/plan/fields.ts';

interface ReviewOptions {
  successes: string;
  challenges: string;
  improvements: string;
  action: string[];
  id?: string;
}

export function addReview(program: Command, io: Io): void {
  program
    .command('review')
    .description('Writes the review of a wave and closes the wave. Every package must have ended or be stable.')
    .argument('<wave>', 'written plan/wave')
    .requiredOption('--successes <text>', 'what went well')
    .requiredOption('--challenges <text>', 'what was hard')
    .requiredOption('--improvements <text>', 'what to do better')
    .option('--action <person=what>', 'a follow-up action and who does it; repeatable', (text: string, before: string[]) => [...before, text], [])
    .addOption(idOption())
    .addHelpText(
      'after',
      '\nExample:\n  rolewave review role-packages/wave-1 --successes "Close in three days" --challenges "One archive grant" --improvements "Ask HR earlier" --action "helena.brandt=Retire the old transaction"',
    )
    .action(async (text: string, options: ReviewOptions, command: Command) => {
      const target = parseWaveTarget(text);
      const { successes, challenges, improvements } = options;
      await sendMessage(contextOf(io, command), {
        target,
        segment: 'review',
        body: { successes, challenges, improvements, actions: options.action.map(actionOf) },
        id: options.id,
        done: `the review of ${targetText(target)} is written`,
      });
    });
}

function actionOf(text: string): { what: string; owner: string } {
  // An id may end with '='.
  const [, person, what] = /^([^=]+=*?)=(?!=)(.+)$/s.exec(text) ?? [];
  if (person === undefined || what === undefined || !isPersonId(person))
    throw badInput(`--action ${text} is not written person=what, such as "helena.brandt=Retire the old transaction".`);
  return { what, owner: person };
}
