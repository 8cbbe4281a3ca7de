import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canEnter, unprivilegedAccount } from './unprivileged.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rolewave-account-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.skipIf(process.getuid?.() === 0)('an ordinary user runs servers as itself', () => {
  expect(unprivilegedAccount()).toBeUndefined();
});

describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  const passwd = (text: string) => {
    const file = join(folder, 'passwd');
    writeFileSync(file, text);
    return file;
  };

  test('servers run as nobody, or as another user of the machine, and never as root', () => {
    expect(unprivilegedAccount(passwd('root:x:0:0::/root:/bin/sh\nbin:x:2:2::/:\nnobody:x:99:98::/:\n'))).toEqual({ uid: 99, gid: 98 });
    expect(unprivilegedAccount(passwd('root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:\nbin:x:2:3::/:\n'))).toEqual({ uid: 2, gid: 3 });
    expect(() => unprivilegedAccount(passwd('root:x:0:0::/root:/bin/sh\n'))).toThrow('has no other user');
  });

  test('a folder is unreachable when one above it is closed', () => {
    const account = unprivilegedAccount()!;
    const inner = join(folder, 'a', 'b');
    mkdirSync(inner, { recursive: true, mode: 0o755 });
    chmodSync(folder, 0o755);
    expect(canEnter(inner, account)).toBe(true);
    chmodSync(folder, 0o700);
    expect(canEnter(inner, account)).toBe(false);
  });
});
