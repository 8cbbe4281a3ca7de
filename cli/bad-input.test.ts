import { describe, expect, test } from 'vitest';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { exitCodes } from './exit-codes.ts';

const command = commandWithPeer();
const closing = 'small/first/closing';

describe('bad input exits with 2 before anything is sent', () => {
  test.each([
    [['statsu'], /unknown command 'statsu'/],
    [['note', 'small', 'text'], /neither plan\/wave nor plan\/wave\/package/],
    [['note', 'small/../x', 'text'], /neither plan\/wave nor plan\/wave\/package/],
    [['evaluate', 'small/first'], /this command takes a package/],
    [['review', closing, '--successes', 'a', '--challenges', 'b', '--improvements', 'c'], /this command takes a wave/],
    [['extend', closing, '--by', 'soon', '--reason', 'x'], /--by 'soon' is not a duration/],
    [['extend', closing, '--by', '7d'], /required option '-r, --reason <text>' not specified/],
    [['set-date', 'small/first', '2026-02-31'], /^'2026-02-31' is not a date: the days of 2026-02 are 01 to 28/],
    [['tune', closing, '--step', 'magic', '--reason', 'x'], /'magic' is not one of the values of --step: reconcile/],
    [['tune', closing, '--step', 'tighten', '--reason', 'x', '--entitlement', 'erp'], /not written system\/role/],
    [
      ['evidence', closing, 'dril', '--reference', 'x'],
      /'dril' is not one of the values of item: owner.*\n\(Did you mean drill\?\)\nSee 'rolewave evidence --help'\.$/,
    ],
    [['decide', closing, 'maybe', '--reason', 'x'], /'maybe' is not one of the values of answer: approve, keep/],
    [['rollback', closing], /A rollback needs a reason/],
    [['sign-off', closing, '--reject'], /A rejection needs a reason/],
    [['review', 'small/first', '--successes', 'a', '--challenges', 'b', '--improvements', 'c', '--action', 'nobody'], /not written person=what/],
    [['status', 'a/b/c'], /neither a plan nor plan\/wave/],
    [['status', '--url', 'ftp://x'], /is not the address of an endpoint/],
    [['status', '--request-timeout', 'long'], /--request-timeout 'long' is not a duration/],
    [['status', '--timeout', '30m'], /belong to --watch/],
    [['status', '--watch', '--timeout', '30m'], /add --until/],
    [['status', '--watch', '--until', 'done'], /--until done is none of Scheduled/],
    [['status', '--watch', '--every', '0'], /--every 0 is not a number of seconds/],
    [['note', 'small/first', 'x', '--id', 'short'], /--id must be 8 to 100/],
    [['apply', 'plan.yaml', '--if-revision', 'last'], /is not a revision number/],
    [['message', 'x'], /not a status address/],
  ])('rolewave %j', async (args, says) => {
    const { code, err } = await command.rolewave(args);
    expect(err).toMatch(says);
    expect(code).toBe(exitCodes.badInput);
    expect(command.peer.heard).toEqual([]);
  });

  test('without a command, the help is shown', async () => {
    expect(await command.rolewave([])).toMatchObject({ code: 2, out: expect.stringContaining('Usage: rolewave') });
  });

  test('--help ends with 0 and shows examples', async () => {
    expect(await command.rolewave(['tune', '--help'])).toMatchObject({ code: 0, out: expect.stringMatching(/Examples:\n {2}rolewave tune/) });
  });
});
