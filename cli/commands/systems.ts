/** `rolewave systems`: the systems of the site, and what their servers really do. */
import type { Command } from 'commander';
import { instantText } from '../../domain/time/instant.ts';
import { isMeasured } from '../../domain/access/is-measured.ts';
import type { SystemView } from '../../domain/views/systems.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { printable, sentence } from '../printable.ts';
import { siteFor, siteOption } from '../site-file.ts';

export function addSystems(program: Command, io: Io): void {
  const systems = program
    .command('systems')
    .description(
      'Shows the systems that your plans may use: what the site file says of them, and what their servers really do, as it was last measured, or as documentation and version say it. Releases that need what a server lacks are refused.',
    )
    .addHelpText('after', '\nExamples:\n  rolewave systems\n  rolewave systems probe hr')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(io, command);
      const found = await context.client.get<SystemView[]>('/v1/systems');
      context.answer({ systems: found }, found.length === 0 ? 'There is no system that your plans may use.' : found.map(shown).join('\n'));
    });
  systems
    .command('probe')
    .summary('measure now what the server of a system really does; where the worker runs')
    .description(
      'Measures what the server of a system really does, and records it. Creates a scratch role, lets the two accounts of probe in the site file hold it for some seconds, and removes it. Needs no endpoint: run it where the worker runs, with its environment.',
    )
    .argument('<system>', 'id of the system in the site file')
    .option(...siteOption)
    .addHelpText(
      'after',
      '\nExample:\n  rolewave systems probe hr --site site.yaml\n\nExits with 3 when it could not be measured, or when releases need what the server lacks.',
    )
    .action(async (id: string, options: { site?: string }, command: Command) => {
      const context = contextOf(io, command);
      const found = await siteFor('plan.yaml', options.site, io.env);
      if (!found) throw badInput('There is no site file here: name it with --site, or set ROLEWAVE_SITE.');
      const { probeSystem } = await import('../../doctor/servers.ts');
      const { record, lines, lacking } = await probeSystem(found.site, id, io.env).catch((error: unknown) => {
        throw new CommandFailure(exitCodes.refused, sentence(printable(error instanceof Error ? error.message : String(error))), { code: 'not-probed' });
      });
      const words = [
        `${printable(id)}: ${printable(record.server)}`,
        ...lines.map((line) => `  It ${sentence(printable(line))}`),
        ...(record.problem === undefined ? [] : [sentence(printable(`Nothing was measured: ${record.problem}`))]),
        ...lacking.map((text) => sentence(printable(`Releases that grant are refused: ${text}`))),
      ].join('\n');
      if (record.problem !== undefined || lacking.length > 0) throw new CommandFailure(exitCodes.refused, words, { code: 'server-lacks', record, lacking });
      context.answer({ record, lacking }, words);
    });
}

function shown({ id, kind, description, terms = [], server }: SystemView): string {
  const about = `${printable(id)} (${printable(kind)})`;
  const site = [
    ...(description === undefined ? [] : [`  The site file describes it as: ${sentence(printable(description))}`]),
    ...terms.map((term) => `  By the site file it ${sentence(printable(term))}`),
  ];
  if (!server) return [`${about}: nothing is on record about its server yet; that comes with the first preview`, ...site].join('\n');
  return [`${about}: ${printable(server.name)}, ${howKnown(server)}`, ...server.lines.map((line) => `  It ${sentence(printable(line))}`), ...site].join('\n');
}

function howKnown(server: NonNullable<SystemView['server']>): string {
  if (server.problem !== undefined) return `not measured: ${printable(server.problem)}`;
  const at = instantText(Date.parse(server.at));
  return isMeasured(server) ? `measured ${at}` : `known by its version, read ${at}, and documentation; nothing is measured`;
}
