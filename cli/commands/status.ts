/** `rolewave status`: the state of every wave and package, once or live. */
import { Option } from 'commander';
import type { Command } from 'commander';
import { filledFullWave } from '../../domain/filled-views.ts';
import type { FullWave, FullWaveList, SilentRow } from '../../domain/views/lists.ts';
import type { NotShown } from '../../domain/views/not-shown.ts';
import type { WavePackageView } from '../../domain/views/wave.ts';
import { didYouMean } from '../../domain/plan/nearest.ts';
import { packageStates, type PackageState } from '../../domain/states.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { addFilters, durationMsOf, filtersOf, listOf, placeOf, type FilterOptions } from '../options.ts';
import { printable } from '../printable.ts';
import { statusTable } from '../table.ts';
import { below } from '../status/below.ts';
import type { Goal } from '../status/goal.ts';
import type { Read } from '../status/watch.ts';

interface StatusOptions extends FilterOptions {
  state?: string;
  wave?: string;
  watch?: boolean;
  every: string;
  until?: string;
  timeout?: string;
}

export function addStatus(program: Command, io: Io): void {
  const command = program
    .command('status')
    .description('Shows each wave and package: its state, the next action, the day of its watch, and the last verdict with its reason. Times are plan time.')
    .argument('[what]', 'a plan, or plan/wave (default: everything)')
    .option('-w, --watch', 'keep it up to date: a live table on a terminal, otherwise a line for each change; end with Ctrl-C')
    .option('--every <seconds>', 'with --watch: how often to refresh', '2')
    .option('--until <state>', 'with --watch: end with 0 once every package shown has this state, and with 3 once one of them never will')
    .option('--timeout <duration>', 'with --until: end with 6 after this time, such as 30m');
  addFilters(
    command,
    new Option('--wave <waves>', 'only these waves, separated by commas'),
    new Option('--state <states>', `only packages in these states: ${packageStates.join(', ')}`),
  )
    .addHelpText(
      'after',
      "\nExamples:\n  rolewave status\n  rolewave status --owner olga --state 'Needs tuning,Rollback ready'\n  rolewave status role-packages --watch\n  rolewave status role-packages --wave wave-1 --watch --until stable --timeout 30m\n  rolewave status role-packages/wave-1 --json",
    )
    .action(async (what: string | undefined, options: StatusOptions, command: Command) => {
      const context = contextOf(io, command);
      const { read, leftOut } = reader(context, what, options);
      const goal = goalOf(options);
      if (options.watch) return (await import('../status/watch.ts')).watch(context, read, everyMs(options.every), goal);
      const entries = await read();
      if (entries.length === 0 && leftOut()) return context.answer(entries, noneAnswers);
      if (entries.length === 0 && isNarrowed(options)) return context.answer(entries, nothingMatches);
      const { named, client } = context;
      context.answerLaidOut(entries, `${statusTable(entries, Date.now(), io.columns(), named)}\n\n${named(below(entries, client.person))}`);
    });
}

const noneAnswers = "No wave answers now, so what waits for a person is not known. 'rolewave doctor' finds out why.";
/** Something was left out on purpose: that nothing is left does not say that nothing was started. */
const isNarrowed = ({ owner, team, risk, text, state, wave }: StatusOptions): boolean =>
  [owner, team, risk, text, state, wave].some((each) => each !== undefined);
const nothingMatches = "No package matches these options. 'rolewave status' without them shows all.";

function goalOf({ watch, until, timeout }: StatusOptions): Goal | undefined {
  if (until === undefined && timeout === undefined) return undefined;
  if (!watch) throw badInput('--until and --timeout belong to --watch: add it.');
  if (until === undefined) throw badInput('--timeout says how long --until may take: add --until.');
  const state = packageStates.find((known) => isSame(known, until));
  if (state === undefined) throw badInput(unknownState('--until', until));
  return { state, ...(timeout === undefined ? {} : { withinMs: durationMsOf('--timeout', timeout) }) };
}

/** `leftOut`: whether something that did not answer was left out of the last answer. */
function reader({ client, io }: Context, what: string | undefined, options: StatusOptions): { read: Read; leftOut: () => boolean } {
  const place = placeOf(what, `; one package in full: rolewave show ${what}`);
  const wanted = wantedPackages(options);
  let told = '';
  const read = async () => {
    const waves = listOf(options.wave);
    const filters = { full: 'true', ...place, ...filtersOf(options) };
    const pages = await client.pages<FullWaveList>('/v1/waves', filters);
    const found = pages.flatMap((page) => page.waves.map(filledFullWave)).filter(({ wave }) => waves?.includes(wave.wave) ?? true);
    const silent = pages.flatMap((page) => page.silent ?? []);
    const left = pages.at(0)?.notShown ?? [];
    const tell = [...silent.map(silentLine), ...left.map(leftOutLine)].join('\n');
    // Once: with --watch it is read again every few seconds.
    if (tell !== told && tell !== '') io.err(tell);
    told = tell;
    if (found.length === 0 && silent.length === 0 && what !== undefined && !isNarrowed(options))
      throw new CommandFailure(exitCodes.refused, `No wave of '${what}' has been started. To see those that have, run 'rolewave status'.`, {
        code: 'unknown-wave',
      });
    return wanted ? found.flatMap((entry) => withPackages(entry, wanted)) : found;
  };
  return { read, leftOut: () => told !== '' };
}

const silentLine = ({ plan, wave, package: rolePackage, stage, why }: SilentRow): string =>
  printable(`${[plan, wave, ...(rolePackage === undefined ? [] : [rolePackage])].join('/')}${stage === undefined ? '' : ` (${stage})`}: ${why}`);

const leftOutLine = ({ plan, waves }: NotShown): string =>
  printable(`${plan}: ${waves} more waves. It names you, and you have done nothing in it yet; to see all of it, run 'rolewave status ${plan}'.`);

type Wanted = (planned: WavePackageView, state: PackageState) => boolean;

/** Undefined: all of them. */
function wantedPackages({ owner, team, risk, state }: StatusOptions): Wanted | undefined {
  const [owners, teams, risks, states] = [owner, team, risk, state].map(listOf);
  if (!owners && !teams && !risks && !states) return undefined;
  const unknown = states?.find((each) => !packageStates.some((known) => isSame(known, each)));
  if (unknown !== undefined) throw badInput(unknownState('--state', unknown));
  const isAmong = (values: string[] | undefined, value: string) => !values || values.some((each) => isSame(each, value));
  return (planned, current) => isAmong(owners, planned.owner) && isAmong(teams, planned.team) && isAmong(risks, planned.risk) && isAmong(states, current);
}

const unknownState = (option: string, given: string): string =>
  `${option} ${given} is none of ${packageStates.join(', ')}${didYouMean(given, packageStates) || '.'}`;

/** People need not type the capitals and spaces of states. */
const isSame = (a: string, b: string) => a.toLowerCase().replaceAll('-', ' ') === b.toLowerCase().replaceAll('-', ' ');

/** The wave with these of its packages; nothing where it has none of them. */
function withPackages({ wave, packages }: FullWave, isWanted: Wanted): FullWave[] {
  const running = new Map(packages.map((entry) => [entry.package, entry]));
  const planned = wave.packages.filter((entry) => isWanted(entry, running.get(entry.package)?.state ?? entry.state));
  if (planned.length === 0) return [];
  const ids = new Set(planned.map((entry) => entry.package));
  const requests = wave.requests?.filter((request) => request.package === undefined || ids.has(request.package));
  return [
    {
      wave: { ...wave, packages: planned, ...(requests ? { requests } : {}) },
      packages: packages.filter((entry) => ids.has(entry.package)),
    },
  ];
}

function everyMs(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.2 && seconds <= 3_600)) throw badInput(`--every ${text} is not a number of seconds between 0.2 and 3600.`);
  return seconds * 1_000;
}
