/** The numbers of a preview beside those of the ledger. */
import { expect, test } from 'vitest';
import { previewContent } from '../../test/support/ledger.ts';
import type { Done } from '../release/done.ts';
import { releaseNumbers as releaseNumbersView } from '../views/release-numbers.ts';
import { radiusOf, releaseNumbers, waveNumbers } from './planned-and-done.ts';

const grant = (role: string, account: string) => ({ role, account, person: account, options: {} });
const content = previewContent({
  entitlements: [{ system: 'erp', role: 'clerk' }],
  legacy: [{ system: 'erp', role: 'old', design: 'superseded' }],
  people: ['ann', 'ben', 'cem'].map((person) => ({ person, account: person })),
  before: [grant('clerk', 'ann'), grant('old', 'ben')],
  drop: [grant('gone', 'dea')],
  roles: ['clerk', 'old', 'gone'].map((role) => ({ role, exists: true, digest: role })),
  incompatible: [
    { role: 'clerk', exists: true, holders: ['ann'] },
    { role: 'old', exists: true, holders: ['ben'] },
  ],
});
const done = (role: string, account: string, did: Done['did']): Done => ({ system: 'erp', role, account, person: account, did });
const rule = {
  id: 'two',
  reason: 'r',
  entitlements: [
    { system: 'erp', role: 'clerk' },
    { system: 'erp', role: 'old' },
  ],
};
const switched = { existing: 0, caused: 0, excepted: 0, resolved: 0, switched: 1 };
const planned = { created: 2, preexisting: 1, retired: 1, revoked: 1, people: 3 };

test('a release that did what was signed has the same numbers on both sides', () => {
  const all = [
    done('clerk', 'ann', 'preexisting'),
    done('clerk', 'ben', 'created'),
    done('clerk', 'cem', 'created'),
    done('old', 'ben', 'retired'),
    done('gone', 'dea', 'retired'),
  ];
  const numbers = releaseNumbers([content], all, [rule], 0, 0);
  expect(releaseNumbersView.parse(numbers)).toEqual({
    systems: [{ system: 'erp', planned, done: { ...planned, failed: 0, open: 0 } }],
    incompatible: [{ rule: 'two', planned: switched, done: switched }],
  });
});

test('what failed, was kept or is not known is missing on the side of what was done', () => {
  const some = [done('clerk', 'ben', 'created'), done('clerk', 'cem', 'failed'), done('old', 'ben', 'nothing'), done('gone', 'dea', 'open')];
  expect(releaseNumbers([content], some, [rule], 0, 0)).toEqual({
    systems: [{ system: 'erp', planned, done: { created: 1, preexisting: 0, retired: 0, revoked: 0, people: 1, failed: 1, open: 1 } }],
    // The legacy access that was to be retired is still there beside what was granted.
    incompatible: [{ rule: 'two', planned: switched, done: { existing: 0, caused: 1, excepted: 0, resolved: 0 } }],
  });
});

test('of a system that is only read there are no grants to count', () => {
  const beside = previewContent({ system: 'bank', people: content.people, incompatible: [{ role: 'pay', exists: true, holders: [] }] });
  expect(releaseNumbers([content, beside], [], [], 0, 0).systems.map(({ system }) => system)).toEqual(['erp']);
});

test('of a wave, an account counts once however many of its releases change it, and only where something is to change or was changed', () => {
  const first = radiusOf([content], [done('clerk', 'ben', 'created'), done('old', 'ben', 'retired'), done('clerk', 'cem', 'failed')]);
  const other = { ...content, package: 'other', drop: [] };
  const second = radiusOf([other, previewContent({ system: 'bank' })], [done('clerk', 'ben', 'created'), done('clerk', 'cem', 'created')]);
  expect(waveNumbers([first, second])).toEqual([{ system: 'erp', packages: 2, planned: 3, done: 2 }]);
  expect(waveNumbers([])).toEqual([]);
});
