/** The sections that the written plans share: each a few lines of YAML with a comment that says what belongs there. Pure. */
import type { AccessRole, OldAccess } from './access-roles.ts';
import type { FoundPerson } from './people.ts';
import { commented, inComment, list, value } from './yaml-text.ts';

export interface SystemChoice {
  id: string;
  /** Name of the environment variable; its value is never written. */
  connection: string;
  /** `PostgreSQL 18.1, database erp`. */
  description: string;
}

/** Others that were found are worth an evaluation, and a page of them is not. */
const othersShown = 12;
const team = 'unassigned';

function systemSection({ id, connection, description }: SystemChoice, readOnly: boolean): string[] {
  return [
    '# Systems are the places that hold roles. `connection` is the NAME of an environment variable, which is set where the worker runs and holds the',
    '# connection string; credentials never stand in a plan.',
    'systems:',
    `  - id: ${value(id)}`,
    '    kind: postgres',
    `    description: ${value(description)}`,
    `    connection: ${connection}`,
    ...(readOnly ? ['    readOnly: true # opened so that it can only be read: nothing can be given or taken through it'] : []),
    '    # usage: who used what last, for the night on which somebody wants to know what a rollback would interrupt',
    '    #   select account, role, max(at) as at from … where role = any(:roles) and account = any(:people) group by 1, 2',
  ];
}

function peopleSection(systemId: string, people: FoundPerson[], others: FoundPerson[]): string[] {
  const rest = others.length - othersShown;
  return [
    '# Everybody whom this plan names. Ids were made from account names, and names are guesses: fix them, and write each one’s team. With an address',
    '# under email somebody can be told by mail. `accounts` says the account of a system where it is not the id.',
    'people:',
    ...people.map((person) => `  - ${entry(systemId, person)}`),
    ...(others.length > 0
      ? commented(
          ['More logins that were found; take over whom you need:', ...others.slice(0, othersShown).map((person) => `- ${entry(systemId, person)}`)],
          '  ',
        )
      : []),
    ...(rest > 0 ? [`  # and ${rest} more`] : []),
  ];
}

const entry = (systemId: string, { id, name, account }: FoundPerson): string =>
  `{ id: ${value(id)}, name: ${value(name)}, team: ${team}${account === undefined ? '' : `, accounts: { ${value(systemId)}: ${value(account)} }`} }`;

const operatorsSection = (operators: string[]): string[] => [
  '# Operators run the waves: they set dates, hold back, pause and abort, and are told when nobody else answers. Better not the packages’ owners alone.',
  `operators: ${list(operators)}`,
];

const noticesSection: string[] = [
  '# When a request is not answered in time, first the owner’s delegate and then the on-call is told. Delegates sign for somebody until a date.',
  '# notices: { onCall: [somebody], usual: { delegateAfter: 24h, onCallAfter: 48h } }',
  '# delegates:',
  '#   - { of: somebody, to: somebody.else, until: 2030-01-31 }',
  '# Times in which nothing changes by itself, such as a month-end close:',
  '# blackouts:',
  '#   - { id: month-end, reason: Month-end close, from: 2030-01-30, until: 2030-02-03 }',
];

const metricsSection = (systemId: string): string[] => [
  '# Metrics measure what people really do with the role. Here a system is asked in SQL: one SELECT with one row, `value` and, where it counts a',
  '# sample, `n`. It may use :from and :to (the range of the evaluation), :start (go-live), :people (accounts) and :package. Uncomment these lines',
  '# and write your own tables:',
  '# metrics:',
  '#   - id: adoption',
  '#     description: Share of the people who have worked with the role since go-live',
  '#     unit: ratio',
  '#     provider:',
  '#       kind: sql',
  `#       system: ${value(systemId)}`,
  '#       query: |',
  '#         select count(distinct account)::float8 / nullif(cardinality(:people), 0) as value, count(*) as n',
  '#         from your_activity_table where account = any(:people) and at >= :start and at < :to',
  '#   - id: exceptions',
  '#     description: Exceptions for each posting',
  '#     unit: ratio',
  '#     provider:',
  '#       kind: sql',
  `#       system: ${value(systemId)}`,
  '#       query: |',
  '#         select count(*) filter (where failed)::float8 / nullif(count(*), 0) as value, count(*) as n',
  '#         from your_activity_table where account = any(:people) and at >= :from and at < :to',
];

/** What the role may do, as its database says, for whoever reads the plan. */
export function privilegesComment({ name, comment }: AccessRole, privileges: string[]): string[] {
  const shown = privileges.slice(0, 8).map(inComment);
  const more = privileges.length - shown.length;
  return commented(
    [
      ...(comment === undefined ? [] : [`The database says of ${inComment(name)}: ${inComment(comment)}`]),
      ...(shown.length === 0
        ? [`${inComment(name)} has no privileges of its own in this database.`]
        : [`What ${inComment(name)} may do in this database:`, ...shown.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : [])]),
    ],
    '    ',
  );
}

export function legacySuggestions(systemId: string, old: OldAccess[], people: number): string[] {
  if (old.length === 0) return ['    # legacy: nobody who holds the role holds another one, so there is no old access to suggest'];
  return commented(
    [
      'Old access that is retired in the same window. These are roles that the same people hold; take the marks away from those that it replaces.',
      '`design: rejected` is for old access that no rollback may restore.',
      'legacy:',
      ...old
        .slice(0, 8)
        .map(
          ({ role, shared }) =>
            `  - ${roleEntry(systemId, role.name)} # held by ${shared.length} of the ${people}: ${inComment(shared.slice(0, 5).join(', '))}`,
        ),
    ],
    '    ',
  );
}

export const roleEntry = (systemId: string, role: string): string => `{ system: ${value(systemId)}, role: ${value(role)} }`;

export const watchSection = (length: string): string[] => [
  '    # How long it is watched after go-live (7d, 14d or 21d as a rule), and by what. access-drift is there without being defined: it counts who has the',
  '    # role without being in this plan, who lost it, and changes of the role itself.',
  '    watch:',
  `      length: ${length}`,
  '      metrics:',
  '        - { metric: access-drift, tune: { above: 0 } }',
  '        # - { metric: adoption, tune: { below: 0.5 }, from: 7d }',
  '        # - { metric: exceptions, tune: { above: 0.15 }, rollback: { above: 0.4 }, failuresAllowed: 1, minimum: 10 }',
];

/** What every plan begins with: the system, the people, who runs it, and how they are told and what is measured. */
export function aroundThePackage(
  system: SystemChoice,
  readOnly: boolean,
  { people, otherPeople, operators }: { people: FoundPerson[]; otherPeople: FoundPerson[]; operators: string[] },
): string[] {
  const sections = [
    systemSection(system, readOnly),
    peopleSection(system.id, people, otherPeople),
    operatorsSection(operators),
    noticesSection,
    metricsSection(system.id),
  ];
  return sections.flatMap((section) => [...section, '']);
}

/** `without`: what is said of a role that has no comment in the database. */
export const descriptionOf = (role: AccessRole, without: string): string =>
  value(role.comment === undefined ? without : role.comment.replace(/\s+/g, ' ').slice(0, 500));
