import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FileUnreadable, followFile, readSettings } from './followed-file.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rolewave-settings-'));
  file = join(dir, 'settings');
  await writeFile(file, 'first');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(dir, { recursive: true });
});

const text = async () => (await readSettings(file, 'the file', 'write it')).toString('utf8');
const untold = { changed: () => undefined, kept: () => undefined };

test('a file that is replaced while it is read for the first time is read again', async () => {
  const followed = await followFile(
    file,
    async () => {
      const found = await text();
      if (found === 'first') await writeFile(file, 'the second');
      return found;
    },
    untold,
  );
  expect(followed.now()).toBe('first');
  await followed.reload();
  expect(followed.now()).toBe('the second');
  followed.close();
});

test('a change that could not be read at one moment is read the next time, though the file has not changed since', async () => {
  let isUnreadable = false;
  const read = async () => {
    if (isUnreadable) throw new FileUnreadable('EMFILE');
    return text();
  };
  const followed = await followFile(file, read, untold);
  await writeFile(file, 'the second');
  isUnreadable = true;
  await expect(followed.reload()).rejects.toThrow('EMFILE');
  expect(followed.now()).toBe('first');
  isUnreadable = false;
  await followed.reload();
  expect(followed.now()).toBe('the second');
  followed.close();
});

test('a file that is gone leaves what was read, and is said once', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const kept: string[] = [];
  const followed = await followFile(file, text, { changed: () => undefined, kept: (why) => kept.push(why) });
  await rm(file);
  for (let times = 0; times < 3; times += 1) {
    await vi.advanceTimersByTimeAsync(2_000);
    await expect(followed.reload()).rejects.toThrow(`the file ${file} does not exist: write it`);
  }
  expect([kept, followed.now()]).toEqual([[`the file ${file} does not exist: write it`], 'first']);
  followed.close();
});

test('a mistake in a file is said once, and what it had before stays', async () => {
  const read = async () => {
    const found = await text();
    if (found === 'mistake') throw new Error('line 1');
    return found;
  };
  const followed = await followFile(file, read, untold);
  await writeFile(file, 'mistake');
  await expect(followed.reload()).rejects.toThrow('line 1');
  await followed.reload();
  expect(followed.now()).toBe('first');
  followed.close();
});
