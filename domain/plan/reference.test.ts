/** docs/plan.md names every key that a plan may have. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keysAt } from './schema-shape.ts';
import type { Path } from './places.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/plan.md'), 'utf8');

const maps: Path[] = [
  [],
  ['clock'],
  ['systems', 0],
  ['people', 0],
  ['delegates', 0],
  ['metrics', 0],
  ['packages', 0],
  ['packages', 0, 'entitlements', 0],
  ['packages', 0, 'legacy', 0],
  ['packages', 0, 'requires'],
  ['packages', 0, 'requires', 'drill'],
  ['packages', 0, 'watch'],
  ['packages', 0, 'watch', 'metrics', 0],
  ['packages', 0, 'watch', 'metrics', 0, 'tune'],
  ['packages', 0, 'tune'],
  ['packages', 0, 'rollback'],
  ['waves', 0],
  ['waves', 0, 'hold'],
  ['waves', 0, 'packages', 0],
];

test.each(maps.flatMap((path) => (keysAt(path) ?? ['(no such map)']).map((key) => [path.join('.'), key])))(
  'the reference of the plan names %s.%s',
  (_path, key) => {
    expect(page).toContain(`\`${key}\``);
  },
);
