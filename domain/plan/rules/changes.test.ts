import { describe, expect, test } from 'vitest';
import { mistakesIn, smallPlanWith } from '../../../test/support/small-plan.ts';

/** Waves of the small plan: `first` releases closing, `second` releases intake, which builds on it; then these. */
const mistakesOf = (waves: string, change: [from: string, to: string] = ['', '']) =>
  mistakesIn(smallPlanWith(change) + waves).map((line) => line.replace(/^plan\.yaml:\d+:\d+ {2}/, ''));
const wave = (id: string, goLive: string, ...entries: string[]) =>
  `  - id: ${id}\n    goLive: ${goLive}\n    packages:\n${entries.map((entry) => `      - { ${entry} }\n`).join('')}`;

describe('a package goes through several waves', () => {
  test.each([
    ['revised', wave('third', '2026-05-01', 'package: closing, change: revise')],
    [
      'revised twice and retired last',
      wave('third', '2026-05-01', 'package: closing, change: revise') +
        wave('fourth', '2026-06-01', 'package: closing, change: revise') +
        wave('fifth', '2026-07-01', 'package: intake, change: retire', 'package: closing, change: retire'),
    ],
  ])('%s', (_name, waves) => {
    expect(mistakesOf(waves)).toEqual([]);
  });

  test('observed first, then released', () => {
    expect(mistakesOf(wave('third', '2026-05-01', 'package: closing'), ['- package: closing', '- { package: closing, change: observe }'])).toEqual([]);
  });

  test('revised, when the wave that released it is no longer in the file: the store knows what is released', () => {
    expect(mistakesOf('', ['- package: closing', '- { package: closing, change: revise }'])).toEqual([]);
  });

  test('a package may be revised after a package that builds on it went live', () => {
    expect(mistakesOf(wave('third', '2026-05-01', 'package: closing, change: revise'))).toEqual([]);
  });
});

test.each([
  [
    'released a second time',
    wave('third', '2026-05-01', 'package: closing'),
    "waves[2].packages[0].package  package 'closing' is already in wave 'first'; only one wave releases a package: write change: revise or change: retire",
  ],
  [
    'observed when it is already granted',
    wave('third', '2026-05-01', 'package: closing, change: observe'),
    "waves[2].packages[0].change  package 'closing' is already in wave 'first', which grants and watches it; remove this entry",
  ],
  [
    'twice in one wave',
    wave('third', '2026-05-01', 'package: closing, change: revise', 'package: closing, change: revise'),
    "waves[2].packages[1].package  package 'closing' is in this wave twice",
  ],
  [
    'revised after it was retired',
    wave('third', '2026-05-01', 'package: intake, change: retire') + wave('fourth', '2026-06-01', 'package: intake, change: revise'),
    "waves[3].packages[0].package  package 'intake' is retired by wave 'third', and nothing can follow; remove this entry, or release a new package under another id",
  ],
  [
    'changed before it is released',
    wave('third', '2026-04-10', 'package: intake, change: revise'),
    "waves[2].packages[0].package  package 'intake' would be changed by wave 'third' before wave 'second', which comes first in the file (2026-04-10 and 2026-04-15); list the waves in the order of their dates",
  ],
  [
    'retired before a package that builds on it',
    wave('third', '2026-05-01', 'package: closing, change: retire') + wave('fourth', '2026-06-01', 'package: intake, change: retire'),
    "packages[1].buildsOn[0]  package 'intake' builds on 'closing', which wave 'third' retires; retire 'intake' in that wave or before it, or remove 'closing' from buildsOn",
  ],
])('%s: one line says what to do', (_name, waves, answer) => {
  expect(mistakesOf(waves)).toEqual([answer]);
});
