/**
 * The kinds of systems that `rolewave init` and `rolewave observe` read, one row each: how a person names one, what its connection string looks like, and the
 * options that only some kinds have.
 */
import type { Command } from 'commander';
import type { ReaderOptions, SystemDetails } from '../domain/site/system-entry.ts';
import { badInput } from './exit-codes.ts';

export type ReadableKind = SystemDetails['kind'];

interface Row {
  /** `an LDAP directory` */
  what: string;
  /** Begins the options that name one, and the codes of failures: `--directory-env`, `directory-unreachable`. */
  word: 'database' | 'directory' | 'scim' | 'keycloak';
  /** The variable without any option. */
  usual: string;
  /** Ends the variable of a system that is named by its id. */
  variableEnd: string;
  example: string;
  /** Whether a connection string is of this kind, as far as its form tells. */
  isOne(connectionString: string): boolean;
}

const isDirectory = (text: string) => /^ldaps?:/i.test(text);
/** A realm's own address; what is below one, such as a SCIM server, is another. */
const isRealm = (text: string) => /^https?:[^?#]*\/realms\/[^/?#]+\/?$/i.test(text);
const isScim = (text: string) => /^https?:/i.test(text) && !isRealm(text);

export const readableKinds: Readonly<Record<ReadableKind, Row>> = {
  // Anything that is no other's is taken for PostgreSQL's, which says what is wrong with it.
  postgres: {
    what: 'a PostgreSQL database',
    word: 'database',
    usual: 'ERP_DATABASE_URL',
    variableEnd: '_DATABASE_URL',
    example: 'postgres://login:password@host:5432/database',
    isOne: (text) => !isDirectory(text) && !isScim(text) && !isRealm(text),
  },
  ldap: {
    what: 'an LDAP directory',
    word: 'directory',
    usual: 'DIRECTORY_URL',
    variableEnd: '_URL',
    example: 'ldaps://cn%3Drolewave,dc%3Dexample,dc%3Dcom:password@host',
    isOne: isDirectory,
  },
  scim: {
    what: 'a SCIM server',
    word: 'scim',
    usual: 'SCIM_URL',
    variableEnd: '_URL',
    example: 'https://bearer:token@scim.example.com/v2',
    isOne: isScim,
  },
  keycloak: {
    what: 'a realm of Keycloak',
    word: 'keycloak',
    usual: 'KEYCLOAK_URL',
    variableEnd: '_URL',
    example: 'https://rolewave:secret@sso.example.com/realms/company',
    isOne: isRealm,
  },
};
export const allKinds = Object.keys(readableKinds) as ReadableKind[];

export const envOption = (kind: ReadableKind): string => `--${readableKinds[kind].word}-env`;
export const urlOption = (kind: ReadableKind): string => `--${readableKinds[kind].word}-url`;
export const kindOf = (connectionString: string): ReadableKind => allKinds.find((kind) => readableKinds[kind].isOne(connectionString)) ?? 'postgres';

/** `a, b or c` */
export const oneOf = (texts: string[]): string => (texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`);

/** RFC 6749, 3.3. */
const isScopes = (text: string) => /^[\u0021\u0023-\u005b\u005d-\u007e]+( [\u0021\u0023-\u005b\u005d-\u007e]+)*$/.test(text);
const noneOf = (value: string, allowed: string[], where = ''): string | undefined =>
  allowed.includes(value) ? undefined : `${where}is ${oneOf(allowed)}, not '${value.slice(0, 60)}'.`;

type OwnOption = keyof ReaderOptions;
interface OwnRow {
  flags: string;
  text: string;
  kinds: ReadableKind[];
  /** Why it cannot have this value, as a sentence without the name of the option; undefined: it can. */
  mistake?(value: string, kind: ReadableKind, others: OwnValues): string | undefined;
}
export type OwnValues = Partial<Record<OwnOption, string>>;

/** In the order of the help. */
const ownOptions: Readonly<Record<OwnOption, OwnRow>> = {
  base: { flags: '--base <dn>', text: 'where in the directory to look for groups and people (default: all of its tree)', kinds: ['ldap'] },
  accountName: {
    flags: '--account-name <attribute>',
    text: 'the attribute of people by which a plan names them (default: uid, or sAMAccountName, in a directory; userName in a SCIM server)',
    kinds: ['ldap', 'scim'],
    mistake: (value, kind) => (kind === 'scim' ? noneOf(value, ['userName', 'externalId', 'id'], 'of a SCIM server ') : undefined),
  },
  tls: {
    flags: '--tls <mode>',
    text: 'required, or none, which takes an ldap:// address without StartTLS and an http:// address, for a system on the same machine (default: required)',
    kinds: ['ldap', 'scim', 'keycloak'],
    mistake: (value) => noneOf(value, ['required', 'none']),
  },
  caFile: {
    flags: '--ca-file <file>',
    text: 'the whole path of a file with the authorities that the system’s certificate is checked by',
    kinds: ['ldap', 'scim', 'keycloak'],
    mistake: (value) => (value.startsWith('/') ? undefined : `is the whole path of a file, such as /etc/ssl/company-ca.pem, not '${value.slice(0, 60)}'.`),
  },
  attribute: {
    flags: '--attribute <name>',
    text: 'roles or entitlements: grant values of this attribute of users in the SCIM server, and not groups',
    kinds: ['scim'],
    mistake: (value) => noneOf(value, ['roles', 'entitlements']),
  },
  tokenUrl: {
    flags: '--token-url <url>',
    text: 'where a client of the SCIM server gets its tokens (OAuth 2.0); the connection string then holds its id and secret, and no token',
    kinds: ['scim'],
    mistake: (value, _kind, { tls }) => {
      const protocol = URL.parse(value)?.protocol;
      if (protocol === 'https:' || (protocol === 'http:' && tls === 'none')) return undefined;
      return protocol === 'http:'
        ? 'is not encrypted: write an https:// address, or --tls none where the client’s secret may cross the network as it is.'
        : 'is not an address, such as https://login.example.com/oauth2/token.';
    },
  },
  scope: {
    flags: '--scope <scopes>',
    text: 'what is asked for with each token, as the server spells it',
    kinds: ['scim'],
    mistake: (value, _kind, { tokenUrl }) =>
      tokenUrl === undefined
        ? 'belongs to --token-url, which is missing.'
        : isScopes(value)
          ? undefined
          : 'is not a list of scopes with one space between two.',
  },
  realm: {
    flags: '--realm <name>',
    text: 'whose groups and roles to read in Keycloak (default: the realm of the connection string)',
    kinds: ['keycloak'],
    mistake: (value) => (value !== '' && value.length <= 255 ? undefined : 'is the name of a realm, of 1 to 255 characters.'),
  },
  passwordClient: {
    flags: '--password-client <id>',
    text: 'the connection string names a person and a password, who sign in to Keycloak through this client, such as admin-cli',
    kinds: ['keycloak'],
    mistake: (value) => (value !== '' && value.length <= 255 ? undefined : 'is the id of a client, of 1 to 255 characters.'),
  },
};
const nameOf = (option: OwnOption) => ownOptions[option].flags.split(' ')[0] ?? '';
const ownNames = Object.keys(ownOptions) as OwnOption[];

export function addKindOptions(command: Command): Command {
  const visible = 'connection string to use now; it is never stored. Other users of this machine can see it in the process list, so a variable is safer';
  command
    .option('--database-env <NAME>', 'environment variable that holds the connection string, such as ERP_DATABASE_URL; the site file contains only this name')
    .option('--database-url <url>', visible);
  for (const kind of allKinds.filter((one) => one !== 'postgres')) {
    const { what, usual, example } = readableKinds[kind];
    command
      .option(`${envOption(kind)} <NAME>`, `the same for ${what}, such as ${usual}, which holds ${example}`)
      .option(`${urlOption(kind)} <url>`, `the same for ${what}`);
  }
  for (const option of ownNames) command.option(ownOptions[option].flags, ownOptions[option].text);
  return command;
}

/** What only other kinds have is refused, before anything is read. */
export function checkedOwn(values: OwnValues, kind: ReadableKind): ReaderOptions {
  for (const option of ownNames) {
    const value = values[option];
    if (value === undefined) continue;
    const { kinds, mistake } = ownOptions[option];
    if (!kinds.includes(kind))
      throw badInput(
        `${nameOf(option)} is about ${oneOf(kinds.map((one) => readableKinds[one].what))}. Leave it out, or name such a system with ${oneOf(kinds.map(envOption))}.`,
      );
    const wrong = mistake?.(value, kind, values);
    if (wrong !== undefined) throw badInput(`${nameOf(option)} ${wrong}`);
  }
  return Object.fromEntries(ownNames.map((option) => [option, values[option]]));
}
