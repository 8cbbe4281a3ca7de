/** What `npm run bench` can measure, and what it prints about it. */
import { didYouMean } from '../domain/plan/nearest.ts';
import { board, help as boardHelp } from './board/run.ts';
import { cli, help as cliHelp } from './cli/run.ts';
import { engine, help as engineHelp } from './engine/run.ts';
import { help as postgresHelp, postgres } from './postgres/run.ts';
import { help as systemsHelp, systems } from './systems/run.ts';

interface Bench {
  run: (args: string[]) => Promise<void>;
  help: string;
  what: string;
}

const benches: ReadonlyMap<string, Bench> = new Map([
  ['board', { run: board, help: boardHelp, what: 'lists, event streams and pages at scale, beside the same by hand' }],
  ['cli', { run: cli, help: cliHelp, what: "the start of the command, beside Node's own" }],
  ['engine', { run: engine, help: engineHelp, what: 'the workflows, beside the same wave written by hand' }],
  ['postgres', { run: postgres, help: postgresHelp, what: "granting and revoking, beside an administrator's script" }],
  [
    'systems',
    {
      run: systems,
      help: systemsHelp,
      what: 'large cohorts in a directory, beside ldapmodify, and groups of SCIM and Keycloak, beside one request for each person',
    },
  ],
]);

export const overview = `Usage: npm run bench -- NAME [options]

${[...benches].map(([name, { what }]) => `  ${name.padEnd(8)} ${what}`).join('\n')}

npm run bench -- NAME --help says what it measures, against what, and how long it takes.`;

/** Throws where there is none of this name. */
export function benchOf(name: string): Bench {
  const bench = benches.get(name);
  if (!bench) throw new Error(`There is no bench '${name}'${didYouMean(name, benches.keys()) || '.'} Choose from ${[...benches.keys()].join(', ')}.`);
  return bench;
}
