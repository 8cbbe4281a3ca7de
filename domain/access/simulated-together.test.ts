import { expect, test } from 'vitest';
import { previewContent } from '../../test/support/ledger.ts';
import { plan } from '../../test/support/plan.ts';
import { simulationOf, type SimulatedContent } from '../plan/simulation.ts';
import { neededFor } from './incompatible.ts';
import { SimulatedPackages } from './simulated-together.ts';

const clerk = { system: 'erp', role: 'clerk' };
const pay = { system: 'bank', role: 'pay' };
const made = plan({
  systems: ['erp', 'bank'],
  packages: [{ id: 'clerks' }, { id: 'payers' }, { id: 'later' }],
  waves: [{ packages: [{ package: 'clerks' }, { package: 'payers' }] }, { packages: [{ package: 'later' }] }],
  incompatible: [{ id: 'order-and-pay', reason: 'Nobody orders and pays', entitlements: [clerk, pay] }],
});
const [first = '', second = ''] = made.waves.map(({ id }) => id);
const waveOf = (id: string) => (id === 'later' ? second : first);
const read = (rolePackage: string, changed: string[], more: Partial<SimulatedContent> = {}): SimulatedContent => ({
  package: rolePackage,
  system: 'erp',
  changed,
  ...more,
});
function simulatedTogether(contents: SimulatedContent[]) {
  const read = new SimulatedPackages(made, 0);
  for (const [id, some] of Map.groupBy(contents, (content) => content.package)) read.add(id, some);
  return read.together(waveOf);
}
const ann = [{ person: 'ann', account: 'ann' }];

test('the blast radius of a wave counts each account once, however many packages change it', () => {
  const contents = [
    read('clerks', ['ann', 'ben'], { accounts: 40 }),
    read('payers', ['ben', 'cem'], { accounts: 40 }),
    read('later', ['ann']),
    read('clerks', [], { system: 'bank' }),
  ];
  expect(simulatedTogether(contents).waves).toEqual([
    { wave: first, systems: [{ system: 'erp', people: 3, accounts: 40, packages: 2 }] },
    { wave: second, systems: [{ system: 'erp', people: 1, packages: 1 }] },
  ]);
});

test('a rule with its entitlements in two systems is judged by what was read in both, and not where one of them is missing', () => {
  const here = previewContent({
    entitlements: [clerk],
    people: ann,
    roles: [{ role: 'clerk', exists: true, digest: 'd' }],
    incompatible: [{ role: 'clerk', exists: true, holders: [] }],
  });
  const there = previewContent({ system: 'bank', people: ann, incompatible: [{ role: 'pay', exists: true, holders: ['ann'] }] });
  const both = [
    read('clerks', ['ann'], { held: neededFor(made.incompatible ?? [], here) }),
    read('clerks', [], { system: 'bank', held: neededFor(made.incompatible ?? [], there) }),
  ];
  const counts = [{ rule: 'order-and-pay', existing: 0, caused: 1, excepted: 0, resolved: 0 }];
  expect(simulatedTogether(both).incompatible).toEqual([{ package: 'clerks', counts }]);
  expect(simulatedTogether(both.slice(0, 1)).incompatible).toEqual([]);
  // As a worker of the version before wrote it.
  expect(simulatedTogether([read('clerks', ['ann'], { preview: here }), both[1]!]).incompatible).toEqual([{ package: 'clerks', counts }]);
});

test('a simulation also reads the systems that only such a rule names', () => {
  expect(simulationOf(made, 'd', {}).packages[0]).toEqual({ id: 'clerks', systems: ['erp'], alsoReads: ['bank'] });
});
