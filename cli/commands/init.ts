/** `rolewave init`: a first plan, from what a database holds. Works alone; reads only. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { addDatabaseOptions, asFailure, databaseOf, type DatabaseOptions } from '../database.ts';
import { badInput } from '../exit-codes.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { listOf } from '../options.ts';
import { checkedPlan } from '../plan-file.ts';
import { count, printable } from '../printable.ts';

interface InitOptions extends DatabaseOptions {
  role?: string;
  legacy?: string;
  people?: string;
  owner?: string;
  operators?: string;
  plan?: string;
  out: string;
  force?: boolean;
  yes?: boolean;
}

export function addInit(program: Command, io: Io): void {
  const command = program
    .command('init')
    .summary('write a first plan from what a database holds; works alone')
    .description(
      'Reads a PostgreSQL database, changing nothing, and writes a commented plan of what it found: one package for one role, its people, suggestions for old access and measures, and a wave that waits for its date. Asks for what is not given; works alone.',
    );
  addDatabaseOptions(command)
    .option('--role <name>', 'the role that the first package gives')
    .option('--legacy <roles>', 'roles that it replaces, with commas between; their people receive the new one')
    .option('--people <accounts>', 'accounts that receive it beside those who hold it now, with commas between')
    .option('--owner <person>', 'who answers for it: an account, or the id of somebody without one')
    .option('--operators <people>', 'who runs the waves, with commas between; the owner where it is left out')
    .option('--plan <id>', 'id of the plan; made from the role where it is left out')
    .option('-o, --out <file>', 'the file to write', 'plan.yaml')
    .option('--force', 'write over a file that is there')
    .option('-y, --yes', 'ask nothing: take what is not given as it is usually')
    .addHelpText('after', '\nExamples:\n  rolewave init\n  rolewave init --database-env ERP_DATABASE_URL --role fin_close --legacy fin_all --owner olga --yes')
    .action(async (options: InitOptions, own: Command) => {
      const context = contextOf(io, own);
      const { out, force = false } = options;
      await refuseExisting(out, force);
      const ask = io.canAsk && !context.json && !options.yes;
      const { connection, connectionString, systemId } = await databaseOf(options, io, ask);
      try {
        const { readDatabase, readRole } = await import('../../discover/read-database.ts');
        const { firstPlan } = await import('../../discover/first-plan.ts');
        const { chosenRole, rolesToChoose } = await import('../../discover/choices.ts');
        const database = await readDatabase(connectionString);
        const role = options.role ?? (await chooseRole(rolesToChoose(database), database.name, io, ask, options.yes === true));
        // Before more is asked about it.
        chosenRole(database, role);
        const people = options.people ?? (ask ? await io.ask(receivers(role)) : undefined);
        const owner = options.owner ?? (ask ? await askOwner(io, role) : undefined);
        const text = firstPlan(database, {
          plan: options.plan,
          file: out,
          system: { id: systemId, connection },
          role,
          privileges: (await readRole(connectionString, role)).privileges,
          legacy: listOf(options.legacy) ?? [],
          people: listOf(people) ?? [],
          owner,
          operators: listOf(options.operators),
        });
        const plan = checkedPlan(text, out);
        await writeNewFile(out, text, force);
        const members = plan.packages[0]?.cohort.length ?? 0;
        context.answer(
          { file: out, plan: plan.plan, system: systemId, connection, role, people: members },
          [
            `Wrote ${printable(out)}: plan '${plan.plan}' with role ${printable(role)} for ${count(members, 'person', 'people')}, from database ${printable(database.name)} (PostgreSQL ${database.version}). Nothing was changed there.`,
            `Next: read it and fix what is a guess; 'rolewave validate ${printable(out)}' names every mistake. The worker needs ${connection} as well.`,
          ].join('\n'),
        );
      } catch (error) {
        throw asFailure(error);
      }
    });
}

/** `roles`: there is at least one. `usual`: the first, without a question. */
async function chooseRole(
  roles: { name: string; people: string[]; groups: string[] }[],
  database: string,
  io: Io,
  ask: boolean,
  usual: boolean,
): Promise<string> {
  const first = roles[0]?.name ?? '';
  if (usual || (roles.length === 1 && !ask)) return first;
  const shown = roles.slice(0, 40);
  const lines = shown.map(
    ({ name, people, groups }, index) => `  ${String(index + 1).padStart(2)}  ${printable(name)}: ${heldBy(people.length, groups.length)}`,
  );
  if (!ask) throw badInput(`Which role? Name it with --role:\n${lines.join('\n')}`, { code: 'which-role', roles: roles.map(({ name }) => name) });
  io.err(
    `Roles of database ${printable(database)} that evaluation like access:\n${lines.join('\n')}${roles.length > shown.length ? `\n  and ${roles.length - shown.length} more, which can be named` : ''}`,
  );
  const answer = (await io.ask(`Which one is the first package? Its number or name. [1]`)) || '1';
  const byNumber = /^\d+$/.test(answer) ? shown[Number(answer) - 1] : undefined;
  if (/^\d+$/.test(answer) && !byNumber) throw badInput(`There is no number ${answer} on the list; nothing was written.`);
  return byNumber?.name ?? answer;
}

const heldBy = (people: number, groups: number) =>
  [people > 0 ? `held by ${count(people, 'person', 'people')}` : '', groups > 0 ? `held by ${count(groups, 'group role')}` : '']
    .filter((part) => part !== '')
    .join(', ');

const receivers = (role: string) => `Who is to receive ${printable(role)}, beside those who hold it now? Accounts, with commas between. [nobody]`;

async function askOwner(io: Io, role: string): Promise<string | undefined> {
  const answer = await io.ask(`Who answers for ${printable(role)}? An account, or an id such as olga.berg. [whoever may administer it, else its first holder]`);
  return answer === '' ? undefined : answer;
}
