import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { postgresOptions } from '../../test/support/ledger.ts';
import { unusualForm } from './options.ts';

type Options = Record<string, boolean>;
const of = (...all: Options[]) =>
  unusualForm(
    all.map((options) => ({ options })),
    postgresOptions,
  );

test.each<[string, Options[], string | undefined]>([
  ['a plain membership', [{}], undefined],
  ['a plain membership whose options are all told', [{ inherit: true, set: true, admin: false }], undefined],
  ['what is not held', [], undefined],
  ['one without INHERIT', [{ inherit: false }], 'without INHERIT'],
  ['one without SET', [{ set: false }], 'without SET'],
  ['one without both', [{ inherit: false, set: false }], 'without INHERIT, without SET'],
  ['one with ADMIN', [{ admin: true }], 'with the ADMIN OPTION'],
  ['ADMIN only, as the creator of a role holds it', [{ admin: true, inherit: false, set: false }], 'without INHERIT, without SET, with the ADMIN OPTION'],
  ['two grants of which one is plain', [{ inherit: false, set: false }, {}], undefined],
  ['two grants that are plain together', [{ inherit: false }, { set: false }], undefined],
  ['two grants that are both without INHERIT', [{ inherit: false }, { inherit: false }], 'without INHERIT'],
  ['a plain grant, and one with ADMIN', [{}, { admin: true }], 'with the ADMIN OPTION'],
  ['an option that PostgreSQL does not have', [{ other: true }], undefined],
])('the form of %s', (_, all, form) => expect(of(...all)).toBe(form));

test('a system whose grants have one form only has no other', () => {
  expect(unusualForm([{ options: { inherit: false, admin: true } }])).toBeUndefined();
});

test('options of another kind of system have its own words', () => {
  const until = { expires: { plain: false, otherwise: 'until a date' } };
  expect([unusualForm([{ options: { expires: true } }], until), unusualForm([{ options: {} }], until)]).toEqual(['until a date', undefined]);
});

test('another grant gives more and never takes away, in any order', () => {
  const option = fc.option(fc.boolean(), { nil: undefined });
  const any = fc
    .record({ inherit: option, set: option, admin: option })
    .map((all) => Object.fromEntries(Object.entries(all).filter(([, is]) => is !== undefined)) as Options);
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 4 }), any, (all, more) => {
      const says = (form: string | undefined, part: string) => form?.includes(part) ?? false;
      const [before, after] = [of(...all), of(...all, more)];
      for (const part of ['without INHERIT', 'without SET']) if (says(after, part)) expect(says(before, part)).toBe(true);
      if (says(before, 'ADMIN')) expect(says(after, 'ADMIN')).toBe(true);
      expect(of(...all.toReversed())).toBe(before);
    }),
  );
});
