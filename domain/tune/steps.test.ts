import { expect, test } from 'vitest';
import { tuneStepSchema, type TuneStep } from '../plan/schema.ts';
import { isComplete, repairs, stepOf } from './steps.ts';
import { tuneText } from './tune-text.ts';
import { fieldMistake, sameTune, tuneOf, tuneSchema, type Tune } from './tune.ts';

test.each<[step: TuneStep, revokes: boolean, grants: boolean, owner: boolean]>([
  ['reconcile', true, true, false],
  ['grantMissing', false, true, false],
  ['retireLegacy', true, false, false],
  ['tighten', true, false, true],
  ['narrow', true, false, true],
  ['extend', false, false, false],
  ['ask', false, false, false],
])('%s: revokes %s, grants %s, needs the owner %s', (step, revokes, grants, owner) => {
  const { revokesAccess, grantsAccess, needsOwner } = stepOf(step);
  expect([revokesAccess, grantsAccess, needsOwner]).toEqual([revokes, grants, owner]);
});

const drift = { missing: 1, legacy: 10, outOfBand: 100, content: 1000, options: 10_000 };
test.each<[step: TuneStep, repaired: number | undefined]>([
  ['reconcile', 11],
  ['grantMissing', 1],
  ['retireLegacy', 10],
  ['tighten', undefined],
  ['narrow', undefined],
  ['extend', undefined],
  ['ask', undefined],
])('%s repairs %s of the drift: never access that nobody reviewed (R1), nor the content of a role, nor the form in which it is held', (step, repaired) => {
  expect(repairs(step, drift)).toBe(repaired);
});

test('a step that needs the owner revokes access, and a step that runs automatically does not need the owner', () => {
  for (const step of tuneStepSchema.options) {
    const { needsOwner, revokesAccess, restores } = stepOf(step);
    if (needsOwner) expect([step, revokesAccess, restores]).toEqual([step, true, null]);
  }
});

test('the part of a step that runs in a blackout revokes nothing, and repairs something of what the step repairs', () => {
  const parts = tuneStepSchema.options.flatMap((step) => {
    const { inBlackout } = stepOf(step);
    return inBlackout ? [[step, inBlackout] as const] : [];
  });
  expect(parts).toEqual([['reconcile', 'grantMissing']]);
  for (const [step, part] of parts) {
    expect(stepOf(part).revokesAccess).toBe(false);
    expect(stepOf(step).restores).toEqual(expect.arrayContaining([...(stepOf(part).restores ?? [])]));
  }
});

const entitlement = { system: 'erp', role: 'reader' };
test.each<[tune: Tune, mistake: string | undefined, code?: string]>([
  [{ step: 'narrow', people: ['ann'] }, undefined],
  [{ step: 'narrow' }, "'narrow' needs 'people': the people who lose access", 'missing-field'],
  [{ step: 'tighten', entitlement }, undefined],
  [{ step: 'tighten' }, "'tighten' needs 'entitlement': the entitlement to drop, by its system and role", 'missing-field'],
  [{ step: 'tighten', entitlement, people: ['ann'] }, "'tighten' does not take 'people'"],
  [{ step: 'reconcile', entitlement }, "'reconcile' does not take 'entitlement'"],
  [{ step: 'grantMissing', people: ['ann'] }, "'grantMissing' does not take 'people'"],
  [{ step: 'retireLegacy', byMs: 1 }, "'retireLegacy' does not take 'byMs'"],
  [{ step: 'ask', byMs: 1 }, "'ask' does not take 'byMs'"],
  [{ step: 'extend' }, undefined],
  [{ step: 'extend', byMs: 1 }, undefined],
])('%j: %s', (tune, mistake, code = 'malformed') => {
  expect(fieldMistake(tune)).toEqual(mistake === undefined ? undefined : { code, message: mistake });
});

test('the name alone of a step that needs people or an entitlement is not complete', () => {
  expect(tuneStepSchema.options.filter((step) => !isComplete(step))).toEqual(['tighten', 'narrow']);
});

test('the same tune is the same step for the same people and entitlement, in whatever order they are written', () => {
  expect(sameTune({ step: 'narrow', people: ['ann', 'ben'] }, { people: ['ben', 'ann', 'ben'], step: 'narrow' })).toBe(true);
  expect(sameTune({ step: 'narrow', people: ['ann', 'ben'] }, { step: 'narrow', people: ['ann'] })).toBe(false);
  expect(sameTune({ step: 'tighten', entitlement }, { step: 'tighten', entitlement: { ...entitlement, role: 'clerk' } })).toBe(false);
  expect(sameTune({ step: 'tighten', entitlement }, { step: 'tighten', entitlement: { role: 'reader', system: 'erp' } })).toBe(true);
  expect(sameTune({ step: 'reconcile' }, { step: 'grantMissing' })).toBe(false);
  expect(sameTune({ step: 'extend', byMs: 1 }, { step: 'extend', byMs: 2 })).toBe(false);
});

test('a tune described in one phrase names its people or its entitlement', () => {
  expect([{ step: 'narrow', people: ['ann', 'ben'] }, { step: 'tighten', entitlement }, { step: 'reconcile' }].map((tune) => tuneText(tune as Tune))).toEqual([
    'narrow: ann, ben',
    'tighten: erp/reader',
    'reconcile',
  ]);
});

test.each<[what: string, sent: unknown, valid: boolean]>([
  ['one person', { step: 'narrow', people: ['ann'] }, true],
  ['several people', { step: 'narrow', people: ['ann', 'ben'] }, true],
  ['nobody', { step: 'narrow', people: [] }, false],
  ['a person without a name', { step: 'narrow', people: [''] }, false],
  ['the longest id of a person', { step: 'narrow', people: ['a'.repeat(255)] }, true],
  ['an id that is longer', { step: 'narrow', people: ['a'.repeat(256)] }, false],
  ['an entitlement', { step: 'tighten', entitlement }, true],
  ['an entitlement without its system', { step: 'tighten', entitlement: { role: 'reader' } }, false],
  ['more than an entitlement', { step: 'tighten', entitlement: { ...entitlement, description: 'x' } }, false],
  ['a step alone', { step: 'reconcile' }, true],
  ['an unknown step', { step: 'repair' }, false],
  ['an unknown field', { step: 'reconcile', reason: 'x' }, false],
])('a tune is sent with %s: %j is valid: %s', (_, sent, valid) => {
  expect(tuneSchema.safeParse(sent).success).toBe(valid);
});

test('a tune keeps its own fields, and no empty ones', () => {
  const sent = { step: 'extend', byMs: 86_400_000, by: 'ines', reason: 'quarter-end' } as Tune;
  expect(Object.entries(tuneOf(sent))).toEqual([
    ['step', 'extend'],
    ['byMs', 86_400_000],
  ]);
  expect(Object.keys(tuneOf({ step: 'reconcile' }))).toEqual(['step']);
});
