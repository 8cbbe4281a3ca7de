/** The contract suite can fail: each of its promises is broken once, and the right tests notice. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { defects } from '../test/connectors/broken/defects.ts';

interface Results {
  testResults: { message: string; assertionResults: { ancestorTitles: string[]; title: string; status: string }[] }[];
}

let results: Results['testResults'][number]['assertionResults'];

beforeAll(async () => {
  const project = join(import.meta.dirname, '..');
  const folder = await mkdtemp(join(tmpdir(), 'rolewave-broken-'));
  const output = join(folder, 'results.json');
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--config', 'vitest.broken.config.ts', '--reporter=json', `--outputFile=${output}`];
  // Its tests fail, as they must.
  await promisify(execFile)(process.execPath, [vitest, ...args], { cwd: project }).catch(() => undefined);
  const { testResults } = JSON.parse(await readFile(output, 'utf8')) as Results;
  await rm(folder, { recursive: true });
  const [{ message } = { message: 'there are no results' }] = testResults;
  if (message !== '') throw new Error(message);
  results = testResults.flatMap(({ assertionResults }) => assertionResults);
}, 60_000);

const titlesOf = (name: string, status: string) =>
  results.filter(({ ancestorTitles, ...each }) => ancestorTitles[0] === name && each.status === status).map(({ title }) => title);

test.each(defects)('of a connector that $name', ({ name, noticedBy }) => {
  const failed = titlesOf(name, 'failed');
  expect(noticedBy.filter((words) => !failed.some((title) => title.includes(words)))).toEqual([]);
  // What is not broken still passes.
  expect(titlesOf(name, 'passed').length).toBeGreaterThan(15);
});

describe('over a line that is cut off', () => {
  test.each([
    ['a client that takes what came for the whole', 'credulous', 'never makes the list of holders shorter'],
    ['a client that takes what was not answered for undone', 'rash', 'leaves an effect that happened or did not'],
  ])('of %s', (_client, name, words) => {
    expect(titlesOf(name, 'failed')).toContainEqual(expect.stringContaining(words));
  });

  test('and a careful client passes', () => {
    expect([titlesOf('careful', 'failed'), titlesOf('careful', 'passed').filter((title) => /^(never makes|leaves an effect)/.test(title))]).toEqual([
      [],
      expect.objectContaining({ length: 2 }),
    ]);
  });
});

test('a system that can do as little as the contract allows passes', () => {
  expect([titlesOf('modest', 'failed'), titlesOf('modest', 'passed').length > 25]).toEqual([[], true]);
});
