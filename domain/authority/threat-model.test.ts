/** docs/threat-model.md: every attack names a test that there is, and no kind of attack on a part was forgotten. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '../..');
const page = await readFile(join(project, 'docs/threat-model.md'), 'utf8');
const stride = ['spoofing', 'tampering', 'repudiation', 'information disclosure', 'denial of service', 'elevation'];
const sections = ['The endpoint', 'The namespace', 'The connectors', 'The store'];
/** What is not prevented, which the page says at length. */
const withoutTest = 'none: it is a right of the namespace';

const rowsOf = (section: string): string[][] =>
  (new RegExp(`^## ${section}\\n(.*?)^## `, 'ms').exec(page)?.[1] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| STRIDE '))
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim()),
    );

test.each(sections)('%s: every kind of attack has a row, and every row an attack, a defense and a test', (section) => {
  const rows = rowsOf(section);
  expect(new Set(rows.map(([kind]) => kind))).toEqual(new Set(stride));
  for (const row of rows) expect([row, row.length]).toEqual([row, 4]);
  const untested = rows.filter(([, , , tests = '']) => !/^`[^`]+`(, `[^`]+`)*$/.test(tests));
  expect(untested.map(([, attack, , tests]) => [attack, tests])).toEqual(
    section === 'The namespace' ? [['terminating or flooding workflows', withoutTest]] : [],
  );
});

test('the files that the page names are there, and have tests', async () => {
  const named = [...page.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter((file) => !existsSync(join(project, file)))).toEqual([]);
  for (const file of new Set(named)) expect([file, /\b(test|it)(\.\w+)*\(/.test(await readFile(join(project, file), 'utf8'))]).toEqual([file, true]);
});
