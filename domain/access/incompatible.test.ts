/** Who holds two entitlements that nobody may hold together, before a release and after it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { previewContent } from '../../test/support/ledger.ts';
import { assertReaching } from '../../test/support/reaching.ts';
import type { IncompatibleRule } from '../plan/schema.ts';
import type { Done } from '../release/done.ts';
import type { PreviewContent } from '../release/signed-preview.ts';
import { carriedCounts, causedStops, countsText, heldTogether, neededFor, togetherCounts, togetherText } from './incompatible.ts';
import { alsoRead, rolesIn, rulesOf } from '../plan/incompatible-rules.ts';
import { togetherRows } from './preview-rows.ts';

const order = { system: 'erp', role: 'order' };
const pay = { system: 'erp', role: 'pay' };
const bank = { system: 'bank', role: 'pay' };
const rule = (change: Partial<IncompatibleRule> = {}): IncompatibleRule => ({
  id: 'order-and-pay',
  reason: 'Nobody orders and pays',
  entitlements: [order, pay],
  ...change,
});

/** Of one system: whom the package grants and retires what, and who holds what now. */
function content(
  system: string,
  holds: Record<string, string[]>,
  {
    grants = [],
    retires = [],
    people = named({ ann: 'ann', ben: 'ben' }),
    ...change
  }: Partial<PreviewContent> & { grants?: string[]; retires?: string[] } = {},
): PreviewContent {
  return previewContent({
    system,
    entitlements: grants.map((role) => ({ system, role })),
    legacy: retires.map((role) => ({ system, role, design: 'superseded' as const })),
    people,
    roles: [...grants, ...retires].map((role) => ({ role, exists: true, digest: role })),
    incompatible: Object.entries(holds).map(([role, holders]) => ({ role, exists: true, holders })),
    ...change,
  });
}
const named = (accounts: Record<string, string>) => Object.entries(accounts).map(([person, account]) => ({ person, account }));

const classes = (...args: Parameters<typeof heldTogether>) => heldTogether(...args).map(({ person, is }) => `${person} ${is}`);

describe('where the release replaces one by the other', () => {
  const replaces = { grants: ['order'], retires: ['pay'] };
  test('who holds the old one is switched, and who holds both is resolved', () => {
    expect(classes([rule()], [content('erp', { order: ['ben'], pay: ['ann', 'ben'] }, replaces)], 0)).toEqual(['ann switched', 'ben resolved']);
  });

  test('who may hold both by an exception is not: they hold both until the old one is retired', () => {
    const excepted = rule({ exceptions: [{ person: 'ann', reason: 'r', until: 10 }] });
    expect(classes([excepted], [content('erp', { order: [], pay: ['ann'] }, replaces)], 9)).toEqual(['ann excepted']);
    expect(classes([excepted], [content('erp', { order: [], pay: ['ann'] }, replaces)], 10)).toEqual(['ann switched']);
  });

  test('the preview says so, and for how long the person may hold neither', () => {
    const found = heldTogether([rule({ switchWithin: 90_000 })], [content('erp', { order: [], pay: ['ann'] }, replaces)], 0);
    expect(togetherText(found[0]!)).toContain('is switched from one to the other, and never holds both, and holds neither for 90s at most');
    expect(togetherCounts(found).map(countsText)).toEqual(['order-and-pay: 1 switched']);
    expect(causedStops(togetherCounts(found))).toEqual([]);
  });

  test('in two systems nobody is: who would hold both until the old one is retired stops the release, unless an exception covers it', () => {
    const across = rule({ entitlements: [order, bank] });
    const contents = [content('erp', { order: [] }, { grants: ['order'] }), content('bank', { pay: ['ann'] }, { retires: ['pay'] })];
    const found = heldTogether([across], contents, 0);
    expect(found.map(({ person, is }) => `${person} ${is}`)).toEqual(['ann caused']);
    expect(togetherText(found[0]!)).toContain('would hold both by this release until the old one is retired, which stops it');
    expect(causedStops(togetherCounts(found))).toMatchObject([{ code: 'incompatible', people: 1 }]);
    const excepted = { ...across, exceptions: [{ person: 'ann', reason: 'the move to the new bank', until: 10 }] };
    expect(classes([excepted], contents, 9)).toEqual(['ann excepted']);
  });

  test('nor is anybody whose old one stays for another package: it stops the release, and says why', () => {
    const staying = [{ role: 'pay', account: 'ann', person: 'ann', why: 'kept for a package of another plan' }];
    const contents = [content('erp', { order: ['ben'], pay: ['ann', 'ben'] }, { ...replaces, staying })];
    const found = heldTogether([rule()], contents, 0);
    expect(found).toMatchObject([
      { person: 'ann', is: 'caused', stays: true },
      { person: 'ben', is: 'resolved' },
    ]);
    expect(togetherText(found[0]!)).toContain('which stops it, because one of the two stays, which another package or the site needs: ');
    expect(causedStops(togetherCounts(found))).toMatchObject([
      { people: 1, text: expect.stringMatching(/\. The old access stays: another package or the site/) },
    ]);
    expect(classes([rule()], [content('erp', { order: ['ann'], pay: ['ann'] }, { ...replaces, staying })], 0)).toEqual(['ann existing']);
  });

  test('nor is anybody whose old one was of an earlier release, and is dropped by this one', () => {
    const drop = [{ role: 'pay', account: 'ann', person: 'ann', options: {} }];
    expect(classes([rule()], [content('erp', { order: [], pay: ['ann'] }, { grants: ['order'], drop })], 0)).toEqual(['ann caused']);
  });
});

describe('in one system', () => {
  test('a release that grants one of them causes it for the person who holds the other, and for nobody else', () => {
    expect(classes([rule()], [content('erp', { order: [], pay: ['ann'] }, { grants: ['order'] })], 0)).toEqual(['ann caused']);
  });

  test('a release that grants both causes it for everyone', () => {
    expect(classes([rule()], [content('erp', { order: [], pay: [] }, { grants: ['order', 'pay'] })], 0)).toEqual(['ann caused', 'ben caused']);
  });

  test('what somebody holds already is existing, whether the release grants one of them or not', () => {
    const holds = { order: ['ann'], pay: ['ann'] };
    expect(classes([rule()], [content('erp', holds, { grants: ['order'] })], 0)).toEqual(['ann existing']);
    expect(classes([rule()], [content('erp', holds)], 0)).toEqual(['ann existing']);
  });

  test('legacy access that is retired resolves it', () => {
    expect(classes([rule()], [content('erp', { order: ['ann'], pay: ['ann'] }, { retires: ['pay'] })], 0)).toEqual(['ann resolved']);
  });

  test('access that the package no longer contains resolves it, unless somebody else granted it, too', () => {
    const drop = [{ role: 'pay', account: 'ann', person: 'ann', options: {} }];
    const holds = { order: ['ann'], pay: ['ann'] };
    expect(classes([rule()], [content('erp', holds, { drop })], 0)).toEqual(['ann resolved']);
    expect(classes([rule()], [content('erp', holds, { drop, others: [{ role: 'pay', account: 'ann' }] })], 0)).toEqual(['ann existing']);
  });

  test('a role that does not exist is granted to nobody', () => {
    expect(classes([rule()], [content('erp', { order: [], pay: ['ann'] }, { grants: ['order'], roles: [] })], 0)).toEqual([]);
  });
});

describe('in two systems', () => {
  const across = rule({ entitlements: [order, bank] });

  test('what is held in the other one counts, by the person and not by the account', () => {
    const erp = content('erp', { order: [] }, { grants: ['order'], people: named({ ann: 'a.ann' }) });
    const other = content('bank', { pay: ['ann'] }, { people: named({ ann: 'ann77' }) });
    expect(classes([across], [erp, other], 0)).toEqual(['ann caused']);
    expect(classes([across], [other, erp], 0)).toEqual(['ann caused']);
  });

  test('nothing is said of a rule whose other system was not read', () => {
    expect(classes([across], [content('erp', { order: [] }, { grants: ['order'] })], 0)).toEqual([]);
  });

  test('the other system is read for the rules that concern the package, and only for those', () => {
    const clerks = { entitlements: [order], legacy: [] };
    const rules = rulesOf(
      {
        incompatible: [
          across,
          rule({
            id: 'elsewhere',
            entitlements: [
              { system: 'crm', role: 'a' },
              { system: 'lab', role: 'b' },
            ],
          }),
        ],
      },
      clerks,
    );
    expect(rules.map(({ id }) => id)).toEqual(['order-and-pay']);
    expect([alsoRead(rules, ['erp']), rolesIn(rules, 'bank'), rolesIn(rules, 'erp'), rolesIn(rules, 'crm')]).toEqual([['bank'], ['pay'], ['order'], []]);
    expect(rulesOf({}, clerks)).toEqual([]);
    expect(rulesOf({ incompatible: [across] }, { entitlements: [], legacy: [{ ...bank, design: 'superseded' }] })).toHaveLength(1);
  });
});

describe('an exception', () => {
  const excepted = rule({ exceptions: [{ person: 'ann', reason: 'only one in the branch', until: 100 }] });
  const caused = [content('erp', { order: [], pay: ['ann', 'ben'] }, { grants: ['order'] })];

  test('covers the person whom it names, until it ends', () => {
    expect(classes([excepted], caused, 99)).toEqual(['ann excepted', 'ben caused']);
    expect(classes([excepted], caused, 100)).toEqual(['ann caused', 'ben caused']);
  });

  test('is said beside the person, with its reason', () => {
    const [ann, ben] = heldTogether([excepted], caused, 0);
    expect(togetherText(ann!)).toBe(
      "would hold both by this release, and the plan names an exception (only one in the branch): 'order' in erp and 'pay' in erp (order-and-pay: Nobody orders and pays)",
    );
    expect(togetherText(ben!)).toContain('which stops it');
  });
});

test('only what a release causes without an exception stops it, once for each rule', () => {
  const excepted = rule({ id: 'other', exceptions: [{ person: 'ann', reason: 'r', until: 100 }] });
  const found = heldTogether([rule(), excepted], [content('erp', { order: ['ben'], pay: ['ann', 'ben'] }, { grants: ['order'] })], 0);
  const counts = togetherCounts(found);
  expect(counts).toEqual([
    { rule: 'order-and-pay', existing: 1, caused: 1, excepted: 0, resolved: 0 },
    { rule: 'other', existing: 1, caused: 0, excepted: 1, resolved: 0 },
  ]);
  expect(causedStops(counts)).toMatchObject([{ code: 'incompatible', rule: 'order-and-pay', people: 1 }]);
  expect(counts.map(countsText)).toEqual(['order-and-pay: 1 caused, 1 existing', 'other: 1 excepted, 1 existing']);
  expect(togetherRows(found).map(({ system, person, rule: id, together }) => [system, person, id, together])).toEqual([
    ['erp', 'ann', 'order-and-pay', 'caused'],
    ['erp', 'ben', 'order-and-pay', 'existing'],
    ['erp', 'ann', 'other', 'excepted'],
    ['erp', 'ben', 'other', 'existing'],
  ]);
});

test('a workflow carries twenty rules at most, those that stop the release first, and none of the people is lost', () => {
  const counts = Array.from({ length: 40 }, (_, index) => ({ rule: `r${index}`, existing: 1, caused: index >= 30 ? 1 : 0, excepted: 0, resolved: 2 }));
  const carried = carriedCounts(counts);
  expect(carried).toHaveLength(20);
  expect(carried.slice(0, 10).map(({ rule: id }) => id)).toEqual(counts.slice(30).map(({ rule: id }) => id));
  expect(carried.at(-1)).toEqual({ rule: '21 other rules', existing: 21, caused: 0, excepted: 0, resolved: 42 });
  expect(carriedCounts(counts.slice(0, 20))).toEqual(counts.slice(0, 20));
});

describe('afterwards', () => {
  const did = (role: string, person: string, what: Done['did']): Done => ({ system: 'erp', role, account: person, person, did: what });
  const planned = content('erp', { order: [], pay: ['ann', 'ben'] }, { grants: ['order'] });

  test('what could not be granted caused nothing', () => {
    expect(classes([rule()], [planned], 0, [did('order', 'ann', 'created'), did('order', 'ben', 'failed')])).toEqual(['ann caused']);
  });

  test('access of which somebody else’s grant stays resolved nothing', () => {
    const others = [{ role: 'pay', account: 'ann77' }];
    const retiring = content(
      'erp',
      { order: ['ann', 'ben'], pay: ['ann', 'ben'] },
      { retires: ['pay'], others, people: named({ ann: 'ann77', ben: 'ben77' }) },
    );
    expect(classes([rule()], [retiring], 0, [did('pay', 'ann', 'retired'), did('pay', 'ben', 'retired')])).toEqual(['ann existing', 'ben resolved']);
  });

  test('legacy access that was kept resolved nothing', () => {
    const retiring = content('erp', { order: ['ann', 'ben'], pay: ['ann', 'ben'] }, { retires: ['pay'] });
    expect(classes([rule()], [retiring], 0, [did('pay', 'ann', 'retired'), did('pay', 'ben', 'nothing')])).toEqual(['ann resolved', 'ben existing']);
  });
});

test('a person is in one class, by who holds what before and after, and a release done as planned has the numbers of its preview', () => {
  const person = fc.constantFrom<string>('ann', 'ben');
  const drawn = fc.record({
    order: fc.uniqueArray(person),
    pay: fc.uniqueArray(person),
    grants: fc.subarray(['order', 'pay']),
    retires: fc.subarray(['order', 'pay']),
    across: fc.boolean(),
    excepted: fc.subarray<string>(['ann', 'ben']),
  });
  assertReaching(
    drawn,
    ['existing', 'caused', 'excepted', 'resolved', 'switched', 'nobody'],
    ({ order: orders, pay: pays, grants, retires, across, excepted }) => {
      const [one, other] = across ? ['erp', 'bank'] : ['erp', 'erp'];
      const own = (system: string, role: string) => ({
        grants: (across ? (system === one ? ['order'] : ['pay']) : [role, 'pay']).filter((each) => grants.includes(each)),
        retires: (across ? (system === one ? ['order'] : ['pay']) : [role, 'pay']).filter((each) => retires.includes(each) && !grants.includes(each)),
      });
      const contents = across
        ? [content('erp', { order: orders }, own('erp', 'order')), content('bank', { pay: pays }, own('bank', 'pay'))]
        : [content('erp', { order: orders, pay: pays }, own('erp', 'order'))];
      const rules = [
        rule({
          entitlements: [
            { system: one, role: 'order' },
            { system: other, role: 'pay' },
          ],
          ...(excepted.length > 0 ? { exceptions: excepted.map((each) => ({ person: each, reason: 'r', until: 1 })) } : {}),
        }),
      ];
      const holds = { before: (role: string, who: string) => (role === 'order' ? orders : pays).includes(who) };
      const after = (role: string, who: string) => grants.includes(role) || (holds.before(role, who) && !retires.includes(role));
      const found = heldTogether(rules, contents, 0);
      for (const who of ['ann', 'ben']) {
        const [was, is] = [holds.before('order', who) && holds.before('pay', who), after('order', who) && after('pay', who)];
        const replaces = (now: string, old: string) => grants.includes(now) && retires.includes(old) && !grants.includes(old) && holds.before(old, who);
        const isReplaced = !was && (replaces('order', 'pay') || replaces('pay', 'order'));
        const ofReplaced = isReplaced ? (across ? 'caused' : 'switched') : undefined;
        const ofNow = (is || isReplaced) && excepted.includes(who) ? 'excepted' : is ? 'caused' : ofReplaced;
        const expected = was ? (is ? 'existing' : 'resolved') : ofNow;
        expect(found.filter((each) => each.person === who).map(({ is: each }) => each)).toEqual(expected === undefined ? [] : [expected]);
      }
      const asPlanned = contents.flatMap(({ system, entitlements, legacy, incompatible = [] }): Done[] => [
        ...entitlements.flatMap(({ role }) => ['ann', 'ben'].map((who): Done => ({ system, role, account: who, person: who, did: 'created' }))),
        ...legacy.flatMap(({ role }) =>
          (incompatible.find((each) => each.role === role)?.holders ?? []).map((who): Done => ({ system, role, account: who, person: who, did: 'retired' })),
        ),
      ]);
      expect(togetherCounts(heldTogether(rules, contents, 0, asPlanned))).toEqual(togetherCounts(found));
      return found[0]?.is ?? 'nobody';
    },
  );
});

test('what rules need of a preview is judged as the preview itself, and is no longer with everyone else who holds the entitlements', () => {
  const person = fc.constantFrom('ann', 'ben', 'cem');
  const role = fc.constantFrom('order', 'pay', 'other');
  const pairs = fc.uniqueArray(fc.record({ role, account: person }), { selector: ({ role: of, account }) => `${of} ${account}` });
  const drawn = fc.record({
    order: fc.uniqueArray(person),
    pay: fc.uniqueArray(person),
    grants: fc.subarray(['order', 'other']),
    retires: fc.subarray(['order', 'other']),
    there: fc.subarray(['order', 'other']),
    drop: pairs,
    others: pairs,
    staying: pairs,
  });
  const reached = new Set<string>();
  fc.assert(
    fc.property(drawn, ({ order: holds, pay: pays, grants, retires, there, drop, others, staying }) => {
      const strangers = Array.from({ length: 50 }, (_, at) => ({ role: 'order', account: `stranger-${at}` }));
      const roles = ['order', 'other'].map((one) => ({ role: one, exists: there.includes(one), digest: one }));
      const both = [
        content(
          'erp',
          { order: holds, other: [] },
          {
            grants,
            retires,
            roles,
            people: named({ ann: 'ann', ben: 'ben', cem: 'cem' }),
            others: [...others, ...strangers],
            drop: drop.map((one) => ({ ...one, person: one.account })) as never,
            staying: staying.map((one) => ({ ...one, person: one.account, why: 'w' })),
          },
        ),
        content('bank', { pay: pays }, { people: named({ ann: 'ann', ben: 'ben', cem: 'cem' }) }),
      ];
      const rules = [rule({ entitlements: [order, bank] })];
      const found = heldTogether(rules, both, 0);
      for (const { is, stays } of found) reached.add(stays ? 'stays' : is);
      const needed = both.map((one) => neededFor(rules, one));
      expect(heldTogether(rules, needed, 0)).toEqual(found);
      expect(needed[0]!.others.length).toBeLessThanOrEqual(drop.length);
    }),
    { numRuns: 300 },
  );
  expect([...reached].sort()).toEqual(['caused', 'existing', 'resolved', 'stays']);
});
