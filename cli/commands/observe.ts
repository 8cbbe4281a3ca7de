/** `rolewave observe`: a plan that looks at a role which is live already, and cannot change it. Reading works alone; --apply talks to the endpoint. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import type { Context, GlobalOptions } from '../context.ts';
import { addDatabaseOptions, asFailure, databaseOf, type DatabaseOptions } from '../database.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { checkedDuration, listOf } from '../options.ts';
import { checkedPlan } from '../plan-file.ts';
import { count, printable } from '../printable.ts';
import { applyPlan } from './apply.ts';

interface ObserveOptions extends DatabaseOptions {
  owner?: string;
  operators?: string;
  watch: string;
  plan?: string;
  write?: string;
  apply?: boolean;
  force?: boolean;
}

/** Long enough to reach the endpoint, whose clock may differ a little; or to read the plan before it is applied by hand. */
const untilGoLiveMs = { applied: 20_000, byHand: 600_000 };

export function addObserve(program: Command, io: Io): void {
  const command = program
    .command('observe')
    .summary('look at a role that is live already, changing nothing')
    .description(
      'Reads who holds a role now, and writes a plan that observes it: its holders are the reviewed people, drift is watched, and what an evaluation finds is advice. Nothing can be changed: the plan opens the database so that it can only be read. With --apply the watch begins at once.',
    )
    .argument('<role>', 'the role, as the database calls it');
  addDatabaseOptions(command)
    .option('--owner <person>', 'who answers for the role: an account, or the id of somebody without one')
    .option('--operators <people>', 'who runs the watch, with commas between; with --as that person, else the owner')
    .option('--watch <duration>', 'how long it is watched', '14d')
    .option('--plan <id>', 'id of the plan; observe-ROLE where it is left out')
    .option('--write <file>', 'the file to write, or - for the output; the plan’s id with .yaml where it is left out')
    .option('--apply', 'apply it at the endpoint as well: the watch begins')
    .option('--force', 'write over a file that is there')
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave observe fin_close --database-env ERP_DATABASE_URL\n  rolewave --as olga observe fin_close --database-env ERP_DATABASE_URL --owner olga --apply',
    )
    .action(async (role: string, options: ObserveOptions, own: Command) => {
      const context = contextOf(io, own);
      const watch = checkedDuration('--watch', options.watch);
      if (options.write === '-' && (context.json || options.apply))
        throw badInput('--write - shows the plan and does nothing else: leave --json and --apply out, or name a file.');
      if (options.write !== undefined && options.write !== '-') await refuseExisting(options.write, options.force === true);
      const { connection, connectionString, systemId } = await databaseOf(options, io, io.canAsk && !context.json);
      const { as } = own.optsWithGlobals<GlobalOptions>();
      const observed = await planOf(role, connectionString, {
        system: { id: systemId, connection },
        plan: options.plan,
        owner: options.owner,
        operators: listOf(options.operators) ?? (as === undefined ? undefined : [as]),
        watch,
        goLiveMs: Math.ceil((Date.now() + (options.apply ? untilGoLiveMs.applied : untilGoLiveMs.byHand)) / 1_000) * 1_000,
      });
      if (options.write === '-') return io.out(observed.text.trimEnd());
      const file = options.write ?? `${observed.plan}.yaml`;
      checkedPlan(observed.text, file);
      await refuseExisting(file, options.force === true);
      if (options.apply) await applied(context, observed.text, file, options.force === true);
      else await writeNewFile(file, observed.text, options.force === true);
      const target = `${observed.plan}/observe/${observed.packageId}`;
      const next = options.apply
        ? `The watch begins within half a minute. Next: 'rolewave status ${observed.plan} --watch'; the first evaluation is in a day, and 'rolewave evaluate ${target}' takes one at once.`
        : `Next: 'rolewave apply ${printable(file)}' within ten minutes begins the watch; later, move its goLive first. The worker needs ${connection} as well.`;
      context.answer(
        { file, plan: observed.plan, package: target, role, people: observed.people, applied: options.apply === true },
        `Wrote ${printable(file)}: it observes ${printable(role)}, which ${count(observed.people, 'person holds', 'people hold')} now, and changes nothing. ${next}`,
      );
    });
}

interface Wanted {
  system: { id: string; connection: string };
  plan: string | undefined;
  owner: string | undefined;
  operators: string[] | undefined;
  watch: string;
  goLiveMs: number;
}

async function planOf(role: string, connectionString: string, wanted: Wanted) {
  try {
    const { readDatabase, readRole } = await import('../../discover/read-database.ts');
    const { observedPlan } = await import('../../discover/observed-plan.ts');
    const database = await readDatabase(connectionString);
    const { privileges } = await readRole(connectionString, role);
    return observedPlan(database, { ...wanted, role, privileges });
  } catch (error) {
    throw asFailure(error);
  }
}

/** Applied first: a plan that was refused leaves no file behind, and the same command can be run again. */
async function applied(context: Context, text: string, file: string, force: boolean): Promise<void> {
  try {
    await applyPlan(context, text, file);
  } catch (error) {
    // Kept and not decided: it is the plan's revision already.
    if (error instanceof CommandFailure && error.exitCode === exitCodes.undecided) await writeNewFile(file, text, force);
    throw error;
  }
  await writeNewFile(file, text, force);
}
