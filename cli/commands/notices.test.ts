import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../program.ts';
import type { NoticeView } from '../../domain/views/notice.ts';
import { testIo } from '../../test/support/command-io.ts';
import { notice } from '../../test/support/notices.ts';
import { startPeer } from '../../test/support/peer.ts';
import type { Peer } from '../../test/support/peer.ts';

let peer: Peer;
beforeEach(async () => {
  peer = await startPeer([]);
});
afterEach(() => peer.close());

async function rolewave(args: string[]) {
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url } });
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n') };
}

const asked = (number: number, over: Partial<NoticeView> = {}): NoticeView => ({
  ...notice({
    id: `small/first#notice-${number}-ab12cd34`,
    plan: 'small',
    wave: 'first',
    package: 'closing',
    to: ['ana'],
    openedAtMs: Date.parse('2026-04-06'),
  }),
  byMs: Date.parse('2026-04-08T18:00:00Z'),
  text: 'Closing waits for your sign-off.',
  deliveries: [],
  ...over,
});
const sent = { channel: 'webhook', recipient: '', state: 'sent', attempts: 1, atMs: 1 } as const;
const failed = { channel: 'smtp', recipient: 'ana', state: 'failed', attempts: 1, why: 'the mail server did not take it: ECONNREFUSED', atMs: 1 } as const;
const answers = (...notices: NoticeView[]) => ({ status: 200, body: { notices } });
const openOnes = 'GET /v1/notices?open=true';
const resendOf = (number: number) => `POST /v1/notices/small%2Ffirst%23notice-${number}-ab12cd34/resend`;
const sending = { status: 202, body: { status: 'sending', id: 'x' } };
const nothing = { status: 409, body: { code: 'nothing-to-resend', title: 'There is nothing to resend', detail: 'It was answered.' } };
const posted = () => peer.heard.filter(({ method }) => method === 'POST').map(({ path }) => `POST ${path}`);

describe('the list', () => {
  test('says who, by when, what, how to answer, how each was notified, and its id', async () => {
    peer.will(openOnes, answers(asked(1, { deliveries: [failed, sent] }), asked(2, { level: 'delegate', to: ['kim', 'eva'], deliveries: [sent] })));
    const { code, out } = await rolewave(['notices']);
    expect(code).toBe(0);
    const squeezed = out.replace(/\s+/g, ' ');
    for (const part of [
      'Who',
      'By',
      'ana',
      '2026-04-08 18:00 UTC',
      'kim, eva',
      'unanswered, escalated to the delegate:',
      'webhook: sent',
      'smtp to ana: FAILED:',
    ])
      expect(squeezed).toContain(part);
    expect(out).toContain('\n  small/first#notice-1-ab12cd34\n');
    expect(out).toContain('\n  → rolewave sign-off small/first/closing\n');
    expect(squeezed).toContain(
      "2 notices are unanswered. 1 notice did not reach everyone. Fix the reasons in the list, then run 'rolewave notices --resend ID' or --resend-all.",
    );
    for (const line of out.split('\n').slice(0, -3)) expect(line.length).toBeLessThanOrEqual(140);
  });

  test('that is empty says that nobody is asked', async () => {
    peer.will(openOnes, answers());
    expect(await rolewave(['notices'])).toMatchObject({ code: 0, out: 'There are no open requests.' });
    peer.will(`${openOnes}&undelivered=true`, answers());
    expect(await rolewave(['notices', '--failed'])).toMatchObject({ code: 0, out: 'No delivery of an open request has failed.' });
  });

  test('says where nobody was notified', async () => {
    peer.will(openOnes, answers(asked(1), asked(2)));
    expect((await rolewave(['notices'])).out).toContain('2 notices have not been delivered yet: they are on their way, or the worker has no channel');
  });

  test.each([
    [['notices', 'small'], `${openOnes}&plan=small`],
    [['notices', '--owner', 'ana,eva', '--risk', 'high'], `${openOnes}&owner=ana%2Ceva&risk=high`],
    [['notices', 'small/first', '--failed'], `${openOnes}&undelivered=true&plan=small&wave=first`],
  ])('%j requests only these', async (args, route) => {
    peer.will(route, answers(asked(1, { deliveries: [failed] })));
    expect((await rolewave(args)).out).toContain('small/first#notice-1-ab12cd34');
  });

  test('is JSON on one line for programs', async () => {
    peer.will(openOnes, answers(asked(1)));
    const { out } = await rolewave(['notices', '--json']);
    expect(JSON.parse(out)).toEqual({ notices: [asked(1)] });
  });

  test('prints nothing that moves the cursor, whatever a plan says', async () => {
    peer.will(openOnes, answers(asked(1, { text: 'a\u001b[2Jb', to: ['\u001b[1mx'], deliveries: [{ ...failed, why: '\u001b]0;t\u0007' }] })));
    // oxlint-disable-next-line no-control-regex -- only colors of ours may be there
    expect((await rolewave(['notices'])).out).not.toMatch(/\u001b(?!\[[\d;]*m)|\u0007/);
  });
});

describe('sending again', () => {
  test('one notice, by its id', async () => {
    peer.will(resendOf(1), sending);
    const { code, out } = await rolewave(['notices', '--resend', 'small/first#notice-1-ab12cd34']);
    expect([code, out]).toEqual([0, "small/first#notice-1-ab12cd34 is being resent. To see the result, run 'rolewave notices'."]);
    expect(posted()).toEqual([resendOf(1)]);
  });

  test('of a request that nobody needs to answer any more is refused with the reason', async () => {
    peer.will(resendOf(1), nothing);
    expect(await rolewave(['notices', '--resend', 'small/first#notice-1-ab12cd34'])).toMatchObject({
      code: 3,
      err: "There is nothing to resend. It was answered. 'rolewave notices' shows how each delivery went.",
    });
  });

  test('everything on the dead-letter list; requests that were answered in the meantime are skipped', async () => {
    peer.will(`${openOnes}&undelivered=true&plan=small`, answers(...[1, 2, 3].map((number) => asked(number, { deliveries: [failed] }))));
    peer.will(resendOf(1), sending);
    peer.will(resendOf(2), nothing);
    peer.will(resendOf(3), sending);
    expect(await rolewave(['notices', 'small', '--resend-all'])).toMatchObject({
      code: 0,
      out: "2 notices are being resent. To see the result, run 'rolewave notices'.",
    });
    expect(posted()).toEqual([1, 2, 3].map(resendOf));
  });

  test('an empty list is not an error', async () => {
    peer.will(`${openOnes}&undelivered=true`, answers());
    expect(await rolewave(['notices', '--resend-all', '--json'])).toMatchObject({ code: 0, out: '{"status":"sending","ids":[]}' });
  });

  test('that fails halfway says how far it got', async () => {
    peer.will(`${openOnes}&undelivered=true`, answers(asked(1, { deliveries: [failed] }), asked(2, { deliveries: [failed] })));
    peer.will(resendOf(1), sending);
    peer.will(resendOf(2), 'hang-up');
    expect(await rolewave(['notices', '--resend-all'])).toMatchObject({ code: 4, err: expect.stringMatching(/1 notice before it is being resent\.$/) });
  });
});

test.each([
  [['notices', 'a/b/c'], /neither a plan nor plan\/wave/],
  [['notices', 'Small'], /neither a plan nor plan\/wave/],
  [['notices', 'small', '--resend', 'x'], /Leave out 'small'/],
  [['notices', '--resend', 'x', '--resend-all'], /cannot be used with/],
  [['notices', '--failed', '--resend-all'], /cannot be used with/],
])('%j is bad input, and nothing is sent', async (args, says) => {
  const { code, err } = await rolewave(args);
  expect(err).toMatch(says);
  expect(code).toBe(2);
  expect(peer.heard).toEqual([]);
});
