/** The completion scripts, in the real shells: a person types part of a command and presses Tab, on a terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testIo } from '../../test/support/command-io.ts';
import { run } from '../program.ts';

const command = join(import.meta.dirname, '../rolewave.ts');
const isThere = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
/** util-linux's, which gives a program a terminal. */
const hasTerminals = process.platform === 'linux' && isThere('script');

/** `load`: how the shell reads the file with the script. */
const shells = [
  { shell: 'bash', start: 'bash --norc -i', load: (file: string) => `source ${file}` },
  { shell: 'zsh', start: 'zsh -f -i', load: (file: string, home: string) => `autoload -Uz compinit; compinit -u -d ${home}/dump; source ${file}` },
  { shell: 'fish', start: 'fish --no-config -i', load: (file: string) => `source ${file}` },
] as const;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'rolewave-completion-'));
  // Completes as the command does, and otherwise shows the words that it was given.
  const shim = `#!/bin/bash\nif [ "$1" = __complete ]; then exec '${process.execPath}' '${command}' "$@"; fi\nprintf 'given'; printf '<%s>' "$@"; echo .\n`;
  await writeFile(join(home, 'rolewave'), shim);
  await chmod(join(home, 'rolewave'), 0o755);
});
afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));

describe.each(shells)('in $shell', ({ shell, start, load }) => {
  test.skipIf(!hasTerminals || !isThere(shell)).each([
    ['a command', 'rolewave rev', '<review>'],
    ['the value of an option', 'rolewave --output j', '<--output><json>'],
    ['the value after an equals sign', 'rolewave --output=j', '<--output=json>'],
    ['what follows an address', 'rolewave --url=http://127.0.0.1:9 rev', '<--url=http://127.0.0.1:9><review>'],
  ])(
    'completes %s',
    async (_what, typed, given) => {
      const io = testIo();
      expect(await run(['completion', shell], io)).toBe(0);
      const file = join(home, `completion.${shell}`);
      await writeFile(file, `${io.written.join('\n')}\n`);

      const terminal = spawn('script', ['-qfc', start, '/dev/null'], {
        env: { ...process.env, HOME: home, PATH: `${home}:${process.env['PATH']}`, TERM: 'xterm', ROLEWAVE_URL: 'http://127.0.0.1:9' },
        detached: true,
      });
      const ended = once(terminal, 'close');
      let shown = '';
      terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()));
      const seen = async (text: RegExp) => {
        await expect.poll(() => shown, { timeout: 40_000, interval: 100 }).toMatch(text);
      };
      try {
        // The sum, so that the line itself is not what is waited for.
        terminal.stdin.write(`${load(file, home)}; expr 40 + 2\n`);
        await seen(/\b42\b/);
        shown = '';
        terminal.stdin.write(`${typed}\t`);
        await seen(/review|json/);
        terminal.stdin.write('\n');
        await seen(/given.*\./);
        expect(shown).toContain(`given${given}`);
      } finally {
        if (terminal.pid !== undefined) process.kill(-terminal.pid, 'SIGKILL');
        await ended;
      }
    },
    90_000,
  );
});
