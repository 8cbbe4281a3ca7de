/** Who may answer is the same by the outline of a plan, which lists have, and by the sections that workflows decide with. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plan } from '../../test/support/plan.ts';
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
      const byOutline = answerersIn(structuredClone(outlineOf(document)).facts);
      for (const [type, fields, about] of asked) {
        const target = { plan: document.plan, wave: 'wave-1', ...(about ? { package: 'clerks' } : {}) };
        const action = { type, target, fields } as unknown as Action;
        const expected = whoMay({ section: about ? packages[0] : undefined, operators, wave: { ...wave, hold: wave.hold } }, type, nowMs, fields);
        expect(byOutline(action, nowMs)).toEqual(expected);
        expect(whoMayAnswer({ action, openedAtMs: nowMs }, document)).toEqual(expected);
      }
    }),
  );
});

test('who receives access is known of every cohort, however many people the plan has', () => {
  const document = plan({ operators: ['ines', 'hugo'] });
  const filler = Array.from({ length: 5_000 }, (_, at) => ({ ...document.people[0]!, id: `p-${at}`, name: `P ${at}` }));
  const rolePackage = document.packages[0]!;
  const large = (cohort: string[]) =>
    answerersIn(outlineOf({ ...document, people: [...filler, ...document.people], packages: [{ ...rolePackage, cohort }] }).facts)(
      { type: 'signOff', target: { plan: 'test', wave: 'wave-1', package: 'clerks' }, fields: {} } as unknown as Action,
      nowMs,
    );
  const everybody = filler.map(({ id }) => id);
  expect(large(everybody)).toEqual(['olga']);
  expect(large([...everybody, 'olga'])).toEqual(['olga', 'ines', 'hugo']);
  expect(large(['olga', 'hugo', ...everybody])).toEqual(['olga', 'ines']);
});

test('of what is only read, and of what the plan no longer has, it is not known', () => {
  const of = answerersIn(outlineOf(plan({})).facts);
  const at = (target: object, type = 'signOff') => of({ type, target, fields: {} } as unknown as Action, nowMs);
  expect([at({ wave: 'gone', package: 'clerks' }), at({ wave: 'wave-1', package: 'gone' }), at({ wave: 'wave-1' }, 'show')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('beside rows stand those who may answer, unless they are more than fifty', () => {
  const rows = (count: number) => {
    const ids = Array.from({ length: count }, (_, at) => `o-${at}`);
    const document = plan({ people: [...plan({}).people, ...ids.map((id) => ({ ...plan({}).people[0]!, id }))], operators: ids });
    const action = { type: 'review', target: { plan: 'test', wave: 'wave-1' }, fields: {} } as unknown as Action;
    return withAnswerers([{ action }], answerersIn(outlineOf(document).facts), nowMs);
  };
  expect(rows(50)[0]?.mayAnswer).toHaveLength(50);
  expect(rows(51)[0]).not.toHaveProperty('mayAnswer');
});
