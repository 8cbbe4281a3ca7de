/** `rolewave profile`: which endpoints you use, and who you are there. */
import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { badInput } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { globalOptionsOf, type GlobalOptions } from '../global-options.ts';
import { instantText } from '../../domain/time/instant.ts';
import { endpoint, profileNamed } from '../profiles/caller.ts';
import {
  configFile,
  readConfig,
  readCredentials,
  settingNames,
  writeConfig,
  writeCredentials,
  type Config,
  type Credentials,
  type Profile,
  type SettingName,
} from '../profiles/config-file.ts';
import { printable } from '../printable.ts';

export function addProfile(program: Command, io: Io): void {
  const profile = program.command('profile').description('Shows and changes your profiles: each is an endpoint, and who you are there.');
  profile
    .command('list')
    .summary('list your profiles')
    .description('Lists your profiles. * marks the one that is used where neither --profile nor ROLEWAVE_PROFILE names another.')
    .addHelpText('after', '\nExample:\n  rolewave profile list')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(io, command);
      const config = await readConfig(io.env);
      const credentials = readCredentials(io.env);
      const rows = Object.entries(config.profiles).map(([name, settings]) => ({
        name,
        used: name === config.use,
        url: settings.url ?? '',
        ...whoOf(settings, credentials[name]),
      }));
      const width = Math.max(0, ...rows.map(({ name }) => name.length));
      context.answer(
        { file: configFile(io.env), profiles: rows },
        rows.length === 0
          ? "You have no profile. To make one for a demo or an endpoint of your own: 'rolewave profile set NAME url=http://… person=…'. For one where people sign in, see 'rolewave login --help'."
          : rows.map(({ name, used, url, who }) => `${used ? '*' : ' '} ${printable(name).padEnd(width)}  ${printable(url)}  ${printable(who)}`).join('\n'),
      );
    });
  profile
    .command('use')
    .summary('use this profile from now on')
    .description('Uses this profile from now on, where no other is named.')
    .argument('<name>', 'the profile')
    .addHelpText('after', '\nExample:\n  rolewave profile use staging')
    .action(async (name: string, _options: object, command: Command) => {
      const config = await readConfig(io.env);
      const { url = '' } = profileNamed(config, name);
      await writeConfig(io.env, { ...config, use: name });
      contextOf(io, command).answer({ use: name }, `From now on '${name}' is used: ${printable(url)}.`);
    });
  profile
    .command('show')
    .summary('show the settings of a profile')
    .description('Shows the settings of a profile, and whether it is signed in. Tokens are not shown.')
    .argument('[name]', 'the profile (default: the one in use)')
    .addHelpText('after', '\nExample:\n  rolewave profile show staging')
    .action(async (given: string | undefined, _options: object, command: Command) => {
      const config = await readConfig(io.env);
      const name = given ?? inUse(config, io);
      const settings = profileNamed(config, name);
      const { who, expiresMs } = whoOf(settings, readCredentials(io.env)[name]);
      contextOf(io, command).answer(
        { name, settings, who, ...(expiresMs === undefined ? {} : { expiresMs }) },
        [`${printable(name)}: ${who}`, ...Object.entries(settings).map(([key, value]) => `  ${key}: ${printable(value)}`)].join('\n'),
      );
    });
  const set = profile
    .command('set')
    .summary('make a profile, or change its settings')
    .description(`Makes a profile, or changes its settings: ${settingNames.join(', ')}. A setting without a value is removed.`)
    .argument('<name>', 'the profile')
    .argument('[setting=value...]', 'what to set');
  for (const setting of ownOptions) set.option(`--${setting} <value>`, `the same as ${setting}=value`);
  set
    .addHelpText(
      'after',
      '\nExamples:\n  rolewave profile set staging url=https://staging.example.com issuer=https://login.example.com client-id=rolewave-cli\n  rolewave profile set demo url=http://127.0.0.1:8088 person=anna.lindgren\n  rolewave profile set demo --url http://127.0.0.1:8088 --person anna.lindgren',
    )
    .action(async (name: string, written: string[], options: Record<string, string>, command: Command) => {
      const texts = [...written, ...givenAsOptions(options, globalOptionsOf(command))];
      if (texts.length === 0) return command.error(`Nothing to set: write setting=value, with one or more of ${settingNames.join(', ')}.`);
      if (!/^[\w.-]{1,60}$/.test(name)) throw badInput(`'${printable(name)}' cannot be a profile: use letters, digits, dots, dashes and underscores.`);
      const config = await readConfig(io.env);
      const settings = texts.reduce(withSetting, Object.hasOwn(config.profiles, name) ? (config.profiles[name] ?? {}) : {});
      await writeConfig(io.env, { ...config, use: config.use ?? name, profiles: { ...config.profiles, [name]: settings } });
      contextOf(io, command).answer({ name, settings }, `Profile '${name}' is set in ${configFile(io.env)}.`);
    });
  profile
    .command('remove')
    .summary('remove a profile and its sign-in')
    .description('Removes a profile and its sign-in from this machine.')
    .argument('<name>', 'the profile')
    .addHelpText('after', '\nExample:\n  rolewave profile remove staging')
    .action(async (name: string, _options: object, command: Command) => {
      const config = await readConfig(io.env);
      profileNamed(config, name);
      const { [name]: _, ...profiles } = config.profiles;
      const { use, ...rest } = config;
      await writeConfig(io.env, { ...rest, ...(use === undefined || use === name ? {} : { use }), profiles });
      writeCredentials(io.env, name, undefined);
      contextOf(io, command).answer({ removed: name }, `Profile '${name}' is removed.`);
    });
}

/** `--url` is an option of every command. */
const ownOptions = settingNames.filter((setting) => setting !== 'url');

/** What was written as an option of another command would be. `options`: by their names in camel case. */
function givenAsOptions(options: Record<string, string>, { url, as }: GlobalOptions): string[] {
  const given = { url, person: as, ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name === 'clientId' ? 'client-id' : name, value])) };
  return Object.entries(given).flatMap(([setting, value]) => (value === undefined ? [] : [`${setting}=${value}`]));
}

function inUse({ use }: Config, io: Io): string {
  const name = io.env['ROLEWAVE_PROFILE'] || use;
  if (name) return name;
  throw badInput("No profile is in use. Name one; 'rolewave profile list' lists them.");
}

function whoOf({ person }: Profile, credentials: Credentials | undefined): { who: string; expiresMs?: number } {
  if (!credentials) return { who: person === undefined ? 'not signed in' : `as ${person}` };
  const { expiresMs, refreshToken } = credentials;
  const until = refreshToken === undefined && expiresMs !== undefined ? `, until ${instantText(expiresMs)}` : '';
  return { who: `signed in${until}`, ...(expiresMs === undefined ? {} : { expiresMs }) };
}

function withSetting(settings: Profile, text: string): Profile {
  const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!(settingNames as readonly string[]).includes(key))
    throw badInput(`'${printable(text)}' is not written setting=value, with one of these settings: ${settingNames.join(', ')}.`);
  const { [key as SettingName]: _, ...others } = settings;
  return value === '' ? others : { ...others, [key]: key === 'url' ? endpoint(value) : value };
}
