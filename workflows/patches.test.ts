import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { patches } from './patches.ts';

type Listed = Record<string, { stage: 'patched' | 'deprecated'; release: string; since: string; removable: string }>;

/** Says what is wrong with these sources and this list. Empty when every change is listed and used once, with the helper of its stage. */
function findings(sources: Record<string, string>, listed: Listed): string[] {
  const found: string[] = [];
  const used: { id: string; helper: string }[] = [];
  for (const [file, source] of Object.entries(sources)) {
    if (file === 'patches.ts') continue;
    for (const [, called] of source.matchAll(/\b(patched|deprecatePatch)\b\s*[(,}]/g))
      found.push(`${file} calls ${called}: use the helpers of patches.ts instead`);
    for (const [, helper = '', id = ''] of source.matchAll(/\b(isPatched|deprecated)\(\s*'([^']*)'/g)) used.push({ id, helper });
  }
  const helperOf = { patched: 'isPatched', deprecated: 'deprecated' };
  for (const [id, { stage, since, removable }] of Object.entries(listed)) {
    const uses = used.filter((use) => use.id === id).map(({ helper }) => helper);
    if (uses.length !== 1 || uses[0] !== helperOf[stage])
      found.push(`'${id}' is ${stage} and used by [${uses.join(', ')}]: use it once, with ${helperOf[stage]}`);
    if (!isLater(removable, since)) found.push(`'${id}' of ${since} cannot be removable in ${removable}`);
  }
  for (const [release, changes] of Map.groupBy(Object.values(listed), (change) => change.release))
    if (new Set(changes.map(({ stage }) => stage)).size > 1) found.push(`the changes of ${release} are in different stages, and share one marker`);
  for (const { id } of used) if (!Object.hasOwn(listed, id)) found.push(`'${id}' is not listed`);
  return found;
}

const numbers = (release: string) => release.split('.').map(Number);
function isLater(one: string, other: string): boolean {
  const [a, b] = [numbers(one), numbers(other)];
  const at = a.findIndex((number, index) => number !== b[index]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}

test('every change to the steps of a workflow is listed, and is used once with the helper of its stage', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(files).toContain('patches.ts');
  const sources = Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(`${folder}/${file}`, 'utf8')] as const)));
  expect(findings(sources, patches)).toEqual([]);
});

describe('the search for mistakes', () => {
  const listed: Listed = { wait: { stage: 'patched', release: '0.4.0', since: '0.4.0', removable: '0.5.0' } };
  test.each<[string, Record<string, string>, Listed, RegExp]>([
    ['a call of the SDK function outside patches.ts', { 'wave.ts': "if (wf.patched('wait')) await x" }, {}, /wave\.ts calls patched/],
    [
      'an import of the SDK function by name',
      { 'wave.ts': "import { deprecatePatch, sleep } from '@temporalio/workflow'" },
      {},
      /wave\.ts calls deprecatePatch/,
    ],
    ['an id that is not listed', { 'wave.ts': "if (isPatched('wait')) x" }, {}, /'wait' is not listed/],
    ['an id that nobody uses', { 'wave.ts': '' }, listed, /'wait' is patched and used by \[\]/],
    ['an id that is used in two places', { 'a.ts': "isPatched('wait')", 'b.ts': "isPatched('wait')" }, listed, /used by \[isPatched, isPatched\]/],
    ['the helper of another stage', { 'a.ts': "deprecated('wait')" }, listed, /used by \[deprecated\]/],
    [
      'a removal in an earlier release than the change',
      { 'a.ts': "isPatched('wait')" },
      { wait: { stage: 'patched', release: '0.10.0', since: '0.10.0', removable: '0.9.0' } },
      /cannot be removable/,
    ],
    [
      'changes of one release in different stages',
      { 'a.ts': "isPatched('wait')", 'b.ts': "deprecated('skip')" },
      { ...listed, skip: { stage: 'deprecated', release: '0.4.0', since: '0.5.0', removable: '0.6.0' } },
      /changes of 0\.4\.0 are in different stages/,
    ],
  ])('finds %s', (_name, sources, list, says) => {
    expect(findings(sources, list)).toEqual([expect.stringMatching(says)]);
  });

  test('accepts one use with the helper of its stage', () => {
    expect(findings({ 'a.ts': "if (isPatched('wait')) x" }, listed)).toEqual([]);
  });
});
