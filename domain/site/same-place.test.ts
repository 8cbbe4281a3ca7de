import { expect, test } from 'vitest';
import { site, siteSystem } from '../../test/support/site.ts';
import { posesAs, posingText, posingTextOfPlan } from './same-place.ts';

const of = (sameAs: Record<string, string> = {}) =>
  site({ systems: ['erp', 'hr', 'lab'].map((id) => siteSystem(id, sameAs[id] === undefined ? {} : { sameAs: sameAs[id] })) });
const at = (system: string, address: string | undefined = system) => ({ system, address, addresses: address === undefined ? [] : [address] });
const refused = (sameAs: Record<string, string>, me: Parameters<typeof posesAs>[1], ...before: Parameters<typeof posesAs>[2]) =>
  posesAs(of(sameAs), me, before) !== undefined;

test('the first system of a place is believed, and so is the same one later, by whatever address', () => {
  expect(refused({}, at('erp'))).toBe(false);
  expect(refused({}, at('erp', 'moved'), at('erp'))).toBe(false);
});

test('another system that is reached by another address is not, and the text says what to write', () => {
  expect(posesAs(of(), at('lab'), [at('erp')])).toBe('erp');
  expect(posingText('lab', 'erp')).toContain("write sameAs: erp below 'lab' in the site file");
  expect(posingTextOfPlan('lab')).not.toContain('erp');
  expect(refused({}, at('lab', undefined), at('erp', undefined))).toBe(true);
});

test.each<[string, Record<string, string>, string, string | undefined]>([
  ['it is reached by the same address', {}, 'lab', 'erp'],
  ['the site says so of it', { lab: 'erp' }, 'lab', 'lab'],
  ['the site says so of the other one', { erp: 'lab' }, 'lab', 'lab'],
  ['the site says of both that they are a third', { erp: 'hr', lab: 'hr' }, 'lab', 'lab'],
])('it is where %s', (_where, sameAs, system, address) => {
  expect(refused(sameAs, at(system, address), at('erp'))).toBe(false);
});

test('it is where the site says so over a third, and where two name each other', () => {
  expect(refused({ lab: 'hr', hr: 'erp' }, at('lab'), at('erp'))).toBe(false);
  expect(refused({ lab: 'erp', erp: 'lab' }, at('lab'), at('erp'))).toBe(false);
});

test('one that was there before places were kept goes on, and so does one that shares any address that the first ever had', () => {
  expect(refused({}, at('lab'), at('erp'), { ...at('lab'), wasThere: true })).toBe(false);
  expect(refused({}, at('lab', 'tunnel'), { system: 'erp', addresses: ['erp', 'tunnel'] })).toBe(false);
});

test('one among several that it may not be is enough to refuse it', () => {
  expect(refused({ lab: 'erp' }, at('lab'), at('erp'), at('hr'))).toBe(true);
});

test('a system that the site no longer has keeps no place', () => {
  expect(refused({}, at('lab'), at('removed'))).toBe(false);
});
