/** `rolewave observe`: writes a plan that watches a role which is already live and cannot change it. Only --apply needs the endpoint. */
import { Option, type Command } from 'commander';
import type { Io } from '../io.ts';
import { planSchemaBeside } from '../schema-file.ts';
import { contextOf, type Context } from '../context.ts';
import { globalOptionsOf } from '../global-options.ts';
import { addSystemOptions, asFailure, systemOf, type SystemChoice, type SystemOptions } from '../system-choice.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { checkedDuration, listOf } from '../options.ts';
import { checkedPlan } from '../plan-file.ts';
import { count, printable } from '../printable.ts';
import { siteAdditions, siteBeside } from '../site-file.ts';
import { applyPlan } from './apply.ts';
import { instantText } from '../../domain/time/instant.ts';

interface ObserveOptions extends SystemOptions {
  owner?: string;
  operators?: string;
  watch: string;
  plan?: string;
  out?: string;
  write?: string;
  apply?: boolean;
  force?: boolean;
}

/** Time to reach the endpoint, whose clock may differ slightly; or to read the plan, change the site file and start what is needed before it is applied by hand. */
const untilGoLiveMs = { applied: 20_000, byHand: 3_600_000 };

export function addObserve(program: Command, io: Io): void {
  const command = program
    .command('observe')
    .description(
      'Reads who holds a role now and writes a plan that observes it. Its current holders count as reviewed, evaluations watch for drift, and their findings are advice. Nothing is ever granted or revoked for such a plan; a site file that this command writes opens the system read-only, too. With --apply the watch begins immediately.',
    )
    .argument('<role>', 'the name of the role or group, as a plan has it: fin_close, service-desk, /sales/clerks or realm:clerk');
  addSystemOptions(command)
    .option('--owner <person>', 'who owns the role: an account, or the id of a person without one')
    .option('--operators <people>', 'who runs the watch, separated by commas (default: the person of --as, or else the owner)')
    .option('--watch <duration>', 'how long to watch it', '14d')
    .option('--plan <id>', 'id of the plan (default: observe-ROLE)')
    .option('--out <file>', 'the file to write, or - for standard output (default: the plan’s id with .yaml)')
    .addOption(new Option('--write <file>', 'the same, as it was called before 0.4').hideHelp())
    .option('--apply', 'also apply it at the endpoint, which begins the watch')
    .option('--force', 'overwrite an existing file')
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave observe fin_close --database-env ERP_DATABASE_URL\n  rolewave --as olga observe fin_close --database-env ERP_DATABASE_URL --owner olga --apply\n  rolewave observe service-desk --directory-env DIRECTORY_URL\n  rolewave observe service-desk --scim-env SCIM_URL\n  rolewave observe /sales/clerks --keycloak-env KEYCLOAK_URL',
    )
    .action(async (role: string, options: ObserveOptions, own: Command) => {
      const context = contextOf(io, own);
      const watch = checkedDuration('--watch', options.watch);
      if (options.out !== undefined && options.write !== undefined) throw badInput('--write is an older name of --out. Keep one of them.');
      const out = options.out ?? options.write;
      if (out === '-' && (context.json || options.apply)) throw badInput('--out - only prints the plan. Leave out --json and --apply, or name a file.');
      if (out !== undefined && out !== '-') await refuseExisting(out, options.force === true);
      const chosen = await systemOf(options, io, io.canAsk && !context.json);
      const { connection, systemId } = chosen;
      const { as } = globalOptionsOf(own);
      const goLiveMs = Math.ceil((Date.now() + (options.apply ? untilGoLiveMs.applied : untilGoLiveMs.byHand)) / 1_000) * 1_000;
      const observed = await planOf(role, chosen, {
        system: { id: systemId },
        plan: options.plan,
        owner: options.owner,
        operators: listOf(options.operators) ?? (as === undefined ? undefined : [as]),
        watch,
        goLiveMs,
      });
      if (out === '-') return io.out(observed.text.trimEnd());
      const file = out ?? `${observed.plan}.yaml`;
      checkedPlan(observed.text, file);
      await refuseExisting(file, options.force === true);
      const inSite = {
        id: observed.plan,
        operators: observed.operators,
        owners: observed.operators,
        system: { id: systemId, env: connection, description: observed.description, readOnly: true, ...observed.site },
        roles: [role],
      };
      if (options.apply)
        await applied(context, observed.text, file, options.force === true).catch(async (error: unknown) => {
          if (!(error instanceof CommandFailure) || error.details['code'] !== 'site-refuses') throw error;
          throw new CommandFailure(error.exitCode, `${error.message}\n${await siteAdditions(file, inSite)}`, error.details);
        });
      else await writePlan(file, observed.text, options.force === true);
      // What is applied now is decided by the endpoint's own site file.
      const site = options.apply ? undefined : await siteBeside(file, inSite);
      const target = `${observed.plan}/observe/${observed.packageId}`;
      const next = options.apply
        ? `The watch begins within half a minute. Next: 'rolewave status ${observed.plan} --watch'; the first evaluation is in a day, and 'rolewave evaluate ${target}' runs one now.`
        : `The watch begins on ${instantText(goLiveMs)}, once the plan is applied. Next: run 'rolewave apply ${printable(file)}' before then; to begin at another time, change goLive in the plan first. The worker also needs ${connection}.`;
      context.answer(
        { file, plan: observed.plan, package: target, role, people: observed.people, applied: options.apply === true, ...(site ? { site: site.file } : {}) },
        `Wrote ${printable(file)}: it observes ${printable(role)}, which ${count(observed.people, 'person holds', 'people hold')} now, and changes nothing.${site ? `\n${site.text}\n` : ' '}${next}`,
      );
    });
}

interface Wanted {
  system: { id: string };
  plan: string | undefined;
  owner: string | undefined;
  operators: string[] | undefined;
  watch: string;
  goLiveMs: number;
}

async function planOf(role: string, { kind, connectionString, reading }: SystemChoice, wanted: Wanted) {
  try {
    const { readerOf } = await import('../../discover/readers.ts');
    const { observedPlan } = await import('../../discover/observed-plan.ts');
    const reader = readerOf(kind, connectionString, reading);
    const found = await reader.read();
    const privileges = await reader.privileges(role);
    return { ...observedPlan(found, { ...wanted, role, privileges }), site: found.site };
  } catch (error) {
    throw asFailure(error, kind);
  }
}

/** Applies the plan before it writes the file: a refused plan leaves no file behind, and the same command can be run again. */
async function applied(context: Context, text: string, file: string, force: boolean): Promise<void> {
  try {
    await applyPlan(context, text, file);
  } catch (error) {
    // Received but not decided: it is already stored as a revision.
    if (error instanceof CommandFailure && error.exitCode === exitCodes.undecided) await writePlan(file, text, force);
    throw error;
  }
  await writePlan(file, text, force);
}

async function writePlan(file: string, text: string, force: boolean): Promise<void> {
  await writeNewFile(file, text, force);
  await planSchemaBeside(file);
}
