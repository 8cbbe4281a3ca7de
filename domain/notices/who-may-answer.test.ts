/** Who may answer is the same by the outline of a plan, which lists have, and by the sections that workflows decide with. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plan } from '../../test/support/plan.ts';
import { workMs } from '../../test/support/work.ts';
import { whoMay } from '../authority/who-may.ts';
import type { MessageType } from '../messages.ts';
import { outlineOf } from '../plan/outline.ts';
import type { Plan } from '../plan/schema.ts';
import { undigestedSection } from '../plan/section.ts';
import type { Action } from './action.ts';
import { answerersIn, withAnswerers, whoMayAnswer } from './who-may-answer.ts';

const nowMs = Date.parse('2027-01-01');
const people = ['olga', 'otto', 'dora', 'ines', 'hugo', 'sam'] as const;
const some = fc.uniqueArray(fc.constantFrom(...people), { maxLength: 4 });

const plans = fc
  .record({
    owner: fc.constantFrom('olga', 'otto'),
    risk: fc.constantFrom('low' as const, 'high' as const),
    change: fc.constantFrom('release' as const, 'revise' as const, 'retire' as const, 'observe' as const),
    cohort: some,
    drill: fc.option(fc.constantFrom(...people), { nil: undefined }),
    delegates: fc.array(
      fc.record({
        of: fc.constantFrom('olga', 'otto'),
        to: fc.constantFrom(...people),
        ended: fc.boolean(),
        packages: fc.option(fc.subarray(['clerks'])),
      }),
      { maxLength: 3 },
    ),
    alsoSigns: some,
    liftedBy: some,
    operators: some,
  })
  .map(({ owner, risk, change, cohort, drill, delegates, alsoSigns, liftedBy, operators }): Plan => {
    const document = plan({});
    const [rolePackage, wave] = [document.packages[0]!, document.waves[0]!];
    const signed = drill === undefined ? {} : { drill: { validFor: 1, timebox: 1, signedBy: drill } };
    return {
      ...document,
      operators,
      delegates: delegates.map(({ of, to, ended, packages }) => ({ of, to, until: nowMs + (ended ? -1 : 1), ...(packages ? { packages } : {}) })),
      packages: [{ ...rolePackage, owner, risk, cohort, requires: { ...rolePackage.requires, drill: undefined, ...signed } }],
      waves: [
        {
          ...wave,
          alsoSigns,
          hold: { ...wave.hold, reason: 'the audit', approvals: 1, liftedBy },
          packages: [{ ...wave.packages[0]!, change }],
        },
      ],
    };
  });

const toSign = (wave = 'wave-1', rolePackage = 'clerks') =>
  ({ type: 'signOff', target: { plan: 'test', wave, package: rolePackage }, fields: {} }) as unknown as Action;

const asked: [MessageType, object, aboutThePackage: boolean][] = [
  ['signOff', {}, true],
  ['evidence', { item: 'drill' }, true],
  ['evidence', { item: 'handoff' }, true],
  ['evidence', { item: 'riskAcceptance' }, true],
  ['setDate', {}, true],
  ['setDate', {}, false],
  ['review', {}, false],
  ['liftHold', {}, false],
  ['certify', {}, true],
];

test('those who may answer are those whose message the workflow takes', () => {
  fc.assert(
    fc.property(plans, (document) => {
      const { packages, operators, wave } = undigestedSection(document, 'wave-1');
      const byOutline = answerersIn(structuredClone(outlineOf(document)).facts, { nowMs });
      for (const [type, fields, about] of asked) {
        const target = { plan: document.plan, wave: 'wave-1', ...(about ? { package: 'clerks' } : {}) };
        const action = { type, target, fields } as unknown as Action;
        const expected = whoMay({ section: about ? packages[0] : undefined, operators, wave: { ...wave, hold: wave.hold } }, type, nowMs, fields);
        expect(byOutline(action)).toEqual({ mayAnswer: expected });
        expect(whoMayAnswer({ action, openedAtMs: nowMs }, document)).toEqual({ mayAnswer: expected });
      }
    }),
  );
});

test('who receives access is known of every cohort, however many people the plan has', () => {
  const document = plan({ operators: ['ines', 'hugo'] });
  const filler = Array.from({ length: 5_000 }, (_, at) => ({ ...document.people[0]!, id: `p-${at}`, name: `P ${at}` }));
  const rolePackage = document.packages[0]!;
  const large = (cohort: string[]) =>
    answerersIn(outlineOf({ ...document, people: [...filler, ...document.people], packages: [{ ...rolePackage, cohort }] }).facts, { nowMs })(toSign())
      ?.mayAnswer;
  const everybody = filler.map(({ id }) => id);
  expect(large(everybody)).toEqual(['olga']);
  expect(large([...everybody, 'olga'])).toEqual(['olga', 'ines', 'hugo']);
  expect(large(['olga', 'hugo', ...everybody])).toEqual(['olga', 'ines']);
});

test('what is asked of one person is not said to be for others to answer', () => {
  const delegates = [{ of: 'olga', to: 'dora', until: '2027-02-01' }];
  const document = plan({ operators: ['ines'], delegates, waves: [{ alsoSigns: ['sam', 'hugo'] }] });
  const of = (fields: object, type = 'signOff') =>
    answerersIn(outlineOf(document).facts, { nowMs })({ ...toSign(), type, fields } as unknown as Action)?.mayAnswer;
  expect(of({})).toEqual(['olga', 'dora', 'sam', 'hugo']);
  expect(of({ signer: 'sam' })).toEqual(['sam']);
  expect(of({ signer: 'olga' })).toEqual(['olga', 'dora']);
  expect(of({ by: ['ines'] })).toEqual(['ines']);
  expect(of({ by: ['hugo'] }, 'liftHold')).toEqual(['hugo']);
});

test('of what is only read, and of what the plan no longer has, it is not known', () => {
  const of = answerersIn(outlineOf(plan({})).facts, { nowMs });
  const at = (target: object, type = 'signOff') => of({ type, target, fields: {} } as unknown as Action);
  expect([at({ wave: 'gone', package: 'clerks' }), at({ wave: 'wave-1', package: 'gone' }), at({ wave: 'wave-1' }, 'show')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

const ids = (count: number) => Array.from({ length: count }, (_, at) => `o-${at}`);

test.each([
  [50, 'o-49', { mayAnswer: ids(50) }],
  [51, 'olga', { mayAnswer: ids(50), moreMayAnswer: true }],
  [51, 'o-50', { mayAnswer: ['o-50', ...ids(49)], moreMayAnswer: true }],
])('of %i people who may answer at most fifty are named, %s among them if they may', (count, reader, expected) => {
  const document = plan({ people: [...plan({}).people, ...ids(count).map((id) => ({ ...plan({}).people[0]!, id }))], operators: ids(count) });
  const action = { type: 'review', target: { plan: 'test', wave: 'wave-1' }, fields: {} } as unknown as Action;
  expect(answerersIn(outlineOf(document).facts, { nowMs, reader })(action)).toEqual(expected);
});

/** Plans of before may have so many. */
const delegated = (document: Plan, count: number, packages?: string[]): Plan => ({
  ...document,
  people: [...document.people, ...ids(count).map((id) => ({ ...document.people[0]!, id }))],
  delegates: ids(count).map((to) => ({ of: 'olga', to, until: nowMs + 1, ...(packages ? { packages } : {}) })),
});

test('where very many stand in for the owner, each reader is told whether they may answer', () => {
  const many = delegated(plan({ operators: ['ines'] }), 200);
  const [rolePackage] = many.packages;
  const told = (reader: string, cohort: string[]) => {
    const facts = outlineOf({ ...many, packages: [{ ...rolePackage!, cohort }] }).facts;
    const { mayAnswer = [], moreMayAnswer } = answerersIn(facts, { nowMs, reader })(toSign()) ?? {};
    expect(mayAnswer).toHaveLength(50);
    expect(moreMayAnswer).toBe(true);
    return mayAnswer.includes(reader);
  };
  expect(['o-3', 'o-180', 'olga', 'otto', 'ines'].map((reader) => told(reader, ['ann']))).toEqual([true, true, true, false, false]);
  // Operators sign where all others receive the access: one of these does not.
  expect(told('ines', ['olga', ...ids(199)])).toBe(false);
  expect(told('ines', ['olga', ...ids(200)])).toBe(true);
});

test('only what is open has those who may answer it', () => {
  const rows = [{ action: toSign() }, { action: toSign(), answeredAtMs: 3 }, { action: toSign(), withdrawn: { atMs: 3, revision: 2 } }];
  const of = answerersIn(outlineOf(plan({})).facts, { nowMs });
  expect(withAnswerers(rows, of)).toEqual([{ ...rows[0], mayAnswer: ['olga'] }, rows[1], rows[2]]);
});

test.each([
  ['one package', 1, undefined],
  ['a hundred packages', 100, undefined],
  ['a hundred packages, of which each delegate has one', 100, ['k-99']],
])('500 requests about %s are little work, however many stand in for the owner', (_, count, packages) => {
  const k = Array.from({ length: count }, (_each, at) => `k-${at}`);
  const document = plan({
    packages: k.map((id, at) => ({ id, ...(at > 0 ? { entitlements: [{ system: 'erp', role: `r${at}` }], legacy: [] } : {}) })),
    waves: k.map(() => ({})),
  });
  const facts = outlineOf(delegated(document, 10_000, packages)).facts;
  const rows = Array.from({ length: 500 }, (_each, at) => ({ action: toSign(`wave-${(at % count) + 1}`, `k-${at % count}`) }));
  const ended = workMs();
  const shown = withAnswerers(rows, answerersIn(facts, { nowMs, reader: 'ines' }));
  expect(ended()).toBeLessThan(500);
  expect(shown).toHaveLength(500);
  expect(shown.filter(({ moreMayAnswer }) => moreMayAnswer)).toHaveLength(packages ? 5 : 500);
});
