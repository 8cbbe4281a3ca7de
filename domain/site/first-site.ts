/** The first site file of a site: a commented text that a person goes on with. Pure. */
import { list, scalar, systemLines, type SystemEntry } from './system-entry.ts';

export interface FirstSite {
  /** Id of the person at this machine, who can sign in by it while no identity provider is set. */
  administrator: string;
  /** The plan that `init` has written; absent before there is one. */
  plan?: { id: string; operators: string[]; owners: string[]; system: SystemEntry; roles: string[] };
  /** Separation of duties stays, though one person is alone: somebody has decided so. */
  isSeparated?: boolean;
}

/** Who applies a plan and is the only one who could approve what they apply; undefined: there are two, or nothing of it needs an approval. */
export function whoIsAlone(administrator: string, plan?: FirstSite['plan']): string | undefined {
  const people = new Set(plan === undefined ? [administrator] : [...plan.operators, ...plan.owners]);
  return people.size === 1 && plan?.system.readOnly !== true ? [...people][0] : undefined;
}

const separationLines = [
  '# One person alone may apply a change, sign it and receive the access. Remove these lines once there are two: by default a change needs the approval of',
  '# someone who neither applied it nor receives the access.',
  'separationOfDuties:',
  '  applierMayBeOnlySigner: true',
  '  signerMayBeGranted: true',
  '',
];

export function firstSite({ administrator, plan, isSeparated = false }: FirstSite): string {
  return [
    '# yaml-language-server: $schema=./site.schema.json',
    '# The site file: the systems, and which plans may use them. API and worker read it (ROLEWAVE_SITE) and follow its changes. Everything else about it is',
    '# in docs/site.md. It is not a plan: only those who run Rolewave should be able to write it.',
    'site: my-site',
    '# Those who may do everything that this file allows anyone. While no identity provider is set, they sign in like the people of the plans: on the page',
    `# /sign-in of this machine, or with --as ${administrator} in a command.`,
    `administrators: { people: ${list([administrator])} }`,
    '',
    ...(plan
      ? [
          '# The places that hold roles. The connection string is in a variable of the worker, or in a file; never here.',
          'systems:',
          ...systemLines(plan.system),
        ]
      : [
          '# The places that hold roles: the command `init` says what to add for a database, a directory, a SCIM server or a realm of Keycloak.',
          'systems: []',
        ]),
    '',
    ...(whoIsAlone(administrator, plan) === undefined || isSeparated ? [] : separationLines),
    '# Which plans may exist, who may apply them, and which systems and roles each may use.',
    'plans:',
    ...(plan ? planLines(plan) : [`  - plan: '*'`, `    apply: { people: ${list([administrator])} }`, '    systems: []']),
    '',
  ].join('\n');
}

/** What to add under `plans`. */
export const planLines = ({ id, operators, system, roles }: NonNullable<FirstSite['plan']>): string[] => [
  `  - plan: ${scalar(id)}`,
  `    apply: { people: ${list(operators)} }`,
  '    systems:',
  `      - { system: ${scalar(system.id)}, roles: ${list(roles)} }`,
];
