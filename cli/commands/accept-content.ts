/** `rolewave accept-content`: the owner accepts what a role may do now, after seeing which privileges came and went. */
import type { Command } from 'commander';
import type { ChangedContent } from '../../domain/views/package.ts';
import { quoted } from '../shell-word.ts';
import { contextOf } from '../context.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { sendMessage } from '../message.ts';
import { idOption, packageArgument, reasonOption } from '../options.ts';
import { printable } from '../printable.ts';
import { readToAct } from '../read.ts';
import { parsePackageTarget, targetText } from '../target.ts';

interface AcceptOptions {
  reason: string;
  role?: string;
  system?: string;
  yes?: boolean;
  id?: string;
}

export function addAcceptContent(program: Command, io: Io): void {
  program
    .command('accept-content')
    .description(
      'Shows which privileges a role of a released package gained and lost since it was reviewed, asks for confirmation, and accepts exactly that. Only for the owner of the package and delegates.',
    )
    .addArgument(packageArgument())
    .addOption(reasonOption())
    .option('--role <role>', 'the role, where several have changed')
    .option('--system <system>', 'its system, where several have a role of this name')
    .option('-y, --yes', 'do not ask for confirmation')
    .addOption(idOption())
    .addHelpText('after', '\nExample:\n  rolewave accept-content role-packages/wave-1/finance-month-end-operator --reason "November partition"')
    .action(async (text: string, options: AcceptOptions, command: Command) => {
      const target = parsePackageTarget(text);
      const context = contextOf(io, command);
      const { running, evaluations } = await readToAct(context.client, target);
      const { system, role, digest, text: changed } = oneOf(running?.contents ?? [], options, targetText(target));
      const recorded = evaluations
        .flatMap(({ contents = [] }) => contents)
        .findLast((one) => one.digest === digest && one.role === role && one.system === system);
      if (!context.json) {
        const lines = recorded ? [...recorded.gained.map((line) => `gained ${line}`), ...recorded.lost.map((line) => `lost ${line}`)] : [];
        const more = recorded?.more === undefined ? [] : [`and ${recorded.more} more`];
        const shown = lines.length > 0 ? [...lines, ...more] : [changed];
        io.out([`${printable(role)} in ${printable(system)}:`, ...shown.map((line) => `  ${printable(line)}`), `  content  ${digest}`, ''].join('\n'));
      }
      if (!options.yes) {
        if (!io.canAsk || context.json)
          throw badInput('Nothing was accepted, because the command cannot ask for confirmation here. Add --yes to accept what was shown.');
        if (!(await io.confirm('Accept this as reviewed?'))) throw new CommandFailure(exitCodes.badInput, 'Nothing was accepted.', { code: 'not-confirmed' });
      }
      await sendMessage(context, {
        target,
        segment: 'accepted-content',
        id: options.id,
        done: `what ${printable(role)} in ${printable(system)} may do now is the reviewed content of ${targetText(target)}`,
        body: { system, role, digest, reason: options.reason },
      });
    });
}

function oneOf(contents: ChangedContent[], { role, system }: AcceptOptions, target: string): ChangedContent {
  const found = contents.filter((one) => (role === undefined || one.role === role) && (system === undefined || one.system === system));
  const [only] = found;
  if (only && found.length === 1) return only;
  const listed = contents.map((one) => `--role ${quoted(printable(one.role))} --system ${quoted(printable(one.system))}`).join(', or ');
  if (contents.length === 0)
    throw new CommandFailure(
      exitCodes.refused,
      `The last evaluation of ${target} found no role that changed, so there is nothing to accept. 'rolewave evaluate ${target}' evaluates it now.`,
      {
        code: 'stale-content',
      },
    );
  throw badInput(
    found.length === 0 ? `No such role has changed. Write ${listed}.` : `${found.length} roles have changed. Accept one at a time: write ${listed}.`,
  );
}
