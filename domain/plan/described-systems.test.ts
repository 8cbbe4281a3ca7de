import { expect, test } from 'vitest';
import { mistakesIn, smallPlanWith } from '../../test/support/small-plan.ts';

const systems = '  - erp\n  - lab\n';
const options = { nowMs: 0 };

test('a plan of the old form has one mistake, which says what to write in the plan and what belongs in the site file, and no connection string', () => {
  const old = "  - { id: erp, kind: postgres, connection: 'postgres://kim:hunter2@db/erp', timeZone: UTC }\n  - { id: lab, kind: none, connection: LAB_URL }\n";
  const mistakes = mistakesIn(smallPlanWith([systems, old]), options);
  expect(mistakes).toEqual([
    'plan.yaml:4:3  systems  a plan names its systems by their ids and nothing else: write systems: [erp, lab]; kind, connection, timeZone belong into the site file, under systems (docs/site.md)',
  ]);
});

test('ids and descriptions may be mixed, and other mistakes are still found', () => {
  const mixed = '  - erp\n  - { id: lab, kind: none }\n';
  expect(mistakesIn(smallPlanWith([systems, mixed], ['owner: ana', 'owner: anna']), options)).toEqual([
    expect.stringContaining('write systems: [erp, lab]; kind belong'),
    expect.stringContaining("unknown owner 'anna'"),
  ]);
});

test.each([
  ['no id', '  - { kind: none }\n', /write systems: \[erp, lab\]/],
  ['an id that is none', '  - { id: ERP!, kind: none }\n', /systems\[0\].*'ERP!' is not an id/],
  ['a connection string as id', "  - 'postgres://kim:hunter2@db/erp'\n", /is not an id/],
])('%s', (_, written, words) => {
  const found = mistakesIn(smallPlanWith([systems, `${written}${systems}`]), options).join('\n');
  expect(found).toMatch(words);
  expect(found).not.toContain('hunter2');
});
