import { expect, test } from 'vitest';
import { sha256Hex } from '../canonical.ts';
import { contentPattern } from '../plan/content-pattern.ts';
import { contentChanges, contentText, keptInFull, privilegesIn, type ContentChange } from './role-content.ts';

const entitlements = [{ system: 'erp', role: 'r13' }];
const content = (...privileges: string[]) => ({ digest: sha256Hex({ exists: true, privileges: privileges.toSorted() }), privileges: privileges.toSorted() });
type Content = ReturnType<typeof content>;

function changes(before: Content, now: Content, contentIgnores?: string[], stored: Content[] = [before, now]): ContentChange[] {
  const reviewed = { entitlements, roles: [{ role: 'r13', exists: true, digest: before.digest }], ...(contentIgnores ? { contentIgnores } : {}) };
  return contentChanges(reviewed, [{ role: 'r13', exists: true, digest: now.digest }], privilegesIn(stored));
}
const texts = (...asked: Parameters<typeof changes>) => changes(...asked).map(contentText);

const schema = 'USAGE on schema part';
const table = (name: string, privilege = 'SELECT') => `${privilege} on table part.${name}`;
const before = content(schema, table('ev'), table('ev_1'));
const nextDay = content(schema, table('ev'), table('ev_1'), table('ev_2'));
const pattern = ['part.ev_*'];

test('a table that default privileges give to the role every night is named', () => {
  expect(texts(before, nextDay)).toEqual(["'r13' gained SELECT on table part.ev_2"]);
  expect(texts(nextDay, before)).toEqual(["'r13' lost SELECT on table part.ev_2"]);
  expect(texts(before, content(schema, table('ev')))).toEqual(["'r13' lost SELECT on table part.ev_1"]);
  expect(texts(before, content(schema, table('ev'), table('ev_1', 'DELETE')))).toEqual([
    "'r13' gained DELETE on table part.ev_1, and lost SELECT on table part.ev_1",
  ]);
});

test('the same content is no change, whatever else the package names', () => {
  expect(changes(before, before)).toEqual([]);
  expect(changes(before, before, pattern, [])).toEqual([]);
});

test('a change names the digest that a person can accept; a role that is gone has none', () => {
  expect(changes(before, nextDay)[0]?.digest).toBe(nextDay.digest);
  const gone = contentChanges({ entitlements, roles: [{ role: 'r13', exists: true, digest: 'd' }] }, [{ role: 'r13', exists: false, digest: 'e' }]);
  expect(gone).toEqual([{ role: 'r13' }]);
  expect(gone.map(contentText)).toEqual(["'r13' no longer exists"]);
});

test('a role that is only retired is not compared', () => {
  expect(contentChanges({ entitlements: [], roles: [{ role: 'r13', exists: true, digest: 'd' }] }, [{ role: 'r13', exists: true, digest: 'e' }])).toEqual([]);
});

test('without the privileges under both digests, the change is found and not named', () => {
  for (const stored of [[], [before], [nextDay]])
    expect(texts(before, nextDay, undefined, stored)).toEqual(["what 'r13' may do differs from what was reviewed"]);
  // A pattern cannot be applied then either: it is a change.
  expect(changes(before, nextDay, pattern, [before])).toHaveLength(1);
});

test('a row in the store that does not match its digest is not used', () => {
  const forged = { digest: before.digest, privileges: nextDay.privileges };
  expect(texts(before, nextDay, pattern, [forged, nextDay])).toEqual(["what 'r13' may do differs from what was reviewed"]);
});

test.each<[what: string, now: Content, text: string | undefined]>([
  ['another partition', nextDay, undefined],
  ['another partition in place of the last', content(schema, table('ev'), table('ev_9')), undefined],
  ['a column of a partition', content(schema, table('ev'), table('ev_1'), 'SELECT on column part.ev_2.x'), 'gained SELECT on column part.ev_2.x'],
  ['more than was held of any partition', content(schema, table('ev'), table('ev_1'), table('ev_2', 'DELETE')), 'gained DELETE on table part.ev_2'],
  [
    'a partition that it may pass on',
    content(schema, table('ev'), table('ev_1'), `${table('ev_2')} (may pass it on)`),
    'gained SELECT on table part.ev_2 (may pass it on)',
  ],
  [
    'a partition through another role',
    content(schema, table('ev'), table('ev_1'), `${table('ev_2')}, through role ops`),
    'gained SELECT on table part.ev_2, through role ops',
  ],
  ['a table beside the pattern', content(schema, table('ev'), table('ev_1'), table('salaries')), 'gained SELECT on table part.salaries'],
  ['a table of another schema', content(schema, table('ev'), table('ev_1'), 'SELECT on table hr.part.ev_2'), 'gained SELECT on table hr.part.ev_2'],
  ['a name that only begins like one', content(schema, table('ev'), table('ev_1'), 'SELECT on table xpart.ev_2'), 'gained SELECT on table xpart.ev_2'],
  ['the last partition gone', content(schema, table('ev')), 'lost SELECT on table part.ev_1'],
  ['an attribute', content(schema, table('ev'), table('ev_2'), 'attribute SUPERUSER'), 'gained attribute SUPERUSER'],
])('with the pattern part.ev_*: %s', (_, now, text) => {
  expect(texts(before, now, pattern)).toEqual(text === undefined ? [] : [`'r13' ${text}`]);
});

test('a pattern of many * takes no longer than another, and covers the same', () => {
  const many = `s.${'*a'.repeat(60)}*b`;
  const changes = (object: string) =>
    contentChanges(
      { entitlements: [{ system: 'erp', role: 'r' }], roles: [{ role: 'r', exists: true, digest: 'then' }], contentIgnores: [many] },
      [{ role: 'r', exists: true, digest: 'now' }],
      (digest) => (digest === 'then' ? [`SELECT on table s.${'a'.repeat(60)}b`] : [`SELECT on table s.${object}`]),
    );
  expect(changes('a'.repeat(63))).toHaveLength(1);
  expect(changes(`${'a'.repeat(61)}_b`)).toEqual([]);
});

test('functions and quoted names match as they are shown', () => {
  const fn = (name: string) => `EXECUTE on function part.${name}(integer, text)`;
  expect(changes(content(fn('load_1')), content(fn('load_1'), fn('load_2')), ['part.load_*'])).toEqual([]);
  expect(changes(content(table('"Ev-1"')), content(table('"Ev-1"'), table('"Ev-2"')), ['part."Ev-*"'])).toEqual([]);
  expect(changes(content(table('a+b_1')), content(table('a+b_1'), table('a+b_2')), ['part.a+b_*'])).toEqual([]);
});

test('a long list is shortened and counted', () => {
  const many = content(...Array.from({ length: 9 }, (_, index) => table(`t${index}`)));
  expect(texts(content(), many)).toEqual([`'r13' gained ${[0, 1, 2, 3, 4].map((index) => table(`t${index}`)).join(', ')} and 4 more`]);
});

test('a content that is too large is not kept, nor one that is not what its digest says', () => {
  const whole = (privileges: string[]) => ({ digest: sha256Hex({ exists: true, privileges }), privileges });
  const large = whole(Array.from({ length: 50_001 }, (_, index) => `${index}`));
  const long = whole(['x'.repeat(9 * 1024 * 1024)]);
  const other = { digest: before.digest, privileges: ['x'.repeat(1_000_000)] };
  expect(keptInFull([large, long, other, before])).toEqual([before]);
});

test.each([
  ['sales.orders_*', true],
  ['part.*', true],
  ['part."Ev-*"', true],
  ['*.orders', false],
  ['*', false],
  ['orders_*', false],
  ['sales.orders items', false],
  ['sales.fn(integer)', false],
  ['a.b.c', false],
])('%s can stand in a plan: %s', (written, allowed) => {
  expect(contentPattern.test(written)).toBe(allowed);
});
