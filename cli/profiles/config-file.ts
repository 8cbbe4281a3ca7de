/**
 * The profiles of a person: which endpoints, and who they are there. They are in `~/.config/rolewave/config.yaml` (XDG_CONFIG_HOME), which people may edit;
 * what a sign-in gave is in `credentials.json` beside it. Both are for their owner alone (0600).
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { badInput } from '../exit-codes.ts';
import { printable } from '../printable.ts';

type Env = Record<string, string | undefined>;

export const settingNames = ['url', 'person', 'issuer', 'client-id', 'audience', 'scope', 'token'] as const;
export type SettingName = (typeof settingNames)[number];
/** `token`: which of the provider's two tokens identifies a person at the endpoint, `id` or `access`. */
export type Profile = Partial<Record<SettingName, string>>;

export interface Config {
  /** The profile that is used where none is named. */
  use?: string;
  profiles: Record<string, Profile>;
}

export interface Credentials {
  /** The endpoint that they are for; they are never sent to another. */
  url: string;
  token: string;
  /** Real time. */
  expiresMs?: number;
  refreshToken?: string;
}

export const configFolder = (env: Env): string => join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'rolewave');
export const configFile = (env: Env): string => join(configFolder(env), 'config.yaml');
const credentialsFile = (env: Env): string => join(configFolder(env), 'credentials.json');

/** Empty where there is none. Throws bad input that names the file. */
export async function readConfig(env: Env): Promise<Config> {
  const file = configFile(env);
  if (!existsSync(file)) return { profiles: {} };
  const { parse } = await import('yaml');
  try {
    return checked(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw badInput(
      `${printable(file)} cannot be read: ${printable(error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))}. Fix it, or remove it and run 'rolewave login' again.`,
      { file },
    );
  }
}

function checked(found: unknown): Config {
  if (found === null) return { profiles: {} };
  const { use, profiles = {} } = asRecord(found, 'the file');
  if (use !== undefined && typeof use !== 'string') throw new Error("'use' is not the name of a profile");
  const named = Object.entries(asRecord(profiles ?? {}, "'profiles'")).map(([name, settings]): [string, Profile] => [
    name,
    checkedProfile(name, settings ?? {}),
  ]);
  return { ...(use === undefined ? {} : { use }), profiles: Object.fromEntries(named) };
}

function checkedProfile(name: string, found: unknown): Profile {
  const settings = asRecord(found, `profile '${name}'`);
  for (const [key, value] of Object.entries(settings)) {
    if (!(settingNames as readonly string[]).includes(key)) throw new Error(`profile '${name}' has no setting '${key}': they are ${settingNames.join(', ')}`);
    if (typeof value !== 'string') throw new Error(`'${key}' of profile '${name}' is not a text`);
  }
  return settings;
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not a mapping`);
  return value as Record<string, unknown>;
}

export async function writeConfig(env: Env, config: Config): Promise<void> {
  const { stringify } = await import('yaml');
  writePrivate(configFile(env), stringify(config));
}

export function readCredentials(env: Env): Record<string, Credentials> {
  const file = credentialsFile(env);
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Credentials>;
  } catch {
    throw badInput(`${printable(file)} is not JSON. Remove it, and run 'rolewave login' again.`, { file });
  }
}

/** `undefined` removes them. */
export function writeCredentials(env: Env, profile: string, credentials: Credentials | undefined): void {
  const { [profile]: _, ...others } = readCredentials(env);
  const all = credentials === undefined ? others : { ...others, [profile]: credentials };
  if (Object.keys(all).length === 0) rmSync(credentialsFile(env), { force: true });
  else writePrivate(credentialsFile(env), `${JSON.stringify(all, null, 2)}\n`);
}

/** For its owner alone from its first byte, and whole or not at all. */
function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
