import { expect, test } from 'vitest';
import { mistakeLine } from '../plan/mistakes.ts';
import { loadSite } from './load.ts';

const good = `site: acme
administrators: { people: [root.ops], groups: [iam-admins] }
systems:
  - id: erp
    kind: postgres
    connection: { env: ERP_DATABASE_URL }
    measure: { file: /run/secrets/erp-measure }
    timeZone: America/New_York
    roles: { allow: [fin_*], deny: ['*_admin'] }
    breakGlass: [emergency_*]
plans:
  - plan: finance-*
    apply: { groups: [finance-iam] }
    systems: [{ system: erp, roles: [fin_*] }]
`;
const load = (text: string) => loadSite(new TextEncoder().encode(text), 'site.yaml');
const mistakes = (text: string) => {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.mistakes.map(mistakeLine);
};

test('what the file does not say has its default', () => {
  const loaded = load(good);
  expect(loaded).toMatchObject({
    ok: true,
    site: {
      site: 'acme',
      administrators: { people: ['root.ops'], groups: ['iam-admins'] },
      systems: [{ id: 'erp', readOnly: false, limits: { connections: 4, statementSeconds: 30 }, measure: { file: '/run/secrets/erp-measure' } }],
      plans: [{ apply: { people: [], groups: ['finance-iam'] }, read: { people: [], groups: [] } }],
      separationOfDuties: { applierMayBeOnlySigner: false, signerMayBeGranted: false },
      limits: { peoplePerPlan: 20_000, readsPerMinute: 600 },
    },
  });
});

test.each([
  ['an empty file', '', 'site.yaml:1:1'],
  ['no administrator', good.replace('{ people: [root.ops], groups: [iam-admins] }', '{}'), "'administrators' names nobody: write people or groups"],
  [
    'an unknown key',
    good.replace('timeZone:', 'timezone:'),
    "site.yaml:8:5  systems[0].timezone  system 'erp': unknown key 'timezone'; did you mean 'timeZone'?",
  ],
  ['a connection string', good.replace('{ env: ERP_DATABASE_URL }', 'postgres://kim:hunter2@db/erp'), 'site.yaml:6:17  systems[0].connection'],
  ['a system twice', good.replace('plans:\n', '  - { id: erp, kind: none }\nplans:\n'), "systems[1].id  'erp' is listed twice"],
  ['an unknown system', good.replace('[{ system: erp,', '[{ system: hr,'), "plans[0].systems[0].system  unknown system 'hr': list it under systems"],
  ['no plans', good.slice(0, good.indexOf('plans:')), 'the site lets nobody have a plan'],
  [
    'a usage statement with an unknown parameter',
    good.replace('timeZone:', "usage: 'select account, role, at from log where at >= :form'\n    timeZone:"),
    "systems[0].usage  the usage statement of 'erp': the query uses :form, which does not exist: use :from, :to, :people, :roles",
  ],
  [
    'a usage statement that writes',
    good.replace('timeZone:', "usage: 'delete from log'\n    timeZone:"),
    "the query begins with 'delete': a usage statement must be one SELECT that only reads",
  ],
  [
    'two usage statements',
    good.replace('timeZone:', "usage: 'select 1; select 2'\n    timeZone:"),
    'the query has several statements: a usage statement must be one SELECT',
  ],
  [
    'a usage statement of a system that takes none',
    good.replace('plans:\n', "  - { id: lab, kind: none, usage: 'select 1' }\nplans:\n"),
    "unknown key 'usage'",
  ],
  ['no time zone', good.replace('America/New_York', '+02:00'), 'is not a time zone: write a name such as America/New_York or UTC'],
  ['a relative file', good.replace('/run/secrets/erp-measure', 'secrets/erp'), 'is the whole path of a file'],
  ['a list', '- a\n- b\n', 'site.yaml:1:1'],
])('%s is a mistake that names its place', (_, text, expected) => {
  const found = mistakes(text);
  expect(found.join('\n')).toContain(expected);
  expect(found.join('\n')).not.toContain('hunter2');
});
