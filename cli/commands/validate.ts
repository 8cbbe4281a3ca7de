/** `rolewave validate`: reports every mistake of a plan at once. Needs no endpoint. */
import type { Command } from 'commander';
import { loadPlanBytes } from '../../domain/plan/load.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { planMistakes, readPlanFile } from '../plan-file.ts';
import { count } from '../printable.ts';

export function addValidate(program: Command, io: Io): void {
  program
    .command('validate')
    .summary('check a plan and report every mistake at once; needs no endpoint')
    .description('Checks a plan and reports the file, line and path of every mistake at once. It needs no endpoint, and sends, starts and changes nothing.')
    .argument('<file>', 'the plan (YAML)')
    .option('--started <waves>', 'waves that have begun, separated by commas; their dates may be in the past')
    .addHelpText('after', '\nExample:\n  rolewave validate plan.yaml\n\nExits with 2 when there are mistakes.')
    .action(async (file: string, options: { started?: string }, command: Command) => {
      const context = contextOf(io, command);
      const loaded = loadPlanBytes(await readPlanFile(file), file, {
        nowMs: Date.now(),
        startedWaves: new Set(options.started?.split(',').map((wave) => wave.trim())),
      });
      if (!loaded.ok) throw planMistakes(file, loaded.mistakes);
      const { plan, packages, waves, people, systems } = loaded.plan;
      const value = { ok: true, file, plan, packages: packages.length, waves: waves.length, people: people.length, systems: systems.length };
      context.answer(
        value,
        `${file} is a valid plan: '${plan}' with ${count(packages.length, 'package')} in ${count(waves.length, 'wave')}, for ${count(people.length, 'person', 'people')} in ${count(systems.length, 'system')}. Next: 'rolewave plan ${file}' shows what it would change.`,
      );
    });
}
