/** `rolewave logout`: forgets a sign-in. */
import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { globalOptionsOf } from '../global-options.ts';
import type { Io } from '../io.ts';
import { profileNamed } from '../profiles/caller.ts';
import { readConfig, readCredentials, writeCredentials } from '../profiles/config-file.ts';

export function addLogout(program: Command, io: Io): void {
  program
    .command('logout')
    .description('Ends the sign-in of a profile: asks the provider to revoke it, and removes its tokens from this machine. The profile itself stays.')
    .addHelpText('after', '\nExamples:\n  rolewave logout\n  rolewave logout --profile staging')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(io, command);
      const config = await readConfig(io.env);
      const name = globalOptionsOf(command).profile ?? (io.env['ROLEWAVE_PROFILE'] || config.use || 'default');
      const credentials = readCredentials(io.env)[name];
      if (!credentials) return context.answer({ profile: name, signedOut: false }, `Profile '${name}' is not signed in, so nothing was changed.`);
      const { endSignIn } = await import('../profiles/sign-in.ts');
      const revoked = await endSignIn(profileNamed(config, name), credentials).then(
        () => true,
        () => false,
      );
      writeCredentials(io.env, name, undefined);
      context.answer(
        { profile: name, signedOut: true, revoked },
        `Signed out of ${credentials.url}.${revoked ? '' : ' The provider did not confirm that it ended the sign-in; its token counts until it expires.'}`,
      );
    });
}
