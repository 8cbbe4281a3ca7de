import { expect, test } from 'vitest';
import { simulatedTotals } from './simulation.ts';

const part = { system: 'erp', digest: 'x', people: 3, toGrant: 2, alreadyThere: 1, toRetire: 0, conflicts: [] };
const packages = (rolledBack?: { wave: string; next?: string }) => [
  { parts: [part, { ...part, system: 'hr', toDrop: 4 }] },
  { parts: [part], ...(rolledBack ? { rolledBack } : {}) },
];

test('totals are by system, and leave out what was rolled back unless a wave releases it again', () => {
  const hr = { toGrant: 2, alreadyThere: 1, toRetire: 0, toDrop: 4 };
  const [once, twice] = [
    { toGrant: 2, alreadyThere: 1, toRetire: 0 },
    { toGrant: 4, alreadyThere: 2, toRetire: 0 },
  ];
  expect(simulatedTotals(packages())).toEqual({ erp: twice, hr });
  expect(simulatedTotals(packages({ wave: 'wave-1', next: 'wave-2' }))).toEqual({ erp: twice, hr });
  expect(simulatedTotals(packages({ wave: 'wave-1' }))).toEqual({ erp: once, hr });
});
