import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { version } from './version.ts';

const textOf = (file: string) => readFileSync(fileURLToPath(new URL(`../${file}`, import.meta.url)), 'utf8');

test('the version is that of the newest entry of the changelog, and of the package that the documentation installs', () => {
  expect(/^## (\S+)/m.exec(textOf('CHANGELOG.md'))?.[1]).toBe(version);
  const named = [...textOf('docs/operating.md').matchAll(/rolewave-(\d+\.\d+\.\d+)\.tgz/g)].map(([, each]) => each);
  expect([...new Set(named)]).toEqual([version]);
});
