/** People in what the command prints: by name and id, and each command for those who can run it. */
import { expect, test } from 'vitest';
import type { GlobalOptions } from './global-options.ts';
import { pasteableIn, runBy, type Issued } from './invocation.ts';
import { answeredWith } from './proposal.ts';
import { withPeople } from './with-people.ts';

const names = new Map([
  ['olga', 'Olga Petrova'],
  ['viktor.hansen', 'Viktor Hansen'],
]);

test.each([
  ['reviewed by viktor.hansen', 'reviewed by viktor.hansen (Viktor Hansen)'],
  [
    "olga, viktor.hansen: sign. Run 'rolewave --as olga show p/w/viktor.hansen', olga.",
    "olga, viktor.hansen (Viktor Hansen): sign. Run 'rolewave --as olga show p/w/viktor.hansen', olga.",
  ],
  ['  → rolewave lift-hold p/w --pilot olga,viktor.hansen', '  → rolewave lift-hold p/w --pilot olga,viktor.hansen'],
])('%s', (text, named) => {
  expect(withPeople(names, text)).toBe(named);
  // A table is named before it is laid out, and again with all that is printed.
  expect(withPeople(names, named)).toBe(named);
});

const action = { type: 'certify', target: { plan: 'p', wave: 'w', package: 'k' }, fields: { supply: ['reason'] } } as const;
const command = 'rolewave certify p/w/k --reason "…"';

test.each<[string, string[] | undefined, string[], true?]>([
  ['may answer it themselves', ['olga'], [`→ ${command}`]],
  ['may not', ['viktor.hansen'], ['→ Only viktor.hansen can answer it.']],
  ['may not, but two others', ['a', 'b'], ['→ Only a or b can answer it.']],
  ['may not, nor many others', ['a', 'b', 'c', 'd'], ['→ Only a, b or 2 others can answer it.']],
  ['may not, nor fifty of more', Array.from({ length: 50 }, (_, at) => `o-${at}`), ['→ Only o-0, o-1 or many others can answer it.'], true],
  ['may not, nor anybody', [], ['→ Nobody in the plan may answer it: the plan must name somebody who may.']],
  ['may or may not, as an older endpoint does not say', undefined, [`→ ${command}`]],
])('for somebody who %s', (_, mayAnswer, lines, more) => {
  expect(
    answeredWith(
      {
        action: { ...action, fields: { supply: ['reason'] } },
        ...(mayAnswer === undefined ? {} : { mayAnswer: [...mayAnswer] }),
        ...(more ? { moreMayAnswer: true } : {}),
      },
      'olga',
    ),
  ).toEqual(lines);
});

test('somebody who may answer what another is asked for is told so', () => {
  expect(answeredWith({ action: { ...action, fields: { supply: ['reason'] } }, to: ['ana'], mayAnswer: ['ana', 'olga'] }, 'olga')).toEqual([
    '→ You may answer it, too:',
    command,
  ]);
});

test('what others run has neither the person nor the profile of the reader, and the same endpoint; it says who where the endpoint issues tokens', () => {
  const text = `→ viktor.hansen runs:\n  ${runBy('viktor.hansen', command)}\n  ${runBy('auth0|5f7c', command)}\n→ ${command}`;
  const printed = (issued: Issued | undefined, options: GlobalOptions) => pasteableIn(['certify'], { invokedAs: 'npx rolewave', issued }, options, text);
  const rest = 'certify p/w/k --reason "…"';
  const lines = (first: string, second: string, own: string) => `→ viktor.hansen runs:\n  ${first} ${rest}\n  ${second} ${rest}\n→ ${own} ${rest}`;
  expect(printed({ person: 'olga', named: true }, { as: 'olga', url: 'http://h:1' })).toBe(
    lines('npx rolewave --as viktor.hansen --url http://h:1', "npx rolewave --as 'auth0|5f7c' --url http://h:1", 'npx rolewave --as olga --url http://h:1'),
  );
  expect(printed(undefined, { profile: 'work', url: 'http://h:1' })).toBe(
    lines('npx rolewave --url http://h:1', 'npx rolewave --url http://h:1', 'npx rolewave --profile work --url http://h:1'),
  );
  expect(printed({ person: 'ines', named: false }, {})).toBe(
    lines('npx rolewave --as viktor.hansen', "npx rolewave --as 'auth0|5f7c'", 'npx rolewave --as ines'),
  );
});
