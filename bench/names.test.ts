import { expect, test } from 'vitest';
import { benchOf, overview } from './names.ts';

test.each(['board', 'cli', 'engine', 'postgres', 'systems'])('the overview lists %s, whose help says how it is used', (name) => {
  expect(overview).toMatch(new RegExp(`^  ${name} +\\S`, 'm'));
  expect(benchOf(name).help).toContain('--json');
});

test.each(['bord', '', 'constructor', 'toString'])("a bench '%s' is refused, with those that there are", (name) => {
  expect(() => benchOf(name)).toThrow(`There is no bench '${name}'`);
  expect(() => benchOf(name)).toThrow('Choose from board, cli, engine, postgres, systems.');
});

test('a bench that is nearly named is suggested', () => {
  expect(() => benchOf('bord')).toThrow("'board'");
});
