/** `rolewave validate`: every mistake of a plan at once, without an endpoint. */
import type { Command } from 'commander';
import { loadPlanBytes } from '../../domain/plan/load.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { planMistakes, readPlanFile } from '../plan-file.ts';
import { count } from '../printable.ts';

export function addValidate(program: Command, io: Io): void {
  program
    .command('validate')
    .summary('check a plan and name every mistake at once; works alone')
    .description('Checks a plan and names file, line and path of every mistake at once. Works alone: nothing is sent, started or changed.')
    .argument('<file>', 'the plan (YAML)')
    .option('--started <waves>', 'waves that have begun, with commas between: their dates may lie in the past')
    .addHelpText('after', '\nExample:\n  rolewave validate plan.yaml\n\nEnds with 2 when there are mistakes.')
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
