import { describe, expect, test } from 'vitest';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { testIo } from '../test/support/command-io.ts';
import { startPeer } from '../test/support/peer.ts';

const command = commandWithPeer();

describe('an endpoint that does not do what was requested', () => {
  const route = 'POST /v1/waves/small/first/notes';
  const note = ['note', 'small/first', 'x'];

  test.each([
    [
      {
        status: 403,
        body: {
          code: 'not-authorized',
          title: 'This person is not authorized to do this',
          detail: "Only ana may sign for 'closing'.",
          whatToDo: 'Ask one of them.',
        },
      },
      3,
      /Only ana may sign/,
    ],
    [
      {
        status: 401,
        body: { code: 'no-token', title: 'A token is required', detail: 'The request has no Authorization header.', whatToDo: 'Send your token.' },
      },
      3,
      /ROLEWAVE_TOKEN/,
    ],
    [
      {
        status: 422,
        body: { code: 'malformed', title: 'The request is not in its form', detail: 'One field.', mistakes: [{ path: 'text', message: 'is too long' }] },
      },
      2,
      /^text {2}is too long\n/,
    ],
    [{ status: 503, body: { code: 'engine-unreachable', title: 'The Temporal server does not answer', detail: 'Not sent.' } }, 4, /Temporal server/],
    [{ status: 500, body: { code: 'internal', title: 'Something broke here', detail: 'Sorry.' } }, 1, /Something broke here/],
    [{ status: 502, body: '<html>Bad gateway</html>' }, 4, /answered 502 without giving a reason/],
    [{ status: 200, body: '<html>Hello</html>' }, 1, /is not a Rolewave endpoint/],
    [
      { status: 202, body: { status: 'received', id: 'x', statusUrl: '/v1/waves/small/first/messages/x' } },
      5,
      /not decided yet.+'rolewave message \/v1\/waves\/small\/first\/messages\/x'/,
    ],
  ])('%j ends with %i', async (reply, code, says) => {
    command.peer.will(route, reply);
    const answered = await command.rolewave(note);
    expect(answered.err).toMatch(says);
    expect(answered.code).toBe(code);
  });

  test.each([
    ['unknown-wave', 404, 'List the waves with GET /v1/waves.', "'rolewave status' lists the waves."],
    ['wrong-stage', 409, 'Read the wave or the package.', "'rolewave show small/first' shows its stage or state, and what comes next."],
    ['unknown-plan', 404, 'GET /v1/plans lists the plans that you may read.', "'rolewave status' lists what you may read."],
  ])('of %s the advice is a command, and no route of the endpoint', async (code, status, whatToDo, says) => {
    command.peer.will(route, { status, body: { code, title: 'No', detail: 'No.', whatToDo } });
    const { err } = await command.rolewave(note);
    expect(err).toContain(says);
    expect(err).not.toContain(whatToDo);
  });

  test('a mistake in the plan is told with its file also where the token is refused for it', async () => {
    const mistakes = [{ file: 'plan', line: 3, column: 5, path: 'packages[0].owner', message: 'has no owner' }];
    command.peer.will('POST /v1/tokens', { status: 422, body: { code: 'plan-invalid', title: 'The plan has mistakes', detail: 'One.', mistakes } });
    const io = testIo({ env: {} });
    const { code, err } = await command.rolewave(['--as', 'ana', 'apply', command.badFile], io);
    expect([code, err]).toEqual([2, expect.stringMatching(/bad\.yaml:3:5 {2}packages\[0\]\.owner {2}has no owner\nThe plan has mistakes\. Correct them/)]);
  });

  test('with --json the problem is JSON with its code', async () => {
    command.peer.will(route, { status: 403, body: { code: 'not-authorized', title: 'No', detail: 'No.' } });
    expect(JSON.parse((await command.rolewave([...note, '--json'])).out)).toMatchObject({ ok: false, code: 'not-authorized', message: 'No. No.' });
  });

  test('a dropped connection counts as not reachable, and the same key is suggested for a retry', async () => {
    command.peer.will(route, 'hang-up');
    expect(await command.rolewave([...note, '--id', 'same-key-1'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('Run the same command again with --id same-key-1'),
    });
  });

  test('no answer in time counts as not reachable', async () => {
    command.peer.will(route, 'hang');
    expect(await command.rolewave([...note, '--request-timeout', '1s'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('did not answer within 1 seconds'),
    });
  });

  test('a refused connection counts as not reachable', async () => {
    const gone = await startPeer([]);
    await gone.close();
    expect(await command.rolewave(['status', '--url', gone.url])).toMatchObject({
      code: 4,
      err: `${gone.url} does not answer: nothing is listening there. Start it (npm start, or npm run demo to try), or name another with --url or ROLEWAVE_URL.`,
    });
  });

  test('control characters in an answer do not reach the terminal', async () => {
    command.peer.will(route, { status: 409, body: { code: 'wrong-stage', title: 'Not possible', detail: '\u001b[2Jgone\u0007' } });
    expect((await command.rolewave(note)).err).toMatch(/^Not possible\. \[U\+001B\]\[2Jgone\[U\+0007\]\. 'rolewave show/);
  });
});
