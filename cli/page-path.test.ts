import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pagePath } from './page-path.ts';

/** The patterns of paths in a file's code: `/packages/:plan/:wave/:package`. */
async function patternsIn(file: string): Promise<string[]> {
  const code = await readFile(join(import.meta.dirname, '..', file), 'utf8');
  return [...code.matchAll(/'(\/[\w:/]*)'/g)].map(([, pattern = '']) => pattern);
}

const shows = (pattern: string, path: string) => new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path);

test.each([
  [undefined, '/'],
  ['role-packages/wave-1', '/waves/:plan/:wave'],
  ['role-packages/wave-1/finance-month-end-operator', '/packages/:plan/:wave/:package'],
])('what is opened for %s is a page that the api serves and the pages show', async (what, pattern) => {
  const path = pagePath(what);
  for (const file of ['web/main.tsx', 'api/pages/built.ts']) {
    const found = (await patternsIn(file)).filter((each) => shows(each, path));
    expect([file, found]).toEqual([file, [pattern]]);
  }
});
