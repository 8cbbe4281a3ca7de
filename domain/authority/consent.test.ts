import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan, type PlanChange } from '../../test/support/plan.ts';
import type { Plan } from '../plan/schema.ts';
import { decidingOn, losesTheSay, missingConsents, withReturning } from './consent.ts';

const nowMs = Date.parse('2027-01-01');
/** `over`: waves that have ended, packages that are retired, and releases that have begun. */
const losses = (before: PlanChange, after: PlanChange, over: { waves?: string[]; packages?: string[]; released?: { wave: string; package: string }[] } = {}) =>
  losesTheSay(plan(before), plan(after), nowMs, { waves: [], packages: [], released: [], ...over })?.map(
    ({ person, what, where }) => `${person} ${what} (${where})`,
  );
const delegate = (to: string, until: string) => ({ delegates: [{ of: 'olga', to, until }] });
const drill = (signedBy: string): PlanChange => ({ packages: [{ requires: { drill: { validFor: '90d', timebox: '1h', signedBy } } }] });
const hold = (liftedBy: string[], approvals = 2): PlanChange => ({ waves: [{ status: 'on-hold', hold: { reason: 'a pilot', liftedBy, approvals } }] });
const signedBy = (...alsoSigns: string[]): PlanChange => ({ waves: [{ alsoSigns }] });

describe('loses the right to decide', () => {
  test.each<[string, PlanChange, PlanChange, string[]]>([
    ['an operator who is removed', {}, { operators: ['ines'] }, ['hugo is no longer an operator (operators)']],
    ['the owner whom another replaces', {}, { packages: [{ owner: 'otto' }] }, ["olga no longer owns 'clerks'; otto does (packages[clerks].owner)"]],
    [
      'the owner whom another replaces, and the new one, for whom somebody signs',
      {},
      { delegates: [{ of: 'otto', to: 'dora', until: '2027-06-01' }], packages: [{ owner: 'otto' }] },
      [
        "olga no longer owns 'clerks'; otto does, for whom dora may sign (packages[clerks].owner)",
        "otto is not the only one who signs as the owner of 'clerks': dora does too, until 2027-06-01 (delegates (of otto))",
      ],
    ],
    ['a co-signer who is removed', signedBy('sam', 'dora'), signedBy('dora'), ["sam no longer signs 'clerks' in 'wave-1' (waves[wave-1].alsoSigns)"]],
    ['a delegate who is removed', delegate('dora', '2027-06-01'), {}, ["dora no longer signs for olga on 'clerks' (delegates (of olga))"]],
    [
      'a delegate whose time is shortened',
      delegate('dora', '2027-06-01'),
      delegate('dora', '2027-02-01'),
      ["dora no longer signs for olga on 'clerks' until 2027-06-01 (delegates (of olga))"],
    ],
    [
      'the owner who gets a delegate',
      {},
      delegate('ines', '2027-06-01'),
      ["olga is no longer the only one who signs as the owner of 'clerks': ines does too, until 2027-06-01 (delegates (of olga))"],
    ],
    [
      'the owner whose delegate gets more time',
      delegate('dora', '2027-02-01'),
      delegate('dora', '2027-06-01'),
      ["olga is no longer the only one who signs as the owner of 'clerks': dora does too, until 2027-06-01 (delegates (of olga))"],
    ],
    ['who signs the drill', drill('sam'), drill('otto'), ["sam no longer signs the drill of 'clerks'; otto does (packages[clerks].requires.drill)"]],
    [
      'who signed the drill that is gone',
      drill('sam'),
      {},
      ["sam no longer signs the drill of 'clerks', because it needs none (packages[clerks].requires.drill)"],
    ],
    [
      'everyone who was the second person of a rollback',
      { packages: [{ rollback: { secondPerson: true } }] },
      {},
      ['olga', 'ines', 'hugo'].map(
        (person) => `${person} is no longer one of two who approve a rollback of 'clerks'; one person is enough (packages[clerks].rollback.secondPerson)`,
      ),
    ],
    [
      'the same, where the risk said so',
      { operators: ['ines'], packages: [{ risk: 'high' }] },
      { operators: ['ines'], packages: [{ risk: 'medium' }] },
      ['olga', 'ines'].map(
        (person) => `${person} is no longer one of two who approve a rollback of 'clerks'; one person is enough (packages[clerks].rollback.secondPerson)`,
      ),
    ],
    [
      'the owner whose approval is not awaited',
      {},
      { packages: [{ rollback: { approval: 'automatic' } }] },
      ["olga is no longer asked before a rollback of 'clerks' (packages[clerks].rollback.approval)"],
    ],
    [
      'everyone who lifts a hold that ends',
      hold(['sam', 'dora']),
      { waves: [{}] },
      ['sam', 'dora'].map((person) => `${person} no longer lifts the hold of 'wave-1', because 'wave-1' is not on hold (waves[wave-1])`),
    ],
    [
      'who no longer lifts it',
      hold(['sam', 'dora', 'ines']),
      hold(['sam', 'dora']),
      ["ines no longer lifts the hold of 'wave-1' (waves[wave-1].hold.liftedBy)"],
    ],
    [
      'who lifts it with others',
      hold(['sam', 'dora']),
      hold(['sam', 'dora', 'ines']),
      ['sam', 'dora'].map((person) => `${person} lifts the hold of 'wave-1' with others: ines may, too (waves[wave-1].hold.liftedBy)`),
    ],
    [
      'who lifts it with fewer',
      hold(['sam', 'dora']),
      hold(['sam', 'dora'], 1),
      ['sam', 'dora'].map((person) => `${person} lifts the hold of 'wave-1' with fewer others: 1 instead of 2 (waves[wave-1].hold.approvals)`),
    ],
    [
      'who signed the package in the wave from which it goes elsewhere',
      signedBy('sam'),
      { waves: [{ id: 'later' }] },
      ["sam no longer signs 'clerks' in 'later' (waves[later].alsoSigns)"],
    ],
    [
      'who signed the release that another wave revises',
      signedBy('sam'),
      { waves: [{ alsoSigns: ['sam'] }, { packages: [{ package: 'clerks', change: 'revise' }] }] },
      ["sam no longer signs 'clerks' in 'wave-2' (waves[wave-2].alsoSigns)"],
    ],
    [
      'who signed the package that is in no wave any more',
      { packages: [{}, { id: 'posters' }], waves: [{ alsoSigns: ['sam'], packages: [{ package: 'clerks' }, { package: 'posters' }] }] },
      { packages: [{}, { id: 'posters' }], waves: [{ alsoSigns: ['sam'], packages: [{ package: 'posters' }] }] },
      ["sam no longer signs 'clerks', because it is in no wave (waves[wave-1].packages)"],
    ],
    [
      'who lifts the hold that a package leaves by going elsewhere',
      hold(['sam', 'dora']),
      { waves: [{ id: 'later' }] },
      ['sam', 'dora'].map((person) => `${person} no longer lifts the hold of 'wave-1', because 'later' is not on hold (waves[later])`),
    ],
  ])('%s', (_, before, after, expected) => {
    expect(losses(before, after)).toEqual(expected);
  });
});

test.each<[string, PlanChange, PlanChange]>([
  ['a new operator', { operators: ['ines'] }, {}],
  ['one more co-signer', {}, signedBy('sam')],
  ['a second person for rollbacks', {}, { packages: [{ rollback: { secondPerson: true } }] }],
  ['a hold', { waves: [{}] }, hold(['sam', 'dora'])],
  ['a delegation that has ended', delegate('dora', '2026-06-01'), {}],
  ['another cohort, other roles, other texts', {}, { description: 'new', packages: [{ cohort: ['dea'], description: 'new' }] }],
  ['a wave that leaves, which nobody else signs', { waves: [{}, { packages: [{ package: 'clerks', change: 'revise' }] }] }, {}],
])('nobody loses the right to decide by %s', (_, before, after) => {
  expect(losses(before, after)).toEqual([]);
});

const posters: PlanChange['packages'] = [{}, { id: 'posters', owner: 'otto' }];
const both = [{ package: 'clerks' }, { package: 'posters' }];
const held = hold(['sam', 'dora']).waves?.[0] ?? {};
test('who signs for a new owner decides there only once that owner has agreed, in whatever order owner and delegation come', () => {
  const delegates = [{ of: 'otto', to: 'dora', until: '2027-06-01' }];
  const asked = (before: PlanChange, after: PlanChange) => losses(before, after)?.map((loss) => loss.split(' ')[0]);
  const two = (owner: string): NonNullable<PlanChange['packages']> => [{ owner }, { id: 'posters', owner: 'otto' }];
  // A new package has no say that somebody could lose: its delegation asks nobody.
  expect(asked({}, { delegates, packages: two('olga') })).toEqual([]);
  expect(asked({ delegates, packages: two('olga') }, { delegates, packages: two('otto') })).toEqual(['olga', 'otto']);
  expect(asked({ packages: two('olga') }, { delegates, packages: two('otto') })).toEqual(['olga', 'otto', 'otto']);
  expect(asked({ packages: two('otto') }, { delegates, packages: two('otto') })).toEqual(['otto', 'otto']);
  // One that has ended, or is about another package, gives no say here.
  expect(asked({}, { delegates: [{ ...delegates[0]!, until: '2026-06-01' }], packages: [{ owner: 'otto' }] })).toEqual(['olga']);
  const elsewhere = [{ ...delegates[0]!, packages: ['posters'] }];
  expect(asked({ delegates: elsewhere, packages: two('olga') }, { delegates: elsewhere, packages: two('otto') })).toEqual(['olga']);
});

describe('a package that leaves cannot come back without those who decided on it', () => {
  test.each<[string, PlanChange, PlanChange, string[]]>([
    [
      'out of the plan: its owner, who signs its drill, the second person of a rollback and its co-signers',
      {
        operators: ['ines'],
        packages: [{}, { id: 'posters', owner: 'otto', risk: 'high', requires: { drill: { validFor: '90d', timebox: '1h', signedBy: 'sam' } } }],
        waves: [{ packages: both, alsoSigns: ['dora'] }],
      },
      { operators: ['ines'], waves: [{ alsoSigns: ['dora'] }] },
      [
        "otto no longer owns 'posters', because it leaves the plan (packages[posters])",
        "sam no longer signs the drill of 'posters', because it leaves the plan (packages[posters])",
        "ines is no longer one of two who approve a rollback of 'posters', because it leaves the plan (packages[posters])",
        "dora no longer signs 'posters', because it is in no wave (waves[wave-1].packages)",
      ],
    ],
    [
      'out of the plan with its wave, which is on hold',
      { packages: posters, waves: [{}, { ...held, packages: [{ package: 'posters' }] }] },
      {},
      [
        "otto no longer owns 'posters', because it leaves the plan (packages[posters])",
        ...['sam', 'dora'].map((person) => `${person} no longer holds back 'posters', because it leaves 'wave-2', which is on hold (waves[wave-2].packages)`),
      ],
    ],
    [
      'out of a wave on hold, which stays',
      { packages: posters, waves: [{ ...held, packages: both }] },
      { packages: posters, waves: [{ ...held, packages: [{ package: 'clerks' }] }] },
      ['sam', 'dora'].map((person) => `${person} no longer holds back 'posters', because it leaves 'wave-1', which is on hold (waves[wave-1].packages)`),
    ],
    [
      'out of the wave that would revise it',
      { waves: [{}, { packages: [{ package: 'clerks', change: 'revise' }], alsoSigns: ['sam'] }] },
      {},
      ["sam no longer signs 'clerks' in 'wave-2' (waves[wave-2].packages)"],
    ],
    [
      'from there into a third one',
      { waves: [{}, { packages: [{ package: 'clerks', change: 'revise' }], alsoSigns: ['sam'] }] },
      { waves: [{}, { id: 'later', packages: [{ package: 'clerks', change: 'revise' }] }] },
      ["sam no longer signs 'clerks' in 'later' (waves[later].alsoSigns)"],
    ],
    [
      'into a wave of its own, while it stays in the wave on hold',
      { waves: [{ ...held, id: 'held', packages: [{ package: 'clerks' }] }] },
      {
        waves: [
          { id: 'free', packages: [{ package: 'clerks' }] },
          { ...held, id: 'held', packages: [{ package: 'clerks', change: 'revise' }] },
        ],
      },
      ['sam', 'dora'].map((person) => `${person} no longer lifts the hold of 'held', because 'free' is not on hold (waves[free])`),
    ],
    [
      'into a wave that did something else with it, while it stays in the wave on hold',
      {
        waves: [
          { ...held, id: 'held', packages: [{ package: 'clerks' }] },
          { id: 'free', packages: [{ package: 'clerks', change: 'revise' }] },
        ],
      },
      {
        waves: [
          { id: 'free', packages: [{ package: 'clerks' }] },
          { ...held, id: 'held', packages: [{ package: 'clerks', change: 'revise' }] },
        ],
      },
      ['sam', 'dora'].map((person) => `${person} no longer lifts the hold of 'held', because 'free' is not on hold (waves[free])`),
    ],
    [
      'out of an old wave into a new one, while it stays in the one that sam signs',
      { packages: posters, waves: [{ packages: both }, { packages: [{ package: 'clerks', change: 'revise' }], alsoSigns: ['sam'] }] },
      {
        packages: posters,
        waves: [
          { packages: [{ package: 'posters' }] },
          { packages: [{ package: 'clerks', change: 'revise' }], alsoSigns: ['sam'] },
          { id: 'later', packages: [{ package: 'clerks', change: 'retire' }] },
        ],
      },
      ["sam no longer signs 'clerks' in 'later' (waves[later].alsoSigns)"],
    ],
    [
      'into a third wave, whatever the order of the others is',
      {
        waves: [
          { id: 'signed', packages: [{ package: 'clerks' }], alsoSigns: ['sam'] },
          { id: 'other', packages: [{ package: 'clerks', change: 'revise' }] },
        ],
      },
      {
        waves: [
          { id: 'signed', packages: [{ package: 'clerks' }], alsoSigns: ['sam'] },
          { id: 'other', packages: [{ package: 'clerks', change: 'revise' }] },
          { id: 'later', packages: [{ package: 'clerks', change: 'retire' }] },
        ],
      },
      ["sam no longer signs 'clerks' in 'later' (waves[later].alsoSigns)"],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(losses(before, after)).toEqual(expected);
  });

  describe('a wave that was ended', () => {
    const free = (change: 'release' | 'revise') => ({ id: 'free', packages: [{ package: 'clerks', change }] });
    const first = { id: 'first', packages: [{ package: 'clerks' }] };
    const ended = ['first', 'held', 'signed'];
    const before = (wave: 'release' | 'revise', more: object) => ({ ...held, id: 'held', packages: [{ package: 'clerks', change: wave }], ...more });
    const lifters = (found: string[] | undefined) => ['sam', 'dora'].filter((person) => found?.some((loss) => loss.startsWith(`${person} no longer lifts`)));
    const placed = (wave: string) => ({ wave, package: 'clerks' });

    test.each<[string, PlanChange, PlanChange, string[], string[]]>([
      ['before it released the package', { waves: [before('release', {})] }, { waves: [free('release')] }, [], ['sam', 'dora']],
      ['after it released the package', { waves: [before('release', {})] }, { waves: [free('release')] }, ['held'], []],
      [
        'before it revised a package that another wave had released',
        { waves: [first, before('revise', {})] },
        { waves: [free('revise')] },
        ['first'],
        ['sam', 'dora'],
      ],
    ])('%s, while it was on hold, holds it back in another wave as long as nothing went live', (_, had, has, released, asked) => {
      expect(lifters(losses(had, has, { waves: ended, released: released.map(placed) }))).toEqual(asked);
    });

    test('has those who sign it sign it elsewhere, also while another wave is open', () => {
      const signed = { id: 'signed', packages: [{ package: 'clerks' }], alsoSigns: ['sam'] };
      const open = { id: 'open', packages: [{ package: 'clerks', change: 'revise' as const }] };
      const found = (released: string[]) =>
        losses({ waves: [signed, open] }, { waves: [{ ...open, packages: first.packages }, free('revise')] }, { waves: ended, released: released.map(placed) });
      expect(found([])).toContain("sam no longer signs 'clerks' in 'free' (waves[free].alsoSigns)");
      expect(found(['signed'])).toEqual([]);
    });

    test('and leaves the plan asks them, as it could come back in another wave', () => {
      expect(losses({ waves: [first, before('revise', {})] }, { waves: [first] }, { waves: ended })).toEqual(
        ['sam', 'dora'].map((person) => `${person} no longer holds back 'clerks', because it leaves 'held', which is on hold (waves[held].packages)`),
      );
    });
  });

  test('a wave that has ended holds nothing back that it released, and may leave the plan', () => {
    const revised = { packages: [{ package: 'clerks', change: 'revise' as const }], alsoSigns: ['sam'] };
    expect(losses({ waves: [{}, revised] }, {}, { waves: ['wave-2'], released: [{ wave: 'wave-2', package: 'clerks' }] })).toEqual([]);
    const gone = losses(
      { packages: posters, waves: [{}, { ...held, packages: [{ package: 'posters' }] }] },
      {},
      { waves: ['wave-2'], released: [{ wave: 'wave-2', package: 'posters' }] },
    );
    expect(gone).toEqual(["otto no longer owns 'posters', because it leaves the plan (packages[posters])"]);
  });

  describe('a package that was retired', () => {
    const retired = { packages: ['posters'] };
    const withIt: PlanChange = { packages: posters, waves: [{ packages: both, alsoSigns: ['sam'] }] };

    test('may leave the plan', () => {
      expect(losses(withIt, { waves: [{ alsoSigns: ['sam'] }] }, retired)).toEqual([]);
    });

    test('and is in no wave, asks those who decide on it', () => {
      expect(losses({ packages: posters, waves: [{ packages: [{ package: 'clerks' }] }] }, {}, retired)).toEqual([
        "otto no longer owns 'posters', because it leaves the plan (packages[posters])",
      ]);
    });

    test('asks its owner when it comes back about a delegation that was made while it was away', () => {
      const until = '2027-06-01T00:00:00Z';
      const away = plan({ packages: [{ owner: 'otto' }], delegates: [{ of: 'otto', to: 'dora', until }] });
      const back = plan({ packages: [{ owner: 'otto' }, { id: 'posters', owner: 'otto' }], delegates: [{ of: 'otto', to: 'dora', until }] });
      const returning = [decidingOn(plan({ packages: [{ owner: 'otto' }, { id: 'posters', owner: 'otto' }] }), ['posters'])];
      expect(losesTheSay(withReturning(away, returning), back, nowMs)?.filter(({ what }) => what.includes('only one who signs'))).toMatchObject([
        { person: 'otto', what: expect.stringContaining("'posters'") },
      ]);
    });

    test('asks those who decided on it when it comes back', () => {
      const before = withReturning(plan({}), [decidingOn(plan(withIt), ['posters'])]);
      const after = plan({
        packages: [{}, { id: 'posters', owner: 'dora' }],
        waves: [{ packages: [{ package: 'clerks' }] }, { packages: [{ package: 'posters' }] }],
      });
      const found = losesTheSay(before, after, nowMs)?.map(({ person, what }) => `${person} ${what}`);
      expect(found).toEqual(expect.arrayContaining(["otto no longer owns 'posters'; dora does", "sam no longer signs 'posters' in 'wave-2'"]));
    });
  });

  test('everyone who could decide is asked at the latest when a second revision brings it back', () => {
    const people = fc.uniqueArray(fc.constantFrom('sam', 'dora', 'otto'));
    const inTurn = fc.constantFrom<PlanChange>({ waves: [{ packages: both }] }, { waves: [{}, { packages: [{ package: 'posters' }] }] }, {});
    fc.assert(
      fc.property(people, people, inTurn, fc.boolean(), (one, other, between, kept) => {
        const signed = (alsoSigns: string[]): PlanChange => ({ packages: posters, waves: [{}, { packages: [{ package: 'posters' }], alsoSigns }] });
        const [first, last] = [signed(one), signed(other)];
        const middle: PlanChange = { ...between, ...(kept || between.waves ? { packages: posters } : {}) };
        const asked = (before: PlanChange, after: PlanChange) => losesTheSay(plan(before), plan(after), nowMs)?.map(({ person }) => person) ?? [];
        const together = new Set([...asked(first, middle), ...asked(middle, last)]);
        expect(asked(first, last).filter((person) => !together.has(person))).toEqual([]);
      }),
    );
  });
});

test('no way through other revisions takes a say that the direct way would have asked for', () => {
  const ids = ['one', 'two', 'three'];
  const wave = fc.record({
    id: fc.constantFrom(...ids),
    alsoSigns: fc.constantFrom<string[]>([], ['sam']),
    onHold: fc.boolean(),
  });
  const revision = fc.record({ isThere: fc.boolean(), owner: fc.constantFrom('otto', 'dora'), waves: fc.uniqueArray(wave, { selector: ({ id }) => id }) });
  const some = fc.subarray(ids);
  const planOf = ({ isThere, owner, waves }: typeof revision extends fc.Arbitrary<infer R> ? R : never): Plan =>
    plan({
      packages: [{}, ...(isThere ? [{ id: 'posters', owner }] : [])],
      waves: [
        { id: 'of-clerks', packages: [{ package: 'clerks' }] },
        ...(isThere ? waves : []).map(({ id, alsoSigns, onHold }, at) => ({
          id,
          alsoSigns,
          packages: [{ package: 'posters', change: at === 0 ? ('release' as const) : ('revise' as const) }],
          ...(onHold ? held : {}),
        })),
      ],
    });
  const has = (one: Plan) => one.packages.some(({ id }) => id === 'posters');
  const inWave = (one: Plan) => one.waves.some(({ packages }) => packages.some((entry) => entry.package === 'posters'));
  fc.assert(
    fc.property(fc.array(revision, { minLength: 3, maxLength: 5 }), some, some, fc.boolean(), (all, waves, released, isRetired) => {
      const isOver = (id: string) => waves.includes(id) && released.includes(id);
      const [first, ...rest] = all.map((one, at) => {
        const isLast = at === all.length - 1;
        // A wave that is over does nothing more, so nobody loses a say in it.
        return planOf({ ...one, isThere: at === 0 || isLast || one.isThere, waves: one.waves.filter(({ id }) => !isLast || !isOver(id)) });
      });
      const over = { waves, packages: isRetired ? ['posters'] : [], released: released.map((id) => ({ wave: id, package: 'posters' })) };
      const asked = (before: Plan, after: Plan) => losesTheSay(before, after, nowMs, over)?.map(({ person }) => person) ?? [];
      const found = new Set<string>();
      let [before, last] = [first!, first!];
      for (const after of rest) {
        const returning = has(after) && !has(before) ? [decidingOn(last, ['posters'])] : [];
        for (const person of asked(withReturning(before, returning), after)) found.add(person);
        before = after;
        if (inWave(after)) last = after;
      }
      // Who still signs in a wave of the package, or lifts a hold that it is under, has a say in what comes next, and is asked then.
      const still = before.waves
        .filter((one) => one.packages.some((entry) => entry.package === 'posters'))
        .flatMap(({ alsoSigns, status, hold }) => [...alsoSigns, ...(status === 'on-hold' ? (hold?.liftedBy ?? []) : [])]);
      expect(asked(first!, before).filter((person) => !found.has(person) && !still.includes(person))).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test('of a revision with very many packages, only what says who decided on those that come back is kept', () => {
  const others = Array.from({ length: 500 }, (_, at) => ({ id: `other-${at}`, owner: 'otto' }));
  const all = [...others.map(({ id }) => id), 'posters', 'payers'];
  const last = plan({
    packages: [...others, { id: 'posters' }, { id: 'payers' }],
    waves: [{ packages: all.slice(1).map((id) => ({ package: id })) }, { packages: [{ package: 'other-0' }] }],
    delegates: [
      { of: 'olga', to: 'dora', until: '2027-06-01' },
      { of: 'olga', to: 'sam', until: '2027-06-01', packages: ['posters'] },
      { of: 'otto', to: 'ines', until: '2027-06-01', packages: ['other-1'] },
    ],
  });
  const kept = decidingOn(last, ['posters', 'payers']);
  expect(kept.packages.map(({ id }) => id)).toEqual(['posters', 'payers']);
  expect(kept.waves.map(({ packages }) => packages.map((entry) => entry.package))).toEqual([['posters', 'payers']]);
  expect(kept.delegates.map(({ to, packages }) => [to, packages])).toEqual([
    ['dora', ['posters', 'payers']],
    ['sam', ['posters']],
  ]);
});

test('nobody loses the right to decide where the same people decide, whatever else changes', () => {
  const people = fc.uniqueArray(fc.constantFrom('sam', 'dora', 'otto'));
  fc.assert(
    fc.property(people, people, (one, other) => {
      const lost = losesTheSay(plan(signedBy(...one)), plan(signedBy(...other)), nowMs)?.map(({ person }) => person);
      expect(lost?.toSorted()).toEqual(one.filter((person) => !other.includes(person)).toSorted());
    }),
  );
});

test('who has consented is not asked again', () => {
  const found = losesTheSay(plan(signedBy('sam')), plan({ operators: ['ines'] }), nowMs) ?? [];
  expect(missingConsents(found, new Set(['hugo'])).map(({ person }) => person)).toEqual(['sam']);
});
