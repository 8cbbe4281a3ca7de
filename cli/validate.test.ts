import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { smallPlan } from '../test/support/small-plan.ts';

const command = commandWithPeer();

describe('validate works alone', () => {
  const started = promisify(execFile);
  const asProcess = (...args: string[]) =>
    started(process.execPath, [join(import.meta.dirname, 'rolewave.ts'), ...args], { env: { ...process.env, ROLEWAVE_URL: 'http://127.0.0.1:1' } }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  test('a valid plan exits with 0 and says what comes next', async () => {
    const { code, stdout } = await asProcess('validate', command.file);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${command.file} is a valid plan: 'small' with 2 packages in 2 waves, for 4 people in 2 systems. Next: 'rolewave plan ${command.file}' shows what it would change.\n`,
    );
  });

  test('mistakes exit with 2 and are all reported, with file, line and path', async () => {
    const { code, stdout, stderr } = await asProcess('validate', command.badFile);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `${command.badFile}:24:12  packages[0].owner  unknown owner 'anna': no person of this plan has that id; did you mean 'ana'?\n` +
        `${command.badFile}:37:15  packages[0].watch.length  package 'closing': 'soon' is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w\n\n` +
        `2 mistakes in ${command.badFile}. Nothing was started. Fix them and run the command again.\n`,
    );
  });

  test('with --json mistakes are one line of JSON, still with 2', async () => {
    const { code, stdout } = await asProcess('validate', command.badFile, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'plan-invalid',
      file: command.badFile,
      mistakes: [
        { line: 24, column: 12, path: 'packages[0].owner' },
        { line: 37, path: 'packages[0].watch.length' },
      ],
    });
  });

  test('no file, a folder and a file that is too large are bad input', async () => {
    expect(await command.rolewave(['validate', join(command.folder, 'none.yaml')])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot be read: the file does not exist\.$/),
    });
    expect(await command.rolewave(['validate', command.folder])).toMatchObject({ code: 2, err: expect.stringMatching(/cannot be read: it is a directory\.$/) });
    const large = join(command.folder, 'large.yaml');
    await writeFile(large, 'x'.repeat(3 * 1024 * 1024));
    expect(await command.rolewave(['validate', large])).toMatchObject({ code: 2, err: expect.stringContaining('larger than 2 MiB') });
  });

  test('a wave that has begun may keep its date', async () => {
    const past = join(command.folder, 'past.yaml');
    await writeFile(past, smallPlan.replace('clock: { epoch: 2026-04-06, day: 2s }\n', '').replaceAll(/goLive: 2026/g, 'goLive: 2020'));
    expect(await command.rolewave(['validate', past])).toMatchObject({ code: 2 });
    expect(await command.rolewave(['validate', past, '--started', 'first,second'])).toMatchObject({ code: 0 });
  });
});
