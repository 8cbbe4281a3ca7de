/**
 * Who this command acts as, and at which endpoint. The endpoint: `--url`, ROLEWAVE_URL, the profile, the `npm start` of this folder, this machine. The person: `--as`; a profile that was
 * named on the command line; ROLEWAVE_TOKEN; the profile in use; and on this machine ROLEWAVE_PERSON, or the operator whom the endpoint names.
 */
import type { GlobalOptions } from '../global-options.ts';
import { ownEndpoint } from '../../settings/own-endpoint.ts';
import { badInput } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { printable } from '../printable.ts';
import { isLoopback } from './loopback.ts';
import { readConfig, readCredentials, type Config, type Profile } from './config-file.ts';

/** `url`: without a slash at its end. `person`: `{}` where the endpoint says who the operator is. */
export interface Caller {
  url: string;
  token?: string;
  issuedFor?: { person?: string };
}

const here = 'http://127.0.0.1:8088';

export async function callerFor(io: Io, options: GlobalOptions): Promise<Caller> {
  const config = await readConfig(io.env);
  const name = options.profile ?? (io.env['ROLEWAVE_PROFILE'] || config.use);
  const profile = name === undefined ? undefined : profileNamed(config, name);
  const url = endpoint(options.url ?? (io.env['ROLEWAVE_URL'] || profile?.url || ownEndpoint(io.env) || here));
  if (options.as !== undefined) return { url, issuedFor: { person: options.as } };
  const own = async () => (name === undefined || profile === undefined ? undefined : callerOfProfile(io, name, profile, url));
  const named = options.profile === undefined ? undefined : await own();
  if (named) return named;
  const token = io.env['ROLEWAVE_TOKEN'];
  if (token) return { url, token };
  const used = await own();
  if (used) return used;
  if (!isLoopback(url)) return { url };
  const person = io.env['ROLEWAVE_PERSON'];
  return { url, issuedFor: person ? { person } : {} };
}

export function profileNamed({ profiles }: Config, name: string): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile) return profile;
  const known = Object.keys(profiles);
  throw badInput(
    `There is no profile '${printable(name)}'. ${known.length === 0 ? "'rolewave login --profile NAME' makes one" : `There is ${known.map(printable).join(', ')}`}.`,
    { code: 'unknown-profile' },
  );
}

/** The profile says who, if its sign-in is for this endpoint. */
async function callerOfProfile(io: Io, name: string, profile: Profile, url: string): Promise<Caller | undefined> {
  const credentials = readCredentials(io.env)[name];
  if (credentials?.url === url) {
    const { freshToken } = await import('./sign-in.ts');
    return { url, token: await freshToken(io, name, profile, credentials) };
  }
  return profile.person !== undefined && isLoopback(url) ? { url, issuedFor: { person: profile.person } } : undefined;
}

/** Without a slash at its end. Throws bad input. */
export function endpoint(text: string): string {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw badInput(
      `'${printable(text.slice(0, 200))}' is not the address of an endpoint. Set --url, ROLEWAVE_URL or the profile's url to an address such as http://127.0.0.1:8088.`,
    );
  return url.href.replace(/\/+$/, '');
}
