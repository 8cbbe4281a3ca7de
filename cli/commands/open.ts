/** `rolewave open`: the pages, in a browser. */
import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { globalOptionsOf } from '../global-options.ts';
import type { Io } from '../io.ts';
import { pagePath } from '../page-path.ts';
import { callerFor } from '../profiles/caller.ts';

export function addOpen(program: Command, io: Io): void {
  program
    .command('open')
    .description('Opens the board, or the page of a wave or a package, in the browser of this machine. Where it has none, the address is printed.')
    .argument('[what]', 'plan/wave, or plan/wave/package (default: the board)')
    .option('--print', 'only print the address')
    .addHelpText('after', '\nExamples:\n  rolewave open\n  rolewave open role-packages/wave-1/finance-month-end-operator')
    .action(async (what: string | undefined, { print }: { print?: boolean }, command: Command) => {
      const context = contextOf(io, command);
      const path = pagePath(what);
      const address = `${(await callerFor(io, globalOptionsOf(command))).url}${path}`;
      const opened = !print && !context.json && io.canBrowse && (await io.openBrowser(address));
      context.answer({ address }, opened ? `Opened ${address}` : address);
    });
}
