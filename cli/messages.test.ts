import { beforeEach, describe, expect, test } from 'vitest';
import { packageMessageBodies, waveMessageBodies } from '../domain/messages.ts';
import { testIo } from '../test/support/command-io.ts';
import { commandWithPeer } from '../test/support/command-with-peer.ts';

const command = commandWithPeer();
const closing = 'small/first/closing';

/** Command line → address and body. */
const messages: [args: string[], address: string, body: object][] = [
  [['note', 'small/first', 'All well'], 'waves/small/first/notes', { text: 'All well' }],
  [['note', closing, 'All well'], 'packages/small/first/closing/notes', { text: 'All well' }],
  [
    ['evidence', closing, 'drill', '--reference', 'OPS-1', '--expires', '2026-06-01', '--took', '40m'],
    'packages/small/first/closing/evidence',
    { item: 'drill', reference: 'OPS-1', expires: '2026-06-01', took: '40m' },
  ],
  [
    ['evidence', closing, 'training', '--reference', 'trained', '--waive'],
    'packages/small/first/closing/evidence',
    { item: 'training', reference: 'trained', waived: true },
  ],
  [['evaluate', closing], 'packages/small/first/closing/evaluate', {}],
  [['extend', closing, '--by', '7d', '--reason', 'Easter'], 'packages/small/first/closing/extend', { by: '7d', reason: 'Easter' }],
  [['pause', closing, '--reason', 'Holidays'], 'packages/small/first/closing/pause', { reason: 'Holidays' }],
  [['resume', closing], 'packages/small/first/closing/resume', {}],
  [
    ['tune', closing, '--step', 'narrow', '--people', 'ana, ben', '--reason', 'Fewer'],
    'packages/small/first/closing/tune',
    { step: 'narrow', reason: 'Fewer', people: ['ana', 'ben'] },
  ],
  [
    ['tune', closing, '--step', 'tighten', '--entitlement', 'erp/a/b', '--reason', 'Unused'],
    'packages/small/first/closing/tune',
    { step: 'tighten', reason: 'Unused', entitlement: { system: 'erp', role: 'a/b' } },
  ],
  [['rollback', closing, '--reason', 'It grows'], 'packages/small/first/closing/rollback', { reason: 'It grows' }],
  [['certify', closing, '--reason', 'Still needed'], 'packages/small/first/closing/certifications', { reason: 'Still needed' }],
  [
    ['certify', closing, '--risk-until', '2026-10-01', '--reason', 'Accepted'],
    'packages/small/first/closing/certifications',
    { reason: 'Accepted', riskUntil: '2026-10-01' },
  ],
  [
    ['set-date', closing, '2026-04-30', '--despite-blackout', 'It touches no ledger'],
    'packages/small/first/closing/go-live',
    { goLive: '2026-04-30', despiteBlackout: 'It touches no ledger' },
  ],
  [['abort', closing, '--reason', 'Wrong', '--yes'], 'packages/small/first/closing/abort', { reason: 'Wrong' }],
  [['abort', 'small/first', '--reason', 'Wrong', '--yes'], 'waves/small/first/abort', { reason: 'Wrong' }],
  [
    ['lift-hold', 'small/first', '--go-live', '2026-05-04', '--pilot', 'ana,ben', '--since', '3', '--reason', 'Ready'],
    'waves/small/first/lift-hold',
    { goLive: '2026-05-04', reason: 'Ready', pilot: ['ana', 'ben'], since: 3 },
  ],
  [['set-date', 'small/first', '2026-05-04T18:00:00+02:00'], 'waves/small/first/go-live', { goLive: '2026-05-04T18:00:00+02:00' }],
  [['hold-back', closing, '--reason', 'Drill'], 'packages/small/first/closing/hold-back', { reason: 'Drill' }],
  [
    ['review', 'small/first', '--successes', 'a', '--challenges', 'b', '--improvements', 'c', '--action', 'ana=Tidy up', '--action', 'ben=Rest'],
    'waves/small/first/review',
    {
      successes: 'a',
      challenges: 'b',
      improvements: 'c',
      actions: [
        { what: 'Tidy up', owner: 'ana' },
        { what: 'Rest', owner: 'ben' },
      ],
    },
  ],
];

describe('each message goes to its address with its body and its own key', () => {
  test.each(messages)('rolewave %j', async (args, address, body) => {
    const { code, out } = await command.rolewave(args);
    expect(command.sent()).toMatchObject([{ path: `/v1/${address}`, body, headers: { authorization: 'Bearer my.own.token' } }]);
    expect(command.sent()[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(out).toMatch(/^Accepted: .+\. .+\.$/s);
    expect(code).toBe(0);
  });

  test('a body in milliseconds is valid for the domain', () => {
    // What the endpoint makes of the text; repeated here so that a renamed field in the domain is noticed.
    expect(waveMessageBodies.review.safeParse(messages.at(-1)?.[2]).success).toBe(true);
    expect(packageMessageBodies.tune.safeParse(messages.find(([args]) => args.includes('narrow'))?.[2]).success).toBe(true);
  });

  test('--id is the key', async () => {
    await command.rolewave(['evaluate', closing, '--id', 'my-key-0001']);
    expect(command.sent()[0]?.headers['idempotency-key']).toBe('my-key-0001');
  });

  test('--json shows the outcome of the message and what comes next', async () => {
    const { out } = await command.rolewave(['note', closing, 'x', '--json']);
    expect(JSON.parse(out)).toEqual({
      status: 'accepted',
      id: 'message-1',
      target: closing,
      next: 'It is Scheduled; still needed: handoff: no evidence yet; sign-off by ana.',
    });
  });

  test('a drill that took too long is recorded, and the answer says that it does not count', async () => {
    const [planned] = command.peer.waves[0]?.wave.packages ?? [];
    const why = 'took 50 minutes, but the drill may take at most 45 minutes';
    planned?.checklist.push({ item: 'drill', ok: false, code: 'tooLong', tookMs: 3_000_000, timeboxMs: 2_700_000, why });
    const { code, out } = await command.rolewave(['evidence', closing, 'drill', '--reference', 'OPS-9', '--took', '50m']);
    expect(code).toBe(0);
    expect(out).toContain(`Accepted: recorded for ${closing}: rollback drill, but it does not count: ${why}.`);
  });

  test('a duplicate is reported as one', async () => {
    command.peer.will('POST /v1/packages/small/first/closing/notes', { status: 200, body: { status: 'accepted', id: 'x', duplicate: true } });
    expect((await command.rolewave(['note', closing, 'x'])).out).toMatch(/^Already accepted; nothing was done twice: /);
  });
});

describe('lifting a hold without its number', () => {
  const lift = ['lift-hold', 'small/first', '--go-live', '2026-05-04', '--reason', 'Ready'];
  beforeEach(() => {
    const [first] = command.peer.waves;
    first!.wave.hold = { reason: 'the audit', approvals: 2, liftedBy: [], since: 4 };
  });

  test('shows which hold stands, asks, and sends that one', async () => {
    const { code, out } = await command.rolewave(lift, testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token' }, answer: true }));
    expect(code).toBe(0);
    expect(out).toContain('on hold: the audit (0 of 2 approvals to lift it)');
    expect(out).toContain('since revision 4 (--since 4)');
    expect(command.sent()).toMatchObject([{ body: { since: 4 } }]);
  });

  test('sends nothing where the answer is no, or nobody can be asked', async () => {
    await command.rolewave(lift, testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token' }, answer: false }));
    const { code, err } = await command.rolewave(lift);
    expect([code, err]).toEqual([2, expect.stringContaining('Add --since 4')]);
    expect(command.sent()).toEqual([]);
  });

  test('is done without a question for the hold that stands with --yes', async () => {
    await command.rolewave([...lift, '--yes']);
    expect(command.sent()).toMatchObject([{ body: { since: 4 } }]);
  });
});

describe('a message that was only received', () => {
  const address = '/v1/waves/small/first/messages/x';
  test.each([
    [{ status: 'accepted' }, 0, 'It was accepted.'],
    [{ status: 'refused', code: 'wrong-stage', message: 'Too late.' }, 3, 'It was refused: Too late.'],
    [{ status: 'unknown' }, 5, 'It is not decided yet. Ask again when a worker runs.'],
  ])('%j', async (body, code, says) => {
    command.peer.will(`GET ${address}`, { status: 200, body });
    const answered = await command.rolewave(['message', address]);
    expect(`${answered.out}${answered.err}`).toBe(says);
    expect(answered.code).toBe(code);
  });
});
