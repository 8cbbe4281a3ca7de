import { expect, test } from 'vitest';
import { workloadOfMatrix } from './workload.ts';

test('packages of a matrix grant each of its pairs once, and nothing else', () => {
  const pairs = ['1 1', '1 2', '2 1', '2 2', '2 3', '3 3'];
  const { name, packages } = workloadOfMatrix(pairs.map((pair) => `   ${pair.replace(' ', '    ')}`).join('\n'), 'a');
  const granted = packages.flatMap(({ roles, accounts }) => roles.flatMap((role) => accounts.map((account) => `${account} ${role}`)));
  expect(granted.toSorted()).toEqual(pairs.map((pair) => pair.replace(/(\d) (\d)/, 'person$1 a-permission$2')).toSorted());
  expect(packages).toHaveLength(2);
  expect(name).toBe("a company's 6 grants of 3 people");
});

test.each([
  ['1 2\n1 x', 'line 2'],
  ['1 2 3', 'line 1'],
  ['1', 'line 1'],
  ['', 'no lines'],
])('a matrix of %j is refused: %s', (text, why) => {
  expect(() => workloadOfMatrix(text, 'a')).toThrow(why);
});
