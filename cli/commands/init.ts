/** `rolewave init`: writes a first plan from what a system contains. Needs no endpoint, and only reads. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { contextOf } from '../context.ts';
import { planSchemaBeside } from '../schema-file.ts';
import { addSystemOptions, asFailure, systemOf, type SystemOptions } from '../system-choice.ts';
import { badInput } from '../exit-codes.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { listOf } from '../options.ts';
import { checkedPlan } from '../plan-file.ts';
import { count, printable } from '../printable.ts';
import { siteBeside } from '../site-file.ts';
import { undecided } from '../../domain/site/system-entry.ts';

interface InitOptions extends SystemOptions {
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
    .description(
      'Reads a PostgreSQL database, an LDAP directory, a SCIM server or a realm of Keycloak without changing it, and writes a commented plan from what it found: one package for one role, its people, suggestions for legacy access and metrics, and a wave that waits for its date. It asks for anything that the options leave out. It needs no endpoint.',
    );
  addSystemOptions(command)
    .option('--role <name>', 'the role that the first package grants: its name, or that of a group, such as /sales/clerks or realm:clerk in Keycloak')
    .option(
      '--legacy <roles>',
      'roles that it replaces, separated by commas; their members receive the new one. In PostgreSQL also privileges: table:erp.invoices:select',
    )
    .option('--people <accounts>', 'more accounts that receive it, in addition to those who hold it now, separated by commas')
    .option('--owner <person>', 'who owns it: an account, or the id of a person without one')
    .option('--operators <people>', 'who runs the waves, separated by commas (default: the owner)')
    .option('--plan <id>', 'id of the plan (default: derived from the role)')
    .option('--out <file>', 'the file to write', 'plan.yaml')
    .option('--force', 'overwrite an existing file')
    .option('-y, --yes', 'ask nothing and use the defaults')
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave init\n  rolewave init --database-env ERP_DATABASE_URL --role fin_close --legacy fin_all --owner olga --yes\n  rolewave init --directory-env DIRECTORY_URL --role service-desk --owner olga\n  rolewave init --scim-env SCIM_URL --role service-desk --owner olga\n  rolewave init --keycloak-env KEYCLOAK_URL --role /sales/clerks --owner olga',
    )
    .action(async (options: InitOptions, own: Command) => {
      const context = contextOf(io, own);
      const { out, force = false } = options;
      await refuseExisting(out, force);
      const ask = io.canAsk && !context.json && !options.yes;
      const { connection, connectionString, systemId, kind, reading } = await systemOf(options, io, ask);
      try {
        const { readerOf } = await import('../../discover/readers.ts');
        const { firstPlan } = await import('../../discover/first-plan.ts');
        const { chosenRole, rolesToChoose } = await import('../../discover/choices.ts');
        const { descriptionOfSystem } = await import('../../discover/plan-sections.ts');
        const reader = readerOf(kind, connectionString, reading);
        const found = await reader.read();
        const place = `${found.words.noun} ${printable(found.name)}`;
        const role =
          options.role ??
          (await chooseRole({ roles: rolesToChoose(found), place, group: found.words.group, groups: found.words.groups }, io, ask, options.yes === true));
        // Before more is asked about it.
        chosenRole(found, role);
        const people = options.people ?? (ask ? await io.ask(receivers(role)) : undefined);
        const owner = options.owner ?? (ask ? await askOwner(io, role) : undefined);
        const text = firstPlan(found, {
          plan: options.plan,
          file: out,
          system: { id: systemId },
          role,
          privileges: await reader.privileges(role),
          legacy: listOf(options.legacy) ?? [],
          people: listOf(people) ?? [],
          owner,
          operators: listOf(options.operators),
        });
        const plan = checkedPlan(text, out);
        await writeNewFile(out, text, force);
        await planSchemaBeside(out);
        const members = plan.packages[0]?.cohort.length ?? 0;
        const site = await siteBeside(out, {
          id: plan.plan,
          operators: plan.operators,
          owners: plan.packages.map((one) => one.owner),
          system: { id: systemId, env: connection, description: descriptionOfSystem(found), readOnly: false, ...found.site },
          roles: [...new Set([role, ...(listOf(options.legacy) ?? [])])],
        });
        const decide = undecided(found.site);
        context.answer(
          { file: out, plan: plan.plan, system: systemId, connection, role, people: members, site: site.file, ...(decide === undefined ? {} : { decide }) },
          [
            `Wrote ${printable(out)}: plan '${plan.plan}' with role ${printable(role)} for ${count(members, 'person', 'people')}, from ${place} (${printable(found.product)}). Nothing was changed there.`,
            site.text,
            ...(decide === undefined ? [] : [decide]),
            `Next: read it and correct the guesses; 'rolewave validate ${printable(out)}' reports every mistake. The worker also needs ${connection}.`,
          ].join('\n'),
        );
      } catch (error) {
        throw asFailure(error, kind);
      }
    });
}

interface Choice {
  /** There is at least one. */
  roles: { name: string; people: string[]; groups: string[] }[];
  /** `database books` */
  place: string;
  /** `group role`, `group roles` */
  group: string;
  groups: string;
}

/** `usual`: the first, without a question. */
async function chooseRole({ roles, place, group, groups: several }: Choice, io: Io, ask: boolean, usual: boolean): Promise<string> {
  const first = roles[0]?.name ?? '';
  if (usual || (roles.length === 1 && !ask)) return first;
  const shown = roles.slice(0, 40);
  const lines = shown.map(
    ({ name, people, groups }, index) => `  ${String(index + 1).padStart(2)}  ${printable(name)}: ${heldBy(people.length, groups.length, group, several)}`,
  );
  if (!ask) throw badInput(`Which role? Name it with --role:\n${lines.join('\n')}`, { code: 'which-role', roles: roles.map(({ name }) => name) });
  io.err(
    `Roles of ${place} that look like access:\n${lines.join('\n')}${roles.length > shown.length ? `\n  and ${roles.length - shown.length} more; enter the name` : ''}`,
  );
  const answer = (await io.ask(`Which one should be the first package? Enter its number or name. [1]`)) || '1';
  const byNumber = /^\d+$/.test(answer) ? shown[Number(answer) - 1] : undefined;
  if (/^\d+$/.test(answer) && !byNumber) throw badInput(`Number ${answer} is not on the list. Nothing was written.`);
  return byNumber?.name ?? answer;
}

const heldBy = (people: number, groups: number, group: string, several: string) =>
  [people > 0 ? `held by ${count(people, 'person', 'people')}` : '', groups > 0 ? `held by ${count(groups, group, several)}` : '']
    .filter((part) => part !== '')
    .join(', ');

const receivers = (role: string) => `Who else should receive ${printable(role)}, in addition to those who hold it now? Accounts, separated by commas. [nobody]`;

async function askOwner(io: Io, role: string): Promise<string | undefined> {
  const answer = await io.ask(`Who owns ${printable(role)}? An account, or an id such as olga.berg. [its administrator, or else its first holder]`);
  return answer === '' ? undefined : answer;
}
