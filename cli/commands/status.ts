/** `rolewave status`: the state of every wave and package, once or live. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import type { Command } from 'commander';
import { createLogUpdate } from 'log-update';
import type { ProposalView } from '../../domain/views/proposal.ts';
import { filledFullWave } from '../../domain/filled-views.ts';
import type { FullWave, FullWaveList, SilentRow } from '../../domain/views/lists.ts';
import type { WavePackageView } from '../../domain/views/wave.ts';
import { packageStates, type PackageState } from '../../domain/states.ts';
import type { Context } from '../context.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { addFilters, filtersOf, listOf, placeOf, type FilterOptions } from '../options.ts';
import { count, printable } from '../printable.ts';
import { frozenText, requestLines } from '../proposal.ts';
import { statusTable } from '../table.ts';

interface StatusOptions extends FilterOptions {
  state?: string;
  watch?: boolean;
  every: string;
}

export function addStatus(program: Command, io: Io): void {
  const command = program
    .command('status')
    .description('Shows each wave and package: its state, the next action, the day of its watch, and the last verdict with its reason. Times are plan time.')
    .argument('[what]', 'a plan, or plan/wave (default: everything)')
    .option('-w, --watch', 'keep it up to date: a live table on a terminal, otherwise a line for each change; end with Ctrl-C')
    .option('--every <seconds>', 'with --watch: how often to refresh', '2');
  addFilters(command, new Option('--state <states>', `only packages in these states: ${packageStates.join(', ')}`))
    .addHelpText(
      'after',
      "\nExamples:\n  rolewave status\n  rolewave status --owner olga --state 'Needs tuning,Rollback ready'\n  rolewave status role-packages --watch\n  rolewave status role-packages/wave-1 --json",
    )
    .action(async (what: string | undefined, options: StatusOptions, command: Command) => {
      const context = contextOf(io, command);
      const read = reader(context, what, options);
      if (options.watch) return watch(context, read, everyMs(options.every));
      const entries = await read();
      context.answer(entries, `${statusTable(entries, Date.now(), io.columns())}\n\n${below(entries)}`);
    });
}

type Read = () => Promise<FullWave[]>;

function reader({ client, io }: Context, what: string | undefined, options: StatusOptions): Read {
  const place = placeOf(what, `; one package in full: rolewave show ${what}`);
  const wanted = wantedPackages(options);
  let told = '';
  return async () => {
    const filters = { full: 'true', ...place, ...filtersOf(options) };
    const pages = await client.pages<FullWaveList>('/v1/waves', filters);
    const found = pages.flatMap(({ waves }) => waves.map(filledFullWave));
    const silent = pages.flatMap((page) => page.silent ?? []);
    const tell = silent.map(silentLine).join('\n');
    // Once: with --watch it is read again every few seconds.
    if (tell !== told && tell !== '') io.err(tell);
    told = tell;
    const isNarrowed = wanted !== undefined || options.text !== undefined;
    if (found.length === 0 && silent.length === 0 && what !== undefined && !isNarrowed)
      throw new CommandFailure(exitCodes.refused, `No wave of '${what}' has been started. To see those that have, run 'rolewave status'.`, {
        code: 'unknown-wave',
      });
    return wanted ? found.flatMap((entry) => withPackages(entry, wanted)) : found;
  };
}

const silentLine = ({ plan, wave, package: rolePackage, stage, why }: SilentRow): string =>
  printable(`${[plan, wave, ...(rolePackage === undefined ? [] : [rolePackage])].join('/')}${stage === undefined ? '' : ` (${stage})`}: ${why}`);

type Wanted = (planned: WavePackageView, state: PackageState) => boolean;

/** Undefined: all of them. */
function wantedPackages({ owner, team, risk, state }: StatusOptions): Wanted | undefined {
  const [owners, teams, risks, states] = [owner, team, risk, state].map(listOf);
  if (!owners && !teams && !risks && !states) return undefined;
  const unknown = states?.find((each) => !packageStates.some((known) => isSame(known, each)));
  if (unknown !== undefined) throw badInput(`--state ${unknown} is none of ${packageStates.join(', ')}.`);
  const isAmong = (values: string[] | undefined, value: string) => !values || values.some((each) => isSame(each, value));
  return (planned, current) => isAmong(owners, planned.owner) && isAmong(teams, planned.team) && isAmong(risks, planned.risk) && isAmong(states, current);
}

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

const requestsShown = 10;

/** Who is asked for what, the earliest date first, and what waits for a person. */
function below(entries: FullWave[]): string {
  const asked = entries
    .flatMap(({ wave, packages }) => [...(wave.requests ?? []), ...packages.flatMap(({ requests = [] }) => requests)])
    .sort((a, b) => (a.byMs ?? Number.POSITIVE_INFINITY) - (b.byMs ?? Number.POSITIVE_INFINITY));
  const lines = asked
    .slice(0, requestsShown)
    .flatMap(requestLines)
    .map((line) => `  ${printable(line)}`);
  const more = asked.length > requestsShown ? [`  and ${asked.length - requestsShown} more: rolewave notices`] : [];
  return [...(lines.length > 0 ? ['Open requests:', ...lines, ...more, ''] : []), summary(entries)].join('\n');
}

/** What waits for a person, in one sentence. */
function summary(entries: FullWave[]): string {
  const needing = entries.flatMap(({ wave, packages }) =>
    wave.packages
      .filter((planned) => {
        const running = packages.find((entry) => entry.package === planned.package);
        return running ? running.proposal !== undefined || running.requests !== undefined : planned.blockers.length > 0;
      })
      .map((planned) => `${wave.plan}/${wave.wave}/${planned.package}`),
  );
  const ofWaves = entries.flatMap(({ wave }) => (wave.requests?.some((request) => request.package === undefined) ? [`${wave.plan}/${wave.wave}`] : []));
  const waiting = [...needing, ...ofWaves];
  if (waiting.length === 0) return 'Nothing waits for a person.';
  const howMany = [...(needing.length > 0 ? [count(needing.length, 'package')] : []), ...(ofWaves.length > 0 ? [count(ofWaves.length, 'wave')] : [])].join(
    ' and ',
  );
  return `${howMany} ${waiting.length === 1 ? 'waits' : 'wait'} for a person: ${waiting.map(printable).join(', ')}. Next: run 'rolewave show' with one of them.`;
}

/** Runs until Ctrl-C. It reports an endpoint that stops answering and retries. One that never answered ends the command. */
async function watch(context: Context, read: Read, pauseMs: number): Promise<void> {
  let shown = await read();
  const show = context.io.terminal && !context.json ? liveTable(context.io) : changedLines(context);
  try {
    show.entries(shown);
    while (!context.io.ended.aborted) {
      await sleep(pauseMs, undefined, { signal: context.io.ended }).catch(() => undefined);
      if (context.io.ended.aborted) break;
      try {
        shown = await read();
        show.entries(shown);
      } catch (error) {
        if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.unreachable) throw error;
        show.trouble(error.message);
      }
    }
  } finally {
    show.done();
  }
}

interface Show {
  entries(entries: FullWave[]): void;
  trouble(why: string): void;
  done(): void;
}

function liveTable(io: Io): Show {
  const log = createLogUpdate(io.screen);
  let last: FullWave[] = [];
  const draw = (below: string) => log(`${statusTable(last, Date.now(), io.columns())}\n\n${below}`);
  return {
    entries: (entries) => {
      last = entries;
      draw(below(entries));
    },
    trouble: (why) => draw(`${why} Retrying.`),
    done: () => log.done(),
  };
}

/** The whole once, then one line for each package that changed; with --json one line of JSON for each change. */
function changedLines(context: Context): Show {
  const said = new Map<string, string>();
  let first = true;
  let trouble = '';
  return {
    entries: (entries) => {
      trouble = '';
      const lines = entries.flatMap((entry) => changesOf(entry, said));
      if (first && !context.json) context.io.out(statusTable(entries, Date.now(), context.io.columns()));
      else if (context.json ? first || lines.length > 0 : lines.length > 0) context.answer(entries, lines.join('\n'));
      first = false;
    },
    trouble: (why) => {
      if (why !== trouble) context.io.err(`${why} Retrying.`);
      trouble = why;
    },
    done: () => undefined,
  };
}

function changesOf({ wave, packages }: FullWave, said: Map<string, string>): string[] {
  return wave.packages.flatMap((planned) => {
    const running = packages.find((entry) => entry.package === planned.package);
    const state = running?.state ?? planned.state;
    const why = running
      ? (running.receiptLine ?? (running.proposal ? proposalWhy(running.proposal) : running.lastVerdict?.why))
      : (planned.heldBack?.text ?? planned.blockers.map(({ text }) => text).join('; '));
    const day = running && running.state !== 'Rolled back' ? `, day ${Math.floor(running.watch.day)} of ${Math.ceil(running.watch.days)}` : '';
    const line = `${wave.plan}/${wave.wave}/${planned.package}: ${state}${day}${why ? `: ${printable(why)}` : ''}`;
    const key = `${wave.plan}/${wave.wave}/${planned.package}`;
    if (said.get(key) === line) return [];
    said.set(key, line);
    return [line];
  });
}

function proposalWhy(proposal: ProposalView): string {
  const held = frozenText(proposal);
  return `${proposal.why}${held === undefined ? '' : ` (${held})`}`;
}
