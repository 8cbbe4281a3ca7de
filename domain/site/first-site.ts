/** The first site file of a site: a commented text that a person goes on with. Pure. */
import { stringify } from 'yaml';

export interface SystemEntry {
  id: string;
  /** Name of the environment variable with the connection string. */
  env: string;
  /** `PostgreSQL 18.1, database erp`. */
  description: string;
  readOnly: boolean;
  /** Of a directory; a PostgreSQL has none. */
  directory?: DirectoryEntry | undefined;
}

/** Where a directory has what; DNs. */
export interface DirectoryEntry {
  tls: 'required' | 'none';
  caFile: string | undefined;
  groups: { base: string; name: string; placeholder: string | undefined };
  accounts: { base: string; name: string };
  /** Its log of changes; undefined where it has none that this login may read. */
  accesslog: string | undefined;
}

export interface FirstSite {
  /** Id of the person at this machine. */
  administrator: string;
  /** The plan that `init` has written; absent before there is one. */
  plan?: { id: string; operators: string[]; owners: string[]; system: SystemEntry; roles: string[] };
}

/** Also in a list between brackets, where more must be quoted. */
const scalar = (text: string): string => (/^[A-Za-z_][\w.-]*$/.test(text) && stringify(text).trim() === text ? text : JSON.stringify(text));
const list = (texts: string[]): string => `[${texts.map(scalar).join(', ')}]`;

/** Nobody else could approve what this person applies. */
const isAlone = (plan: FirstSite['plan']): boolean => plan === undefined || new Set([...plan.operators, ...plan.owners]).size === 1;

const separationLines = [
  '# One person alone may apply a change, sign it and receive the access. Remove these lines once there are two: by default a change needs the approval of',
  '# someone who neither applied it nor receives the access.',
  'separationOfDuties:',
  '  applierMayBeOnlySigner: true',
  '  signerMayBeGranted: true',
  '',
];

export function firstSite({ administrator, plan }: FirstSite): string {
  return [
    '# yaml-language-server: $schema=./site.schema.json',
    '# The site file: the systems, and which plans may use them. API and worker read it (ROLEWAVE_SITE) and follow its changes. Everything else about it is',
    '# in docs/site.md. It is not a plan: only those who run Rolewave should be able to write it.',
    'site: my-site',
    '# Those who may do everything that this file allows anyone.',
    `administrators: { people: ${list([administrator])} }`,
    '',
    ...(plan
      ? [
          '# The places that hold roles. The connection string is in a variable of the worker, or in a file; never here.',
          'systems:',
          ...systemLines(plan.system),
        ]
      : ['# The places that hold roles: the command `init` says what to add for a database or a directory.', 'systems: []']),
    '',
    ...(isAlone(plan) ? separationLines : []),
    '# Which plans may exist, who may apply them, and which systems and roles each may use.',
    'plans:',
    ...(plan ? planLines(plan) : [`  - plan: '*'`, `    apply: { people: ${list([administrator])} }`, '    systems: []']),
    '',
  ].join('\n');
}

/** What to add under `systems`. */
export const systemLines = ({ id, env, description, readOnly, directory }: SystemEntry): string[] => [
  `  - id: ${scalar(id)}`,
  `    kind: ${directory ? 'ldap' : 'postgres'}`,
  `    description: ${scalar(description)}`,
  `    connection: { env: ${scalar(env)} }`,
  ...(directory ? directoryLines(directory) : []),
  ...(readOnly
    ? ['    readOnly: true # opened read-only: nothing can be granted or revoked through it']
    : directory
      ? []
      : ['    # measure: { env: … } # a read-only login for the statements of metrics; without it, they use the login above']),
  "    # roles: { deny: ['*_admin'] } # that no plan may grant or retire; `allow` says which plans may, by default all",
  '    # breakGlass: [emergency_*] # accounts that no plan may name',
  ...(directory ? [] : ['    # timeZone: America/New_York # in which statements read local times, where it is not the database’s own']),
];

const directoryLines = ({ tls, caFile, groups, accounts, accesslog }: DirectoryEntry): string[] => [
  ...(tls === 'none' ? ['    tls: none # the password crosses the network as it is: only for a directory on the same machine'] : []),
  ...(caFile === undefined ? [] : [`    caFile: ${scalar(caFile)}`]),
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

const pairs = (values: Record<string, string | undefined>): string =>
  Object.entries(values)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${scalar(value)}`]))
    .join(', ');

/** What to add under `plans`. */
export const planLines = ({ id, operators, system, roles }: NonNullable<FirstSite['plan']>): string[] => [
  `  - plan: ${scalar(id)}`,
  `    apply: { people: ${list(operators)} }`,
  '    systems:',
  `      - { system: ${scalar(system.id)}, roles: ${list(roles)} }`,
];
