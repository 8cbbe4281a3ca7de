/** A plan as people write it down: in YAML or in JSON, with scalars that are read as something else, and with the ids of an identity provider. */
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadPlan, planNamedIn, readPlanText } from './load.ts';
import { mistakesIn, smallPlan, smallPlanWith } from '../../test/support/small-plan.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const load = (text: string) => loadPlan(text, 'plan.yaml', { nowMs });
const document = parse(smallPlan) as Record<string, unknown>;

describe('a plan in JSON', () => {
  const forms: [string, string][] = [
    ['on one line', JSON.stringify(document)],
    ['indented by two', JSON.stringify(document, undefined, 2)],
    ['indented by tabs', JSON.stringify(document, undefined, '\t')],
    ['with its name last', JSON.stringify(Object.fromEntries(Object.entries(document).toReversed()), undefined, 2)],
    ['in Windows’ line ends', JSON.stringify(document, undefined, 2).replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${JSON.stringify(document)}`],
  ];

  test.each(forms)('%s is the same plan as in YAML', (_form, text) => {
    expect(load(text)).toEqual(load(smallPlan));
  });

  test.each([...forms, ['in YAML with the name in a folded block', smallPlan.replace('plan: small', 'plan: >-\n  small')] as [string, string]])(
    '%s says by its content, not by its looks, which plan it is',
    (_form, text) => {
      expect(planNamedIn(readPlanText(text))).toBe('small');
    },
  );

  test.each(['{ "plan": "../small" }', '{ "plan": "a\\u0000b" }', '{ "plan": 7 }', '[]', '{', ''])('%s names no plan', (text) => {
    expect(planNamedIn(readPlanText(text))).toBeUndefined();
  });

  test('has its mistakes where they stand in the JSON', () => {
    const text = JSON.stringify({ ...document, operators: ['nobody'] }, undefined, 2);
    const line = text.slice(0, text.indexOf('"nobody"')).split('\n').length;
    expect(mistakesIn(text)).toEqual([`plan.yaml:${line}:5  operators[0]  unknown operator 'nobody': no person of this plan has that id`]);
  });

  test('that breaks off is reported at the place where it does', () => {
    expect(mistakesIn('{\n  "plan": "small",\n  "systems": [')[0]).toMatch(/^plan\.yaml:3:\d+ {2}this is not well-formed YAML/);
  });
});

describe('advice quotes a value as the file has it', () => {
  test.each([
    ['leading zeros', '00012345'],
    ['an octal number', '0o17'],
    ['a hexadecimal number', '0x1F'],
    ['an exponent', '1e3'],
    ['a trailing zero', '1.10'],
    ['more digits than a number holds', '12345678901234567890'],
    ['a sign', '+49'],
    ['a truth in capitals', 'TRUE'],
    ['an infinity', '.inf'],
  ])('%s: %s', (_what, written) => {
    expect(mistakesIn(smallPlanWith(['accounts: { erp: kdahl }', `accounts: { erp: ${written} }`]))).toEqual([
      expect.stringContaining(`'erp' must be text: put '${written}' between quotes`),
    ]);
    expect(load(smallPlanWith(['accounts: { erp: kdahl }', `accounts: { erp: "${written}" }`]))).toMatchObject({
      plan: { people: expect.arrayContaining([expect.objectContaining({ accounts: { erp: written } })]) },
    });
  });

  test('also where an alias repeats it', () => {
    const text = smallPlanWith(['accounts: { erp: kdahl }', 'accounts: { erp: &zeros 007 }'], ['name: Closing', 'name: *zeros']);
    expect(mistakesIn(text)).toEqual([expect.stringContaining("put '007' between quotes"), expect.stringContaining("put '007' between quotes")]);
  });

  test('and in every other sentence about a value', () => {
    expect(mistakesIn(smallPlanWith(['from: 7d }', 'from: 7d, failuresAllowed: 0x65 }']))).toEqual([
      expect.stringContaining("'failuresAllowed' must be at most 100, but is '0x65'"),
    ]);
  });
});

describe("a person's id is what an identity provider has in its tokens", () => {
  const everywhere = (id: string) => stringify(JSON.parse(JSON.stringify(document).replaceAll('"ana"', JSON.stringify(id))));

  test.each([
    'Ana.Lima',
    'ana.lima@example.com',
    "o'brien+roles@example.co.uk",
    'auth0|5f7c8ec7c33c6c004bbafe82',
    'google-oauth2|103547991597142817347',
    '103547991597142817347',
    'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
    'f:2d8e4f0a-1b7c:ana',
    'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
    'c2FtbHxhbmE=',
    '_a7d1b3',
    'x'.repeat(255),
  ])('%s', (id) => {
    const loaded = load(everywhere(id));
    expect(loaded).toMatchObject({ ok: true, plan: { people: expect.arrayContaining([expect.objectContaining({ id })]) } });
  });

  test.each(['ana lima', 'ana,ben', '"ana"', 'ana<b>', '-ana', 'x'.repeat(256), 'аna (Cyrillic)', 'a=b'])('%s is refused with what an id may be', (id) => {
    expect(mistakesIn(everywhere(id))[0]).toContain("is not an id: a person's id is 1 to 255 letters, digits and");
  });

  test('without quotes a long row of digits is no text, and the advice has all of them', () => {
    expect(mistakesIn(smallPlan.replaceAll(/\bana\b/g, '103547991597142817347'))[0]).toContain("'id' must be text: put '103547991597142817347' between quotes");
  });

  test('two that differ only in case would be two people for one: refused', () => {
    expect(mistakesIn(smallPlanWith(['- { id: ben,', '- { id: Ana,'], ['cohort: [ben, kim]', 'cohort: [Ana, kim]']))[0]).toContain(
      "'Ana' and 'ana' (people[0]) differ only in upper and lower case",
    );
  });

  test('a name in another case is unknown, and the right one is suggested', () => {
    expect(mistakesIn(smallPlanWith(['owner: ana', 'owner: Ana']))[0]).toContain(
      "unknown owner 'Ana': no person of this plan has that id; did you mean 'ana'?",
    );
  });
});
