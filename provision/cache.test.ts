import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cachePlace, fillOnce, isFile } from './cache.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewave-cache-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fill = async (place: string, text: string, onWait = () => {}) => {
  let filled = 0;
  await fillOnce(
    place,
    () => isFile(join(place, 'program')),
    onWait,
    async (draft) => {
      filled += 1;
      await sleep(150);
      await writeFile(join(draft, 'program'), text);
    },
  );
  return filled;
};

test('when several processes want the same thing at once, one fetches it and the others wait', async () => {
  const place = join(folder, 'thing-1.0');
  let waited = 0;
  const filled = await Promise.all([1, 2, 3].map((number) => fill(place, `made by ${number}`, () => (waited += 1))));
  expect(filled.toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
  expect(waited).toBe(2);
  expect(await readdir(folder)).toEqual(['thing-1.0']);
});

test('when it fails, nothing incomplete is left and the next one tries again', async () => {
  const place = join(folder, 'thing-1.0');
  const failing = fillOnce(
    place,
    () => isFile(join(place, 'program')),
    () => {},
    async (draft) => {
      await writeFile(join(draft, 'half'), '');
      throw new Error('no network');
    },
  );
  await expect(failing).rejects.toThrow('no network');
  expect(await readdir(folder)).toEqual([]);
  expect(await fill(place, 'second')).toBe(1);
  expect(await readFile(join(place, 'program'), 'utf8')).toBe('second');
});

test('the lock of a process that was killed is taken over', async () => {
  const place = join(folder, 'thing-1.0');
  await mkdir(dirname(place), { recursive: true });
  await writeFile(`${place}.lock`, '1');
  const aMinuteAgo = new Date(Date.now() - 60_000);
  await utimes(`${place}.lock`, aMinuteAgo, aMinuteAgo);
  expect(await fill(place, 'mine')).toBe(1);
});

test('the cache is in XDG_CACHE_HOME, with one folder for each kind of machine', () => {
  const before = process.env['XDG_CACHE_HOME'];
  process.env['XDG_CACHE_HOME'] = folder;
  try {
    expect(cachePlace('thing-1.0')).toBe(join(folder, 'rolewave', `thing-1.0-${process.platform}-${process.arch}`));
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME'];
    else process.env['XDG_CACHE_HOME'] = before;
  }
});
