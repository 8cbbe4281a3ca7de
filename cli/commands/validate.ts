/** `rolewave validate`: reports every mistake of a plan at once. Needs no endpoint. */
import '../schemas-interpreted.ts';
import type { Command } from 'commander';
import { loadPlanBytes } from '../../domain/plan/load.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { planMistakes, readPlanFile } from '../plan-file.ts';
import { count, printable } from '../printable.ts';
import { siteFor, siteOption } from '../site-file.ts';

export function addValidate(program: Command, io: Io): void {
  program
    .command('validate')
    .description(
      'Checks a plan and reports the file, line and path of every mistake at once. With a site file it also checks what that lets the plan use. It needs no endpoint and reaches no system: roles, tables and accounts that do not exist are found by rolewave plan and rolewave doctor.',
    )
    .argument('<file>', 'the plan (YAML)')
    .option('--started <waves>', 'waves that have begun, separated by commas; their dates may be in the past')
    .option(...siteOption)
    .addHelpText('after', '\nExamples:\n  rolewave validate plan.yaml\n  rolewave validate --site site.yaml plan.yaml\n\nExits with 2 when there are mistakes.')
    .action(async (file: string, options: { started?: string; site?: string }, command: Command) => {
      const context = contextOf(io, command);
      const found = await siteFor(file, options.site, io.env);
      const loaded = loadPlanBytes(await readPlanFile(file), file, {
        site: found?.site,
        nowMs: Date.now(),
        startedWaves: new Set(options.started?.split(',').map((wave) => wave.trim())),
      });
      if (!loaded.ok) throw planMistakes(file, loaded.mistakes);
      const { plan, packages, waves, people, systems } = loaded.plan;
      const value = {
        ok: true,
        file,
        plan,
        packages: packages.length,
        waves: waves.length,
        people: people.length,
        systems: systems.length,
        ...(found ? { site: found.file } : {}),
      };
      context.answer(
        value,
        `${file} is a valid plan: '${plan}' with ${count(packages.length, 'package')} in ${count(waves.length, 'wave')}, for ${count(people.length, 'person', 'people')} in ${count(systems.length, 'system')}${found ? `, and ${printable(found.file)} lets it` : ''}. Next: 'rolewave plan ${file}' shows what it would change.`,
      );
    });
}
