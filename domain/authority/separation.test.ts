import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan, type PlanChange } from '../../test/support/plan.ts';
import { workMs } from '../../test/support/work.ts';
import { separateDuties, waveSection, type SeparationOfDuties } from '../plan/section.ts';
import { anotherMaySign, anotherText, allowedText, operatorsMaySign, signsAs } from './separation.ts';
import { signOffStatus, type SignOff } from './sign-offs.ts';
import { mayAct } from './who-may.ts';

const shown = { planDigest: 'p', previewDigest: 'v' };
const off: SeparationOfDuties = { applierMayBeOnlySigner: true, signerMayBeGranted: true };

interface Given {
  plan?: PlanChange;
  appliedBy?: string[];
  alsoSigns?: string[];
  site?: SeparationOfDuties;
}

/** olga owns `clerks`, dora may sign for her, and ines and hugo are operators. */
function deciding({ plan: change = {}, appliedBy = ['ines'], alsoSigns = [], site = separateDuties }: Given = {}) {
  const document = plan({ delegates: [{ of: 'olga', to: 'dora', until: '2027-06-01' }], waves: [{ alsoSigns }], ...change });
  const { packages, operators } = waveSection(document, 1, 'wave-1', new Map(), { appliedBy: new Map([['clerks', appliedBy]]), site });
  return { section: packages[0]!, alsoSigns, operators, nowMs: Date.parse('2027-01-01') };
}
const cohort = (...people: string[]): PlanChange => ({ packages: [{ cohort: people }] });

function status(given: Given, ...approvers: string[]) {
  const who = deciding(given);
  const signOffs = approvers.map((by): SignOff => ({ id: by, by, as: signsAs(who, by), decision: 'approve', ...shown, atMs: 0 }));
  return signOffStatus(who, signOffs, shown);
}
const complete = { complete: true, missing: [], rejectedBy: [] };
const needs = (another: string[], missing: string[] = []) => ({ complete: false, missing, rejectedBy: [], another });

describe('a person who applied a change is not its only signer', () => {
  test.each<[string, Given, string[], object]>([
    ['an owner who did not apply it signs alone', {}, ['olga'], complete],
    ['an owner who applied it does not', { appliedBy: ['olga'] }, ['olga'], needs(['dora'])],
    ['the owner and a co-signer', { appliedBy: ['olga'], alsoSigns: ['hugo'] }, ['olga', 'hugo'], complete],
    ['the owner and the co-signer, each of whom applied a part', { appliedBy: ['olga', 'hugo'], alsoSigns: ['hugo'] }, ['olga', 'hugo'], needs(['dora'])],
    ['the owner and a delegate', { appliedBy: ['olga'] }, ['olga', 'dora'], complete],
    ['a delegate alone', { appliedBy: ['olga'] }, ['dora'], complete],
    ['a delegate who applied it', { appliedBy: ['dora'] }, ['dora'], needs(['olga'])],
    ['the owner, where the site lets it be', { appliedBy: ['olga'], site: { ...off, signerMayBeGranted: false } }, ['olga'], complete],
  ])('%s', (_, given, approvers, expected) => {
    expect(status(given, ...approvers)).toEqual(expected);
  });
});

describe("nobody's sign-off counts for a grant to themselves", () => {
  test.each<[string, Given, string[], object]>([
    ['an owner in the cohort does not sign alone', { plan: cohort('olga', 'ann') }, ['olga'], needs(['dora'])],
    ['with a delegate who receives nothing', { plan: cohort('olga', 'ann') }, ['olga', 'dora'], complete],
    ['with a delegate who receives it too', { plan: cohort('olga', 'dora') }, ['olga', 'dora'], needs(['ines', 'hugo'].slice(1))],
    ['an operator who did not apply it signs where no signer can', { plan: cohort('olga', 'dora') }, ['olga', 'hugo'], complete],
    ['the operator who applied it does not help', { plan: cohort('olga', 'dora') }, ['olga', 'ines'], needs(['hugo'])],
    ['an operator is no substitute for the owner', { plan: cohort('olga', 'dora') }, ['hugo'], { complete: false, missing: ['olga'], rejectedBy: [] }],
    ['the owner, where the site lets it be', { plan: cohort('olga'), site: { ...off, applierMayBeOnlySigner: false } }, ['olga'], complete],
    [
      'an owner in the cohort of a package that is retired',
      { plan: { packages: [{}], waves: [{ packages: [{ package: 'clerks', change: 'retire' }] }] } },
      ['olga'],
      complete,
    ],
  ])('%s', (_, given, approvers, expected) => {
    expect(status(given, ...approvers)).toEqual(expected);
  });
});

test('the request says why and who may; where nobody may, what to change', () => {
  const who = deciding({ plan: cohort('olga', 'dora'), appliedBy: ['ines'] });
  expect(anotherText(who.section, [], anotherMaySign(who))).toBe('another person, because olga receives the access: hugo');
  const nobody = deciding({ plan: { ...cohort('olga', 'dora'), operators: ['olga'] }, appliedBy: ['olga'] });
  expect(anotherText(nobody.section, [], anotherMaySign(nobody))).toBe(
    "another person, because olga applied the change: nobody in the plan: add a delegate of the owner, or someone to the wave's alsoSigns",
  );
});

test('an operator may sign only where no signer is independent, and never without need', () => {
  const may = (given: Given, by: string) => {
    const { section, operators, nowMs } = deciding(given);
    return mayAct({ section, wave: { alsoSigns: given.alsoSigns ?? [] }, operators }, 'signOff', by, nowMs)?.code ?? 'may';
  };
  expect(may({}, 'hugo')).toBe('not-authorized');
  expect(may({ plan: cohort('olga', 'dora') }, 'hugo')).toBe('may');
  expect(may({ plan: cohort('olga', 'dora') }, 'ines')).toBe('not-authorized');
  expect(may({ plan: cohort('olga', 'dora'), site: off }, 'hugo')).toBe('not-authorized');
  expect(operatorsMaySign(deciding({ plan: cohort('olga', 'dora'), alsoSigns: ['sam'] }))).toEqual([]);
});

test('a rejection by a person who was asked in addition blocks the package until they withdraw it', () => {
  const who = deciding({ plan: cohort('olga', 'dora') });
  const signOff = (by: string, decision: SignOff['decision']): SignOff => ({ id: by, by, as: signsAs(who, by), decision, ...shown, atMs: 0 });
  expect(signOffStatus(who, [signOff('olga', 'approve'), signOff('hugo', 'reject')], shown).rejectedBy).toEqual(['hugo']);
});

test('whatever is signed in whatever order, what is complete was approved by someone who neither applied it nor receives it', () => {
  const people = ['olga', 'dora', 'sam', 'ines', 'hugo'];
  const anyone = fc.constantFrom(...people);
  let completed = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(anyone),
      fc.uniqueArray(anyone, { minLength: 1 }),
      fc.array(fc.tuple(anyone, fc.constantFrom<SignOff['decision']>('approve', 'approve', 'approve', 'approve', 'reject', 'withdraw')), { maxLength: 10 }),
      (appliedBy, members, decided) => {
        const who = deciding({ plan: cohort(...members), appliedBy, alsoSigns: ['sam'] });
        const signOffs = decided.map(([by, decision], index): SignOff => ({ id: `${index}`, by, as: signsAs(who, by), decision, ...shown, atMs: index }));
        const { complete: isComplete } = signOffStatus(who, signOffs, shown);
        const approved = people.filter((person) => decided.findLast(([by]) => by === person)?.[1] === 'approve');
        expect(!isComplete || approved.some((person) => !appliedBy.includes(person) && !members.includes(person))).toBe(true);
        completed += isComplete ? 1 : 0;
      },
    ),
    { numRuns: 1_000 },
  );
  expect(completed).toBeGreaterThan(10);
});

test('what a site turns off is said in words', () => {
  expect(allowedText(separateDuties)).toEqual([]);
  expect(allowedText(off)).toEqual(['the person who applied a change is its only signer', 'a sign-off counts for a grant to the signer']);
});

test('who else may sign is little work, however many receive the access and stand in', () => {
  const ids = (letter: string, count: number) => Array.from({ length: count }, (_, index) => `${letter}${index}`);
  const { section, ...others } = deciding();
  const receivers = ids('r', 20_000);
  const delegates = [...receivers.slice(0, 10_000), 'dora'].map((to) => ({ of: 'olga', to, until: Date.parse('2028-01-01') }));
  const large = { ...others, section: { ...section, delegates, duties: { ...section.duties, appliedBy: ['olga'], receivers } } };
  const ended = workMs();
  expect(anotherMaySign(large)).toEqual(['dora']);
  expect(operatorsMaySign({ ...large, operators: [...receivers, 'dora'] })).toEqual(['dora']);
  expect(ended()).toBeLessThan(500);
});
