import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trustedAt } from '../domain/authority/keys.ts';
import { newKey } from '../test/support/keys.ts';
import { openTrustedKeys, type CurrentKeys } from './trusted-keys.ts';

let folder: string;
let file: string;
let keys: CurrentKeys | undefined;
let logged: string[];
const log = { info: (_: object, message: string) => void logged.push(message), error: (_: object, message: string) => void logged.push(message) };
beforeEach(async () => {
  logged = [];
  folder = await mkdtemp(join(tmpdir(), 'rolewave-keys-'));
  file = join(folder, 'trusted-keys.json');
});
afterEach(async () => {
  keys?.close();
  await rm(folder, { recursive: true });
});
const old = newKey('old').trusted;
const next = newKey('next').trusted;
/** As editors and mounted secrets do: another file in its place. */
async function write(...all: object[]): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify({ keys: all }));
  await rename(`${file}.new`, file);
}
const kids = () => keys?.now().map(({ kid }) => kid);

test('a file that is replaced is read again without a restart', async () => {
  await write(old);
  keys = await openTrustedKeys(file, log);
  expect(kids()).toEqual(['old']);
  await write(next);
  await expect.poll(kids, { timeout: 5_000 }).toEqual(['next']);
  expect(logged).toEqual(['the trusted keys have changed and are read again']);
});

test('a key is retired at an instant: from then on it seals nothing', async () => {
  const until = '2027-03-01T12:00:00+01:00';
  await write({ ...old, until }, next);
  keys = await openTrustedKeys(file);
  const at = (ms: number) => trustedAt(keys!.now(), ms).map(({ kid }) => kid);
  expect([at(Date.parse(until) - 1), at(Date.parse(until))]).toEqual([['old', 'next'], ['next']]);
});

test.each([
  ['no key', [], 'is not a set of public keys'],
  ['a private key', [{ ...next, d: 'AAAA' }], 'is not a set of public keys'],
  ['an end that is no instant', [{ ...next, until: 'tomorrow' }], 'is not an instant, such as 2026-05-01T00:00:00Z'],
])('a changed file with %s is not taken: the keys stay as they were', async (_what, written, why) => {
  await write(old);
  keys = await openTrustedKeys(file);
  await write(...written);
  await expect(keys.reload()).rejects.toThrow(why);
  expect(kids()).toEqual(['old']);
});
