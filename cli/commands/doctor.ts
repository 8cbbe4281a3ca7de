/** `rolewave doctor`: what is reachable, which versions run, what is wrong and how to fix it. Needs no endpoint. */
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { loadPlanBytes } from '../../domain/plan/load.ts';
import type { Plan } from '../../domain/plan/schema.ts';
import { contextOf } from '../context.ts';
import { globalOptionsOf } from '../global-options.ts';
import { callerFor } from '../profiles/caller.ts';
import { CommandFailure, badInput, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { planMistakes, readPlanFile } from '../plan-file.ts';
import { siteFor, siteOption } from '../site-file.ts';
import { count, printable, sentence } from '../printable.ts';

/** One finding. */
interface Line {
  about: string;
  state: keyof typeof states;
  text: string;
  fix?: string;
}

export function addDoctor(program: Command, io: Io): void {
  program
    .command('doctor')
    .description(
      'Checks everything that this environment names: Node, the store, Temporal and its workers, the endpoint, your token, the trusted keys, and where notices go. With a plan it also checks each system, whether the login there has the permissions that it needs, and how late the newest row of each metric is. It changes nothing, prints no secrets, and needs no endpoint.',
    )
    .argument('[file]', 'a plan (YAML) whose systems to check')
    .option(...siteOption)
    .option('--within <seconds>', 'how long to wait for each answer', '5')
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave doctor\n  rolewave --as olga doctor plan.yaml\n\nExits with 0 when nothing is wrong (warnings are allowed), otherwise with 1.',
    )
    .action(async (file: string | undefined, options: { within: string; site?: string }, command: Command) => {
      const context = contextOf(io, command);
      const seconds = Number(options.within);
      if (!(seconds >= 0.1 && seconds <= 120)) throw badInput(`--within ${options.within} is not a number of seconds between 0.1 and 120.`);
      const given = file === undefined ? undefined : await planIn(file);
      const { examine } = await import('../../doctor/examine.ts');
      const { url, token, issuedFor } = await callerFor(io, globalOptionsOf(command));
      const lines = await examine({
        env: io.env,
        caller: { url, token, as: issuedFor?.person, plan: given?.text },
        plan: given?.plan,
        // Without a plan it only matters for notices, and one that cannot be read keeps nothing else from being checked.
        site: (await (file === undefined ? siteFor('plan.yaml', options.site, io.env).catch(() => undefined) : siteFor(file, options.site, io.env)))?.site,
        withinMs: seconds * 1_000,
      });
      const bad = lines.filter(({ state }) => state === 'wrong').length;
      if (!context.json) io.out(lines.map((line) => shown(line, io.terminal)).join('\n'));
      const summary = bad === 0 ? 'Nothing is wrong.' : `${count(bad, 'problem')} found.`;
      if (bad > 0) throw new CommandFailure(exitCodes.unexpected, summary, { code: 'something-wrong', lines });
      context.answer({ ok: true, lines }, `\n${summary}`);
    });
}

/** Dates do not matter here, only the plan's systems. */
async function planIn(file: string): Promise<{ plan: Plan; text: string }> {
  const bytes = await readPlanFile(file);
  const loaded = loadPlanBytes(bytes, file, { nowMs: 0 });
  if (!loaded.ok) throw planMistakes(file, loaded.mistakes);
  return { plan: loaded.plan, text: bytes.toString('utf8') };
}

const states = {
  ok: { word: 'ok', format: 'green' },
  warning: { word: 'warning', format: 'yellow' },
  wrong: { word: 'WRONG', format: 'red' },
  notChecked: { word: 'skipped', format: 'dim' },
} as const;

function shown({ about, state, text, fix }: Line, colors: boolean): string {
  const { word, format } = states[state];
  const padded = word.padEnd(9);
  const advice = fix ? ` → ${sentence(printable(fix))}` : '';
  return `${colors ? styleText(format, padded, { validateStream: false }) : padded}  ${printable(about)}: ${sentence(printable(text))}${advice}`;
}
