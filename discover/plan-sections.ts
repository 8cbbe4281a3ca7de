/** The sections that the written plans share: a few lines of YAML each, with a comment that says what belongs there. Pure. */
import type { AccessRole, OldAccess } from './access-roles.ts';
import type { FoundPerson } from './people.ts';
import type { FoundSystem, SystemWords } from './found-system.ts';
import { commented, inComment, list, value } from './yaml-text.ts';

/** By this, editors complete and check the file. */
export const editorLine = '# yaml-language-server: $schema=./plan.schema.json';

export interface SystemChoice {
  id: string;
}

/** Other logins are useful suggestions, but a whole page of them is not. */
const othersShown = 12;
const team = 'unassigned';

const systemSection = ({ id }: SystemChoice): string[] => [
  '# Systems are the places that hold roles. A plan only names them: where they are, and what this plan may do there, is in the site file (site.yaml).',
  `systems: ${list([id])}`,
];

function peopleSection(systemId: string, { login }: SystemWords, people: FoundPerson[], others: FoundPerson[]): string[] {
  const rest = others.length - othersShown;
  return [
    '# Everyone whom this plan names. Ids come from account names, and names are guesses: correct them, and add each person’s team. People with an address',
    '# under email can be notified by mail. `accounts` names the account in a system where it differs from the id.',
    'people:',
    ...people.map((person) => `  - ${entry(systemId, person)}`),
    ...(others.length > 0
      ? commented(
          [`More ${login}s that were found; add the people whom you need:`, ...others.slice(0, othersShown).map((person) => `- ${entry(systemId, person)}`)],
          '  ',
        )
      : []),
    ...(rest > 0 ? [`  # and ${rest} more`] : []),
  ];
}

const entry = (systemId: string, { id, name, account }: FoundPerson): string =>
  `{ id: ${value(id)}, name: ${value(name)}, team: ${team}${account === undefined ? '' : `, accounts: { ${value(systemId)}: ${value(account)} }`} }`;

const operatorsSection = (operators: string[]): string[] => [
  '# Operators run the waves: they set dates, hold back, pause and abort, and are notified when nobody else answers. Name more people than the packages’ owners.',
  `operators: ${list(operators)}`,
];

const noticesSection: string[] = [
  '# When a request is not answered in time, the owner’s delegate is notified first, then the on-call. Delegates sign for someone until a date.',
  '# notices: { onCall: [someone], usual: { delegateAfter: 24h, onCallAfter: 48h } }',
  '# delegates:',
  '#   - { of: someone, to: someone.else, until: 2030-01-31 }',
  '# Times in which nothing changes automatically, such as a month-end close:',
  '# blackouts:',
  '#   - { id: month-end, reason: Month-end close, from: 2030-01-30, until: 2030-02-03 }',
];

const metricsSection = (systemId: string, { noun, takesSql }: SystemWords): string[] => [
  ...(takesSql
    ? ['# Metrics measure what people really do with the role. Here a system is asked in SQL: one SELECT with one row of whole numbers, and Rolewave divides:']
    : [
        `# Metrics measure what people really do with the role. A ${noun} cannot be asked: name a database of the site, which \`systems\` of this plan then lists`,
        '# too. It is asked in SQL: one SELECT with one row of whole numbers, and Rolewave divides:',
      ]),
  '# a ratio is `count` of `of`, a rate is `count` per day. It counts what lies between :from and :to (the lookback of the metric, a day by default), and',
  '# may use :people (accounts) and :package. Uncomment these lines, write your own tables, and see what one measures with rolewave metric try:',
  '# metrics:',
  '#   - id: adoption',
  '#     description: Share of the people who have worked with the role within a week',
  '#     kind: ratio',
  '#     lookback: 7d',
  '#     provider:',
  '#       kind: sql',
  `#       system: ${takesSql ? value(systemId) : 'your-database'}`,
  '#       query: |',
  '#         select count(distinct account) as count, cardinality(:people) as of',
  '#         from your_activity_table where account = any(:people) and at > :from and at <= :to',
  '#   - id: exceptions',
  '#     description: Share of the postings that ended in an exception',
  '#     kind: ratio',
  '#     # delay: 6h # when rows arrive late',
  '#     provider:',
  '#       kind: sql',
  `#       system: ${takesSql ? value(systemId) : 'your-database'}`,
  '#       query: |',
  '#         select count(*) filter (where failed) as count, count(*) as of',
  '#         from your_activity_table where account = any(:people) and at > :from and at <= :to',
];

/** What the role may do in its system, as comments for readers of the plan. */
export function privilegesComment(words: SystemWords, { name, comment }: AccessRole, privileges: string[]): string[] {
  const shown = privileges.slice(0, 8).map(inComment);
  const more = privileges.length - shown.length;
  return commented(
    [
      ...(comment === undefined ? [] : [`The ${words.noun} says of ${inComment(name)}: ${inComment(comment)}`]),
      ...(shown.length === 0
        ? [words.mayDoNothing(inComment(name))]
        : [words.mayDo(inComment(name)), ...shown.map((line) => `  ${line}`), ...(more > 0 ? [`  and ${more} more`] : [])]),
    ],
    '    ',
  );
}

export function legacySuggestions(systemId: string, old: OldAccess[], people: number): string[] {
  if (old.length === 0) return ['    # legacy: the role’s holders hold no other role, so there is no legacy access to suggest'];
  return commented(
    [
      'Legacy access that is retired in the same window. The same people hold these roles; remove the comment marks from those that the package replaces.',
      '`design: rejected` is for legacy access that a rollback must not restore.',
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
  '    # How long it is watched after go-live (usually 7d, 14d or 21d), and with which metrics. access-drift needs no definition: it counts people who have the',
  '    # role without being in this plan, people who lost it, and changes of the role’s privileges.',
  '    watch:',
  `      length: ${length}`,
  '      metrics:',
  '        - { metric: access-drift, tune: { above: 0 } }',
  '        # - { metric: adoption, tune: { below: 0.5 } }',
  '        # - { metric: exceptions, tune: { above: 0.15 }, rollback: { above: 0.4 }, failuresAllowed: 1, minimum: 10 }',
];

/** The beginning of every plan: the system, the people, the operators, the notices and the metrics. */
export function aroundThePackage(
  system: SystemChoice,
  words: SystemWords,
  { people, otherPeople, operators }: { people: FoundPerson[]; otherPeople: FoundPerson[]; operators: string[] },
): string[] {
  const sections = [
    systemSection(system),
    peopleSection(system.id, words, people, otherPeople),
    operatorsSection(operators),
    noticesSection,
    metricsSection(system.id, words),
  ];
  return sections.flatMap((section) => [...section, '']);
}

/** `without`: the text for a role of which the system says nothing. */
export const descriptionOf = (role: AccessRole, without: string): string =>
  value(role.comment === undefined ? without : role.comment.replace(/\s+/g, ' ').slice(0, 500));

/** For the site file: `PostgreSQL 18.1, database erp`. */
/** `PostgreSQL 18.1, database erp`; a noun that says the product already stands alone: `SCIM server hr.example.com`. */
export const descriptionOfSystem = ({ product, words, name }: FoundSystem): string =>
  words.noun.startsWith(`${product.split(' ')[0]} `) ? `${words.noun} ${name}` : `${product}, ${words.noun} ${name}`;
