/** `rolewave plan`: shows what a plan would change in the live systems, without changing anything. */
import Table from 'cli-table3';
import type { Command } from 'commander';
import { causedStops, countsText } from '../../domain/access/incompatible.ts';
import { blastRadiusText, stopsOf } from '../../domain/access/blast-radius.ts';
import type { BlastRadius } from '../../domain/access/preview.ts';
import { isReleasedNext } from '../../domain/plan/simulation.ts';
import type { SimulationView } from '../../domain/views/simulation.ts';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { previewText } from '../preview.ts';
import { wrapped } from '../wrap.ts';
import { readPlanFile } from '../plan-file.ts';
import { linesIn, type LineOf } from '../plan-lines.ts';
import { count, printable, sentence } from '../printable.ts';
import { columnsOf } from '../columns.ts';

export function addPlan(program: Command, io: Io): void {
  program
    .command('plan')
    .description(
      'Compares a plan with the live systems. Shows what would be granted, what is already granted and what would be retired, per package, per system and in total. Changes nothing.',
    )
    .argument('<file>', 'the plan (YAML)')
    .addHelpText('after', '\nExample:\n  rolewave plan plan.yaml')
    .action(async (file: string, _options: object, command: Command) => {
      const context = contextOf(io, command);
      const text = (await readPlanFile(file)).toString('utf8');
      const sent = await context.client.postPlan<SimulationView>('/v1/plans/simulate', text, file);
      const problems = sent.packages.flatMap((entry) => entry.problems.map((problem) => `${entry.package}: ${problem}`));
      // What no wave releases changes nothing, and stops nothing.
      const simulation = { ...sent, packages: sent.packages.filter(isReleasedNext) };
      const words = [
        simulation.packages.length === 0 ? '' : tableOf(simulation, io.columns()),
        lines('Rolled back', rolledBackIn(sent)),
        lines('Conflicts', conflictsOf(simulation, linesIn(text, file))),
        lines('Incompatible entitlements', togetherIn(simulation)),
        lines('People whose access each wave changes', wavesIn(simulation)),
        lines('Left out here, because there is too much', leftOutIn(simulation)),
        lines('The plan stops these releases', stopsIn(simulation)),
        lines('The servers of systems stop these releases', serverStopsIn(simulation)),
        lines('Measured before the release', conditionsIn(simulation)),
        lines('Could not be read', problems),
        summary(simulation, file, problems.length),
      ]
        .filter((part) => part !== '')
        .join('\n\n');
      if (problems.length > 0) throw new CommandFailure(exitCodes.refused, words, { code: 'incomplete', ...sent });
      context.answer(sent, words);
    });
}

const rolledBackIn = ({ packages }: SimulationView) =>
  packages.flatMap(({ package: id, rolledBack, parts }) => {
    if (rolledBack === undefined) return [];
    const was = `${id} was rolled back in wave '${rolledBack.wave}'`;
    if (rolledBack.next !== undefined) return [`${was}. Wave '${rolledBack.next}' would release it again, with what is shown above`];
    const again = parts.map((part) => ` (in ${part.system}: ${previewText(part)})`).join('');
    return [`${was}, and no wave of the plan releases it again. To release it again${again}, add a wave that has it with change: revise`];
  });

const conflictsOf = ({ packages }: SimulationView, lineOf: LineOf) =>
  packages.flatMap((entry) =>
    entry.parts.flatMap(({ system, conflicts }) =>
      conflicts.map((conflict) => {
        const line = lineOf({ package: entry.package, system, conflict });
        return `${line === undefined ? '' : `${line}: `}${entry.package} in ${system}: ${conflict}`;
      }),
    ),
  );

const togetherIn = ({ packages }: SimulationView) =>
  packages.flatMap((entry) => [
    ...entry.parts.flatMap(({ system, incompatible = [] }) => incompatible.map((counts) => `${entry.package} in ${system}: ${countsText(counts)}`)),
    ...(entry.incompatible ?? []).map((counts) => `${entry.package} across systems: ${countsText(counts)}`),
  ]);

const stopsIn = ({ packages }: SimulationView) =>
  packages.flatMap((entry) =>
    [...entry.parts.flatMap((part) => stopsOf(part)), ...causedStops(entry.incompatible ?? [])].map(({ text }) => `${entry.package}: ${text}`),
  );

/** Of waves in which several packages change something there: of one alone, its own line says it. */
const wavesIn = ({ waves = [] }: SimulationView) =>
  waves.flatMap(({ wave, systems }) =>
    systems.flatMap(({ system, packages, ...radius }) =>
      packages > 1 ? [`${wave} in ${system}: ${blastRadiusText(radius)}, by ${packages} packages together`] : [],
    ),
  );

function leftOutIn({ leftOut }: SimulationView): string[] {
  const { incompatible = 0, waves = 0, systems = 0 } = leftOut ?? {};
  return [
    ...(incompatible > 0 ? [`rules about incompatible entitlements across systems, of ${incompatible} more packages`] : []),
    ...(waves > 0 ? [`what ${waves} more waves change`] : []),
    ...(systems > 0 ? [`${systems} more systems in which the waves above change something`] : []),
  ];
}

const serverStopsIn = ({ packages }: SimulationView) =>
  packages.flatMap((entry) => entry.parts.flatMap(({ stops = [] }) => stops.map(({ text }) => `${entry.package}: ${text}`)));

/** Of one server, once for all packages. */
const conditionsIn = ({ packages }: SimulationView) => [...new Set(packages.flatMap(({ parts }) => parts.flatMap(({ conditions = [] }) => conditions)))];

function tableOf({ packages, totals }: SimulationView, width: number): string {
  const drops = packages.some(({ parts }) => parts.some(({ toDrop }) => toDrop !== undefined));
  const radii = packages.some(({ parts }) => parts.some(({ blastRadius }) => blastRadius !== undefined));
  const table = new Table({
    head: [
      'Package',
      'System',
      'People',
      'To grant',
      'Already granted',
      'To retire',
      ...(drops ? ['To revoke'] : []),
      ...(radii ? ['People changed'] : []),
      'Conflicts',
    ],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  const changed = (text: string) => (radii ? [text] : []);
  const revoked = (toDrop = 0) => (drops ? [toDrop] : []);
  for (const entry of packages) {
    for (const { system, people, toGrant, alreadyThere, toRetire, toDrop, conflicts, blastRadius } of entry.parts)
      table.push(
        [
          printable(entry.package),
          printable(system),
          people,
          toGrant,
          alreadyThere,
          toRetire,
          ...revoked(toDrop),
          ...changed(blastRadius ? changedText(blastRadius) : ''),
          conflicts.length,
        ].map(String),
      );
  }
  for (const [system, { toGrant, alreadyThere, toRetire, toDrop }] of Object.entries(totals))
    table.push(['all packages', printable(system), '', toGrant, alreadyThere, toRetire, ...revoked(toDrop), ...changed(''), ''].map(String));
  const text = table.toString();
  const isTooWide = text.split('\n').some((line) => columnsOf(line) > width);
  return isTooWide ? listOfParts(packages, width) : text;
}

/** '12', '12 of 40': people whose access changes, and the limit on them. */
const changedText = ({ people, maxPeople }: BlastRadius): string => (maxPeople === undefined ? String(people) : `${people} of ${maxPeople}`);

/** For a terminal that is too narrow for the table. */
const listOfParts = (packages: SimulationView['packages'], width: number): string =>
  packages
    .flatMap(({ package: id, parts }) => parts.flatMap((part) => wrapped(printable(`${id} in ${part.system}: ${previewText(part)}`), width, '  ')))
    .join('\n');

const lines = (title: string, texts: string[]) =>
  texts.length === 0 ? '' : [`${title}:`, ...texts.map((text) => `  ${sentence(printable(text))}`)].join('\n');

function summary({ plan, totals }: SimulationView, file: string, problems: number): string {
  const all = Object.values(totals);
  const sum = (pick: (counts: SimulationView['totals'][string]) => number) => all.reduce((total, counts) => total + pick(counts), 0);
  const [granted, there, retired, revoked] = [
    sum(({ toGrant }) => toGrant),
    sum(({ alreadyThere }) => alreadyThere),
    sum(({ toRetire }) => toRetire),
    sum(({ toDrop = 0 }) => toDrop),
  ];
  const change =
    granted + retired + revoked === 0
      ? `would grant and retire nothing${all.length === 0 ? '' : `, with ${there} already granted, in ${count(all.length, 'system')}`}.`
      : `would grant ${granted}${revoked > 0 ? ',' : ' and'} retire ${retired}${
          revoked > 0 ? ` and revoke ${revoked} that released packages granted and no longer contain` : ''
        }, with ${there} already granted, in ${count(all.length, 'system')}.`;
  const next = problems > 0 ? `${count(problems, 'part')} could not be read. Fix that first.` : `Next: 'rolewave apply ${file}'.`;
  return `Plan '${printable(plan)}' ${change} Nothing was changed. ${next}`;
}
