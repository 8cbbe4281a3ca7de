/** `rolewave init`: writes a first plan from what a system contains. Needs no endpoint, and only reads. */
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { untilRight } from '../again.ts';
import { contextOf } from '../context.ts';
import { planSchemaBeside } from '../schema-file.ts';
import { addSystemOptions, asFailure, systemOf, type SystemOptions } from '../system-choice.ts';
import { refuseExisting, writeNewFile } from '../new-file.ts';
import { answersAbout } from '../init-answers.ts';
import { listOf } from '../options.ts';
import { checkedPlan } from '../plan-file.ts';
import { count, printable } from '../printable.ts';
import { aloneBeside, siteBeside } from '../site-file.ts';
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
      const { readerOf } = await import('../../discover/readers.ts');
      const { choicesIn } = await import('../../discover/choices.ts');
      const { firstPlan } = await import('../../discover/first-plan.ts');
      const { descriptionOfSystem } = await import('../../discover/plan-sections.ts');
      const { connection, systemId, kind, reader, found } = await untilRight(io, async (asking) => {
        const chosen = await systemOf(options, asking, ask);
        const reader = readerOf(chosen.kind, chosen.connectionString, chosen.reading);
        try {
          return { ...chosen, reader, found: await reader.read() };
        } catch (error) {
          throw asFailure(error, chosen.kind);
        }
      });
      try {
        const place = `${found.words.noun} ${printable(found.name)}`;
        const { role, people, owner, operators } = await answersAbout(choicesIn(found, listOf(options.legacy) ?? []), options, {
          io,
          ask,
          kind,
          words: { place, group: found.words.group, groups: found.words.groups },
        });
        const text = firstPlan(found, {
          plan: options.plan,
          file: out,
          system: { id: systemId },
          role,
          privileges: await reader.privileges(role),
          legacy: listOf(options.legacy) ?? [],
          people,
          owner,
          operators,
        });
        const plan = checkedPlan(text, out);
        const members = plan.packages[0]?.cohort.length ?? 0;
        const inSite = {
          id: plan.plan,
          operators: plan.operators,
          owners: plan.packages.map((one) => one.owner),
          system: { id: systemId, env: connection, description: descriptionOfSystem(found), readOnly: false, ...found.site },
          roles: [...new Set([role, ...(listOf(options.legacy) ?? [])])],
        };
        // Every question comes before the first file: who leaves in between leaves nothing behind.
        const alone = ask ? aloneBeside(out, inSite) : undefined;
        const isSeparated = alone !== undefined && !(await io.confirm(mayDecideAlone(alone)));
        await writeNewFile(out, text, force);
        await planSchemaBeside(out);
        const site = await siteBeside(out, inSite, isSeparated);
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

const mayDecideAlone = (person: string) =>
  `${printable(person)} alone would apply this plan and sign it off. Separation of duties prevents that. Turn it off in the site file, for a team of one?`;
