/** What a first site file says about a system, by its kind: lines for people, with what they must know about it. Pure. */
import { stringify } from 'yaml';
import { escapedInJson } from '../misleading-text.ts';

export interface SystemEntryBase {
  id: string;
  /** Name of the environment variable with the connection string. */
  env: string;
  /** `PostgreSQL 18.1, database erp`. */
  description: string;
  readOnly: boolean;
}

export type SystemEntry = SystemEntryBase & SystemDetails;

/** What differs from kind to kind. */
export type SystemDetails = { kind: 'postgres' } | DirectoryDetails | ScimDetails | KeycloakDetails;

/** Of everything that is reached over TLS. */
interface Encrypted {
  tls: 'required' | 'none';
  caFile: string | undefined;
}

/** Where a directory has what; DNs. */
export interface DirectoryDetails extends Encrypted {
  kind: 'ldap';
  groups: { base: string; name: string; placeholder: string | undefined };
  accounts: { base: string; name: string };
  /** Its log of changes; undefined where it has none that this login may read. */
  accesslog: string | undefined;
}

export interface ScimDetails extends Encrypted {
  kind: 'scim';
  oauth: { tokenUrl: string; scope: string | undefined } | undefined;
  /** What plans call groups by; of no meaning where `attribute` is granted. */
  groupName: string;
  /** Its values are granted, and not groups. */
  attribute: { name: string; values: string[] } | undefined;
  accountName: string;
}

export interface KeycloakDetails extends Encrypted {
  kind: 'keycloak';
  /** Where it is not the one of the connection string. */
  realm: string | undefined;
  passwordClient: string | undefined;
  /** How its admin events are kept, which tell who gave an access; undefined: this login may not see it. */
  events: { isKept: boolean; hasDetails: boolean } | undefined;
}

/** What a person says about a system besides its connection string, for `init` and `observe` to read it. */
export interface ReaderOptions {
  /** Of a directory: where groups and people are looked for. */
  base?: string | undefined;
  /** What plans call people by. */
  accountName?: string | undefined;
  /** Of an address without encryption: do without. */
  tls?: 'required' | 'none' | undefined;
  /** The file of the authorities that the certificate is checked by. */
  caFile?: string | undefined;
  /** Of a SCIM server: the attribute of users of which the values are granted, instead of groups. */
  attribute?: 'roles' | 'entitlements' | undefined;
  /** Of a SCIM server: where a client gets its tokens, and what it asks for there. */
  tokenUrl?: string | undefined;
  scope?: string | undefined;
  /** Of Keycloak: whose groups and roles these are, where it is not the realm of the connection string. */
  realm?: string | undefined;
  /** Of Keycloak: the connection string names a person, who signs in through this client. */
  passwordClient?: string | undefined;
}

/** Also in a list between brackets, where more must be quoted. */
export const scalar = (text: string): string =>
  /^[A-Za-z_][\w.-]*$/.test(text) && stringify(text).trim() === text ? text : escapedInJson(JSON.stringify(text));
export const list = (texts: string[]): string => `[${texts.map(scalar).join(', ')}]`;

/** What to add under `systems`. */
export const systemLines = (system: SystemEntry): string[] => [
  `  - id: ${scalar(system.id)}`,
  `    kind: ${system.kind}`,
  `    description: ${scalar(system.description)}`,
  `    connection: { env: ${scalar(system.env)} }`,
  ...ownLines(system),
  ...(system.readOnly
    ? ['    readOnly: true # opened read-only: nothing can be granted or revoked through it']
    : system.kind === 'postgres'
      ? ['    # measure: { env: … } # a read-only login for the statements of metrics; without it, they use the login above']
      : []),
  "    # roles: { deny: ['*_admin'] } # that no plan may grant or retire; `allow` says which plans may, by default all",
  '    # breakGlass: [emergency_*] # accounts that no plan may name',
  ...(system.kind === 'postgres' ? ['    # timeZone: America/New_York # in which statements read local times, where it is not the database’s own'] : []),
];

function ownLines(system: SystemEntry): string[] {
  switch (system.kind) {
    case 'postgres':
      return [];
    case 'ldap':
      return directoryLines(system);
    case 'scim':
      return scimLines(system);
    case 'keycloak':
      return keycloakLines(system);
  }
}

/**
 * What must be decided in the site file before anything is released, as a sentence: nothing tells a grant of Rolewave from one that somebody else made later.
 * undefined: nothing.
 */
export function undecided(system: SystemDetails): string | undefined {
  const soleWriter = undecidedKey(system);
  return soleWriter === undefined
    ? undefined
    : `Releases are refused until the site file says what a rollback may do, because ${noWitness(system)}: set ${soleWriter} where nobody else changes what is granted, or withoutRevoke: leave where a rollback may leave it.`;
}

function undecidedKey(system: SystemDetails): string | undefined {
  switch (system.kind) {
    case 'postgres':
      return undefined;
    case 'ldap':
      return system.accesslog === undefined ? 'groups.soleWriter' : undefined;
    case 'scim':
      return system.attribute ? 'attribute.soleWriter' : 'groups.soleWriter';
    case 'keycloak':
      return system.events?.isKept && system.events.hasDetails ? undefined : 'soleWriter';
  }
}

function noWitness(system: SystemDetails): string {
  if (system.kind === 'scim') return 'SCIM does not show who granted something';
  return system.kind === 'keycloak' ? eventsMissing(system) : 'the directory has no log of changes that this login may read';
}

const eventsMissing = ({ events }: KeycloakDetails): string =>
  events === undefined
    ? 'this login may not see how the realm keeps admin events'
    : events.isKept
      ? 'the realm keeps its admin events without their representation'
      : 'the realm keeps no admin events';

const directoryLines = ({ tls, caFile, groups, accounts, accesslog }: DirectoryDetails): string[] => [
  ...encryptionLines({ tls, caFile }, 'the password crosses the network as it is: only for a directory on the same machine'),
  '    # Plans may use groups and accounts below these places, and no others.',
  `    groups: { ${pairs({ base: groups.base, name: groups.name, placeholder: groups.placeholder })} }`,
  ...(groups.placeholder === undefined
    ? ['    # placeholder, in groups: an entry that is nobody, put into a group whose last member goes, where the schema wants one; such as cn=nobody,dc=…']
    : []),
  `    accounts: { ${pairs(accounts)} }`,
  ...(accesslog === undefined
    ? [
        '    # OpenLDAP’s log of changes. Without it Rolewave revokes nothing and refuses releases, because it cannot see whether somebody else has granted the same again;',
        '    # soleWriter: true in groups says that nobody else changes them.',
        '    # accesslog: cn=accesslog',
      ]
    : [`    accesslog: ${scalar(accesslog)} # the log of changes, by which a rollback revokes only what was granted here`]),
];

function scimLines({ tls, caFile, oauth, groupName, attribute, accountName, readOnly }: ScimDetails & SystemEntryBase): string[] {
  const where = attribute ? 'attribute' : 'groups';
  const soleWriter = readOnly
    ? []
    : [
        `    # SCIM does not show who granted something, and so neither whether somebody else has granted the same again. Releases are refused until you decide: write`,
        `    # soleWriter: true in ${where}, where nobody else changes ${attribute ? 'these values' : 'members of these groups'}; or withoutRevoke: leave here, where a rollback may leave what was granted.`,
      ];
  return [
    ...encryptionLines({ tls, caFile }, 'the token crosses the network as it is: only for a server on the same machine'),
    ...(oauth ? [`    oauth: { ${pairs(oauth)} }`] : []),
    ...soleWriter,
    ...(attribute
      ? [
          '    # Plans grant values of this attribute of users, and no others than these: a server keeps no list of them.',
          `    attribute: { name: ${attribute.name}, values: ${list(attribute.values)} }`,
        ]
      : [`    groups: { name: ${groupName} }`]),
    `    accounts: { name: ${accountName} }`,
  ];
}

function keycloakLines(system: KeycloakDetails & SystemEntryBase): string[] {
  const { realm, passwordClient, readOnly } = system;
  const witness =
    undecidedKey(system) === undefined
      ? [
          '    # A rollback revokes only what was granted here: who gave an access is read from the realm’s admin events. Keep them longer than the longest watch and rollback.',
        ]
      : [
          `    # Who gave an access is read from admin events, and ${eventsMissing(system)}. Turn on Realm settings > Events > Admin events settings >`,
          '    # Save events, and Include representation. Without them releases are refused until you decide: write soleWriter: true here, where nobody else changes these groups',
          '    # and roles; or withoutRevoke: leave, where a rollback may leave what was granted.',
        ];
  return [
    ...encryptionLines(system, 'the secret crosses the network as it is: only for a Keycloak on the same machine'),
    ...(realm === undefined ? [] : [`    realm: ${scalar(realm)}`]),
    ...(passwordClient === undefined
      ? []
      : [`    passwordClient: ${scalar(passwordClient)} # a person signs in with a password; prefer a client with a secret`]),
    ...(readOnly ? [] : witness),
  ];
}

const encryptionLines = ({ tls, caFile }: Encrypted, without: string): string[] => [
  ...(tls === 'none' ? [`    tls: none # ${without}`] : []),
  ...(caFile === undefined ? [] : [`    caFile: ${scalar(caFile)}`]),
];

const pairs = (values: Record<string, string | undefined>): string =>
  Object.entries(values)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${scalar(value)}`]))
    .join(', ');
