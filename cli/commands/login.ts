/** `rolewave login`: signs you in at an endpoint, and keeps that as a profile. */
import { Option, type Command } from 'commander';
import type { PlanRow } from '../../domain/views/revision.ts';
import { ApiClient } from '../api-client.ts';
import { contextOf } from '../context.ts';
import { globalOptionsOf } from '../global-options.ts';
import { badInput, CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { endpoint } from '../profiles/caller.ts';
import { configFile, readConfig, writeConfig, writeCredentials, type Profile } from '../profiles/config-file.ts';
import { printable } from '../printable.ts';

interface LoginOptions {
  issuer?: string;
  clientId?: string;
  audience?: string;
  scope?: string;
  token?: string;
  device?: boolean;
  browser?: boolean;
}

export function addLogin(program: Command, io: Io): void {
  program
    .command('login')
    .description(
      'Signs you in with your organization’s OpenID Connect provider: in the browser of this machine, or, where it has none, by a code that you enter on another device. The endpoint and the provider are kept as a profile, so later only `rolewave login` is needed. Tokens are stored for your account alone, are renewed, and are only sent to this endpoint.',
    )
    .option('--issuer <address>', 'the provider, as its tokens name it')
    .option('--client-id <id>', 'the client that the provider knows the command as; public, without a secret')
    .option('--audience <name>', 'the audience that the endpoint expects, where the provider must be asked for it')
    .option('--scope <scopes>', 'what to ask for (default: openid offline_access)')
    .addOption(
      new Option(
        '--token <which>',
        'which token identifies you at the endpoint (default: the access token if it is a JSON Web Token, or else the ID token)',
      ).choices(['access', 'id']),
    )
    .addOption(new Option('--device', 'by a code on another device').conflicts('browser'))
    .option('--browser', 'by the browser of this machine')
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave login --url https://rolewave.example.com --issuer https://login.example.com --client-id rolewave-cli\n  rolewave login --device\n  rolewave login --profile staging --url https://staging.example.com --issuer https://login.example.com --client-id rolewave-cli',
    )
    .action(async (options: LoginOptions, command: Command) => {
      const context = contextOf(io, command);
      const global = globalOptionsOf(command);
      if (global.as !== undefined) throw badInput('--as needs no sign-in: leave one of them out.');
      const config = await readConfig(io.env);
      const name = global.profile ?? (io.env['ROLEWAVE_PROFILE'] || config.use || 'default');
      if (!/^[\w.-]{1,60}$/.test(name)) throw badInput(`'${printable(name)}' cannot be a profile: use letters, digits, dots, dashes and underscores.`);
      const before = Object.hasOwn(config.profiles, name) ? config.profiles[name] : undefined;
      const profile: Profile = {
        ...before,
        ...settingsOf(options),
        url: endpoint(global.url ?? before?.url ?? (io.env['ROLEWAVE_URL'] || 'http://127.0.0.1:8088')),
      };
      const { signIn } = await import('../profiles/sign-in.ts');
      const signed = await signIn(io, profile, options.device ? 'device' : options.browser ? 'browser' : undefined);
      const url = profile.url ?? '';
      const { person, note } = await acceptedBy(url, signed.token);
      await writeConfig(io.env, { ...config, use: config.use ?? name, profiles: { ...config.profiles, [name]: profile } });
      writeCredentials(io.env, name, { ...signed, url });
      const isUsed = (config.use ?? name) === name;
      context.answer(
        { profile: name, url, ...(person === undefined ? {} : { person }), ...(signed.expiresMs === undefined ? {} : { expiresMs: signed.expiresMs }) },
        `Signed in${person === undefined ? '' : ` as ${printable(person)}`} at ${url}, as profile '${name}' in ${configFile(io.env)}.${note}${
          isUsed ? '' : ` To use it without --profile: rolewave profile use ${name}`
        }`,
      );
    });
}

const settingsOf = ({ issuer, clientId, audience, scope, token }: LoginOptions): Profile =>
  Object.fromEntries(Object.entries({ issuer, 'client-id': clientId, audience, scope, token }).filter(([, value]) => value !== undefined));

/** Throws where the endpoint refuses the token: a sign-in that does not count is not kept. */
async function acceptedBy(url: string, token: string): Promise<{ person?: string; note: string }> {
  const client = new ApiClient({ caller: () => Promise.resolve({ url, token }), timeoutMs: 10_000 });
  try {
    await client.get<PlanRow[]>('/v1/plans');
    const { person } = client;
    return { ...(person === undefined ? {} : { person }), note: '' };
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== exitCodes.unreachable) throw error;
    return { note: ' The endpoint does not answer now, so it has not been tried there.' };
  }
}
