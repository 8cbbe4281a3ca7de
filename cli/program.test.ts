import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { smallPlan } from '../test/support/small-plan.ts';
import { packageMessageBodies, waveMessageBodies } from '../domain/messages.ts';
import { exitCodes } from './exit-codes.ts';
import { run } from './program.ts';
import { testIo } from '../test/support/command-io.ts';
import type { TestIo } from '../test/support/command-io.ts';
import { startPeer } from '../test/support/peer.ts';
import type { Peer } from '../test/support/peer.ts';
import { plannedPackage, preview, runningPackage, waveOf } from '../test/support/views.ts';

let folder: string;
let file: string;
let badFile: string;
let peer: Peer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-cli-'));
  file = join(folder, 'plan.yaml');
  badFile = join(folder, 'bad.yaml');
  await writeFile(file, smallPlan);
  await writeFile(badFile, smallPlan.replace('owner: ana', 'owner: anna').replace('length: 14d', 'length: soon'));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage()]), packages: [] }]);
});
afterEach(() => peer.close());

/** Runs `rolewave …` against the peer as someone with a token. */
async function rolewave(args: string[], io: TestIo = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token' } })) {
  io.env.ROLEWAVE_URL ??= peer.url;
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n'), io };
}

/** Without what only asks for a token. */
const sent = () => peer.heard.filter(({ method, path }) => method === 'POST' && path !== '/v1/tokens');
const closing = 'small/first/closing';

describe('validate works alone', () => {
  const command = promisify(execFile);
  const asProcess = (...args: string[]) =>
    command(process.execPath, [join(import.meta.dirname, 'rolewave.ts'), ...args], { env: { ...process.env, ROLEWAVE_URL: 'http://127.0.0.1:1' } }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  test('a valid plan exits with 0 and says what comes next', async () => {
    const { code, stdout } = await asProcess('validate', file);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${file} is a valid plan: 'small' with 2 packages in 2 waves, for 4 people in 2 systems. Next: 'rolewave plan ${file}' shows what it would change.\n`,
    );
  });

  test('mistakes exit with 2 and are all reported, with file, line and path', async () => {
    const { code, stdout, stderr } = await asProcess('validate', badFile);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `${badFile}:24:12  packages[0].owner  unknown owner 'anna': no person of this plan has that id; did you mean 'ana'?\n` +
        `${badFile}:37:15  packages[0].watch.length  package 'closing': 'soon' is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w\n\n` +
        `2 mistakes in ${badFile}. Nothing was started. Fix them and run the command again.\n`,
    );
  });

  test('with --json mistakes are one line of JSON, still with 2', async () => {
    const { code, stdout } = await asProcess('validate', badFile, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'plan-invalid',
      file: badFile,
      mistakes: [
        { line: 24, column: 12, path: 'packages[0].owner' },
        { line: 37, path: 'packages[0].watch.length' },
      ],
    });
  });

  test('no file, a folder and a file that is too large are bad input', async () => {
    expect(await rolewave(['validate', join(folder, 'none.yaml')])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot be read: the file does not exist\.$/),
    });
    expect(await rolewave(['validate', folder])).toMatchObject({ code: 2, err: expect.stringMatching(/cannot be read: it is a directory\.$/) });
    const large = join(folder, 'large.yaml');
    await writeFile(large, 'x'.repeat(3 * 1024 * 1024));
    expect(await rolewave(['validate', large])).toMatchObject({ code: 2, err: expect.stringContaining('larger than 2 MiB') });
  });

  test('a wave that has begun may keep its date', async () => {
    const past = join(folder, 'past.yaml');
    await writeFile(past, smallPlan.replace('clock: { epoch: 2026-04-06, day: 2s }\n', '').replaceAll(/goLive: 2026/g, 'goLive: 2020'));
    expect(await rolewave(['validate', past])).toMatchObject({ code: 2 });
    expect(await rolewave(['validate', past, '--started', 'first,second'])).toMatchObject({ code: 0 });
  });
});

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
    [['tune', closing, '--step', 'magic', '--reason', 'x'], /Allowed choices are reconcile/],
    [['tune', closing, '--step', 'tighten', '--reason', 'x', '--entitlement', 'erp'], /not written system\/role/],
    [['evidence', closing, 'dril', '--reference', 'x'], /Allowed choices are owner/],
    [['decide', closing, 'maybe', '--reason', 'x'], /Allowed choices are approve, keep/],
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
    const { code, err } = await rolewave(args);
    expect(err).toMatch(says);
    expect(code).toBe(exitCodes.badInput);
    expect(peer.heard).toEqual([]);
  });

  test('without a command, the help is shown', async () => {
    expect(await rolewave([])).toMatchObject({ code: 2, out: expect.stringContaining('Usage: rolewave') });
  });

  test('--help ends with 0 and shows examples', async () => {
    expect(await rolewave(['tune', '--help'])).toMatchObject({ code: 0, out: expect.stringMatching(/Examples:\n {2}rolewave tune/) });
  });
});

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
    ['lift-hold', 'small/first', '--go-live', '2026-05-04', '--pilot', 'ana,ben', '--reason', 'Ready'],
    'waves/small/first/lift-hold',
    { goLive: '2026-05-04', reason: 'Ready', pilot: ['ana', 'ben'] },
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
    const { code, out } = await rolewave(args);
    expect(sent()).toMatchObject([{ path: `/v1/${address}`, body, headers: { authorization: 'Bearer my.own.token' } }]);
    expect(sent()[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(out).toMatch(/^Accepted: .+\. .+\.$/s);
    expect(code).toBe(0);
  });

  test('a body in milliseconds is valid for the domain', () => {
    // What the endpoint makes of the text; repeated here so that a renamed field in the domain is noticed.
    expect(waveMessageBodies.review.safeParse(messages.at(-1)?.[2]).success).toBe(true);
    expect(packageMessageBodies.tune.safeParse(messages.find(([args]) => args.includes('narrow'))?.[2]).success).toBe(true);
  });

  test('--id is the key', async () => {
    await rolewave(['evaluate', closing, '--id', 'my-key-0001']);
    expect(sent()[0]?.headers['idempotency-key']).toBe('my-key-0001');
  });

  test('--json shows the outcome of the message and what comes next', async () => {
    const { out } = await rolewave(['note', closing, 'x', '--json']);
    expect(JSON.parse(out)).toEqual({
      status: 'accepted',
      id: 'message-1',
      target: closing,
      next: 'It is Scheduled; still needed: handoff: no evidence yet; sign-off by ana.',
    });
  });

  test('a duplicate is reported as one', async () => {
    peer.will('POST /v1/packages/small/first/closing/notes', { status: 200, body: { status: 'accepted', id: 'x', duplicate: true } });
    expect((await rolewave(['note', closing, 'x'])).out).toMatch(/^Already accepted; nothing was done twice: /);
  });
});

describe('a sign-off signs what it showed', () => {
  test('it shows package, counts, conflicts, digests and needs, asks, and sends those digests', async () => {
    const { code, out, io } = await rolewave(['sign-off', closing], testIo({ answer: true }));
    expect(code).toBe(0);
    expect(io.questions).toEqual(['Sign this off?']);
    for (const part of [
      'Finance Month-End Operator (small/first/closing), low risk, owned by ana (finance)',
      '11 grants for 6 people, 1 already granted, 12 to retire',
      "erp: account 'ana' of 'ana' does not exist in 'erp'",
      'kim (kdahl): gets fin_close in erp; loses fin_old in erp (granted by dba_kim; legacy access, retired)',
      'ben: already has fin_close in erp (granted by dba_kim)',
      'eve: has fin_close in erp',
      'fin_close in erp: INSERT on table posting, SELECT on table posting',
      'a'.repeat(64),
      'b'.repeat(64),
      'handoff: no evidence yet',
    ])
      expect(out).toContain(part);
    expect(sent().map(({ body }) => body)).toEqual([{ decision: 'approve', planDigest: 'a'.repeat(64), previewDigest: 'b'.repeat(64) }]);
  });

  test('the list is of exactly the preview that is signed; when that changed meanwhile, nothing is signed', async () => {
    await rolewave(['sign-off', closing], testIo({ answer: true }));
    const read = peer.heard.filter(({ path }) => path.includes('/preview'));
    expect(read.map(({ path }) => path)).toEqual([`/v1/packages/${closing}/preview?digest=${'b'.repeat(64)}&limit=500`]);
    const stale = {
      code: 'stale-digest',
      title: 'The plan or the preview has changed since you read it',
      detail: 'It is another one now.',
      whatToDo: 'Read it.',
    };
    peer.will(`GET ${read[0]!.path}`, { status: 409, body: stale });
    expect(await rolewave(['sign-off', closing, '--yes'])).toMatchObject({ code: 3, err: expect.stringContaining('It is another one now.') });
    expect(sent()).toHaveLength(1);
  });

  test('a changed preview is shown with what differs from the last signature: people and privileges', async () => {
    const signature = { by: 'ana', decision: 'approve' as const, atMs: Date.parse('2026-04-06T10:00:00Z'), previewDigest: 'd'.repeat(64), changed: 3 };
    const content = [{ system: 'erp', role: 'fin_close', digest: 'e'.repeat(64), gained: ['DELETE on table posting'], lost: [] }];
    const row = { system: 'erp', account: 'dan', person: 'dan', role: 'fin_close' };
    const path = `/v1/packages/${closing}/preview?digest=${'b'.repeat(64)}`;
    peer.will(`GET ${path}&limit=500`, { status: 200, body: preview({ signature: { ...signature, content } }) });
    peer.will(`GET ${path}&changed=true&limit=500`, {
      status: 200,
      body: preview({
        rows: [
          { ...row, change: 'gets', since: 'new' },
          { ...row, person: 'eva', account: 'eva', change: 'gets', since: 'gone' },
        ],
      }),
    });
    const { out } = await rolewave(['sign-off', closing, '--yes']);
    expect(out).toContain(
      [
        '  Changed since ana signed on 2026-04-06 10:00 UTC:',
        '    new: dan: gets fin_close in erp',
        '    no longer: eva: gets fin_close in erp',
        "    erp: 'fin_close' gained DELETE on table posting",
      ].join('\n'),
    );
  });

  test('nothing is signed when the person declines', async () => {
    expect(await rolewave(['sign-off', closing], testIo({ answer: false }))).toMatchObject({ code: 2, err: 'Nothing was signed.' });
    expect(sent()).toEqual([]);
  });

  test('without a terminal nothing is signed without --yes', async () => {
    expect(await rolewave(['sign-off', closing])).toMatchObject({ code: 2, err: expect.stringContaining('Add --yes') });
    expect(sent()).toEqual([]);
    expect(await rolewave(['sign-off', closing, '--reject', '--reason', 'Missing role', '--yes'])).toMatchObject({ code: 0 });
    expect(sent()[0]?.body).toMatchObject({ decision: 'reject', reason: 'Missing role' });
  });

  test('an earlier decision is withdrawn after asking', async () => {
    const { code, io, out } = await rolewave(['sign-off', closing, '--withdraw'], testIo({ answer: true }));
    expect([code, io.questions]).toEqual([0, ['Withdraw your earlier decision?']]);
    expect(out).toContain(`Accepted: withdrew the earlier decision on ${closing}.`);
    expect(sent()[0]?.body).toMatchObject({ decision: 'withdraw', previewDigest: 'b'.repeat(64) });
    expect(await rolewave(['sign-off', closing, '--withdraw', '--reject', '--reason', 'x'])).toMatchObject({
      code: 2,
      err: 'Give either --reject or --withdraw.',
    });
  });

  test('digests from the options must match the current ones', async () => {
    const { code, err } = await rolewave(['sign-off', closing, '--yes', '--preview-digest', 'd'.repeat(64)]);
    expect({ code, err }).toEqual({
      code: 3,
      err: `Nothing was signed: --preview-digest is ${'d'.repeat(64)}, but the digest is now ${'b'.repeat(64)}. To see what changed, run 'rolewave show ${closing}'.`,
    });
    expect(sent()).toEqual([]);
  });

  test('without a preview there is nothing to sign', async () => {
    const { previewDigest: _none, preview: _nothing, ...rest } = plannedPackage();
    peer.waves[0] = { wave: waveOf([{ ...rest, blockers: [{ code: 'preview', text: 'a preview, not taken yet' }] }]), packages: [] };
    expect(await rolewave(['sign-off', closing, '--yes'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('There is no preview to sign yet. Still needed: a preview, not taken yet.'),
    });
  });

  test('a change in between is refused by the endpoint and reported', async () => {
    peer.will('POST /v1/packages/small/first/closing/sign-offs', {
      status: 409,
      body: {
        code: 'stale-digest',
        title: 'The plan or the preview has changed since you read it',
        detail: 'The preview is another one now.',
        whatToDo: 'Read the package again.',
      },
    });
    expect(await rolewave(['sign-off', closing, '--yes'])).toMatchObject({
      code: 3,
      err: 'The plan or the preview has changed since you read it. The preview is another one now. Read the package again.',
    });
  });
});

describe('a decision answers the proposal that is open', () => {
  test('it is shown and named', async () => {
    peer.waves[0]?.packages.push(
      runningPackage({
        state: 'Rollback ready',
        nextAction: 'Rollback',
        proposal: { id: 'rollback-9', kind: 'rollback', why: 'exceptions are 0.31, more than 0.25', proposedAtMs: 0 },
      }),
    );
    const { out } = await rolewave(['decide', closing, 'freeze', '--reason', 'Stock-taking']);
    expect(out).toContain('Proposed: rollback: exceptions are 0.31, more than 0.25');
    expect(sent()[0]?.body).toEqual({ proposal: 'rollback-9', kind: 'rollback', answer: 'freeze', reason: 'Stock-taking' });
  });

  test('for a tune, what was shown is sent with the answer, which is valid for the domain', async () => {
    const tune = { step: 'narrow' as const, people: ['ana', 'ben'] };
    peer.waves[0]?.packages.push(runningPackage({ proposal: { id: 'tune-2', kind: 'tune', tune, why: 'ops: fewer', proposedAtMs: 0 } }));
    const { out } = await rolewave(['decide', closing, 'approve', '--reason', 'Agreed']);
    expect(out).toContain('Proposed: tune (narrow: ana, ben): ops: fewer');
    expect(sent()[0]?.body).toEqual({ proposal: 'tune-2', kind: 'tune', tune, answer: 'approve', reason: 'Agreed' });
    expect(packageMessageBodies.decide.safeParse(sent()[0]?.body)).toMatchObject({ success: true });
  });

  test('named by its id it is answered without being shown, and any other open proposal is not answered', async () => {
    peer.waves[0]?.packages.push(runningPackage({ proposal: { id: 'rollback-9', kind: 'rollback', why: 'exceptions', proposedAtMs: 0 } }));
    const other = await rolewave(['decide', closing, 'keep', '--reason', 'No', '--proposal', 'rollback-8']);
    expect(other).toMatchObject({ code: 3, err: expect.stringContaining('The open proposal of small/first/closing is rollback-9, not rollback-8') });
    expect(sent()).toEqual([]);
    const { out } = await rolewave(['decide', closing, 'keep', '--reason', 'No', '--proposal', 'rollback-9']);
    expect(out).not.toContain('Proposed:');
    expect(sent()[0]?.body).toEqual({ proposal: 'rollback-9', kind: 'rollback', answer: 'decline', reason: 'No' });
  });

  test('with none open it is refused', async () => {
    peer.waves[0]?.packages.push(runningPackage());
    expect(await rolewave(['decide', closing, 'approve', '--reason', 'x'])).toMatchObject({ code: 3, err: expect.stringContaining('has no open proposal') });
  });
});

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
    peer.will(route, reply);
    const answered = await rolewave(note);
    expect(answered.err).toMatch(says);
    expect(answered.code).toBe(code);
  });

  test('with --json the problem is JSON with its code', async () => {
    peer.will(route, { status: 403, body: { code: 'not-authorized', title: 'No', detail: 'No.' } });
    expect(JSON.parse((await rolewave([...note, '--json'])).out)).toMatchObject({ ok: false, code: 'not-authorized', message: 'No. No.' });
  });

  test('a dropped connection counts as not reachable, and the same key is suggested for a retry', async () => {
    peer.will(route, 'hang-up');
    expect(await rolewave([...note, '--id', 'same-key-1'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('Run the same command again with --id same-key-1'),
    });
  });

  test('no answer in time counts as not reachable', async () => {
    peer.will(route, 'hang');
    expect(await rolewave([...note, '--request-timeout', '1s'])).toMatchObject({ code: 4, err: expect.stringContaining('did not answer within 1 seconds') });
  });

  test('a refused connection counts as not reachable', async () => {
    const gone = await startPeer([]);
    await gone.close();
    expect(await rolewave(['status', '--url', gone.url])).toMatchObject({
      code: 4,
      err: `${gone.url} does not answer: nothing is listening there. Start the endpoint, or name another with --url or ROLEWAVE_URL.`,
    });
  });

  test('control characters in an answer do not reach the terminal', async () => {
    peer.will(route, { status: 409, body: { code: 'wrong-stage', title: 'Not possible', detail: '\u001b[2Jgone\u0007' } });
    expect((await rolewave(note)).err).toBe('Not possible. [2Jgone.');
  });
});

describe('a message that was only received', () => {
  const address = '/v1/waves/small/first/messages/x';
  test.each([
    [{ status: 'accepted' }, 0, 'It was accepted.'],
    [{ status: 'refused', code: 'wrong-stage', message: 'Too late.' }, 3, 'It was refused: Too late.'],
    [{ status: 'unknown' }, 5, 'It is not decided yet. Ask again when a worker runs.'],
  ])('%j', async (body, code, says) => {
    peer.will(`GET ${address}`, { status: 200, body });
    const answered = await rolewave(['message', address]);
    expect(`${answered.out}${answered.err}`).toBe(says);
    expect(answered.code).toBe(code);
  });
});

describe('plans against the endpoint', () => {
  const simulated = {
    plan: 'small',
    packages: [
      {
        package: 'closing',
        parts: [{ system: 'erp', digest: 'x', people: 6, toGrant: 11, alreadyThere: 1, toRetire: 2, conflicts: ['role fin_x does not exist'] }],
        problems: [] as string[],
      },
    ],
    totals: { erp: { toGrant: 11, alreadyThere: 1, toRetire: 2 } },
  };
  const simulateRoute = () => `POST /v1/plans/simulate?file=${encodeURIComponent(file)}`;

  test('plan shows what would change, per package and in total, and the conflicts', async () => {
    peer.will(simulateRoute(), { status: 200, body: simulated });
    const { code, out } = await rolewave(['plan', file]);
    expect(out).toMatch(/closing +│ erp +│ +6 │ +11 │ +1 │ +2 │ +1 │/);
    expect(out).toContain('Conflicts:\n  closing in erp: role fin_x does not exist.');
    expect(out).toContain(
      `Plan 'small' would grant 11 and retire 2, with 1 already granted, in 1 system. Nothing was changed. Next: 'rolewave apply ${file}'.`,
    );
    expect(sent()[0]?.body).toBe(smallPlan);
    expect(code).toBe(0);
  });

  test('a system that could not be read is not a success', async () => {
    peer.will(simulateRoute(), { status: 200, body: { ...simulated, packages: [{ package: 'closing', parts: [], problems: ['erp cannot be reached'] }] } });
    expect(await rolewave(['plan', file])).toMatchObject({
      code: 3,
      err: expect.stringContaining('Could not be read:\n  closing: erp cannot be reached.'),
    });
  });

  describe('metric try', () => {
    const trialRoute = (more = '') => `POST /v1/plans/metric-trial?file=${encodeURIComponent(file)}&metric=adoption${more}`;
    const atMs = Date.parse('2026-04-07T12:00:00Z');
    const range = (days: number) => ({ fromMs: atMs - days * 86_400_000, toMs: atMs });
    const trial = {
      plan: 'small',
      metric: 'adoption',
      package: 'closing',
      kind: 'ratio',
      system: 'erp',
      people: 2,
      evaluation: { ...range(1), measured: { metric: 'adoption', kind: 'value', ...range(1), value: 0.0625, unit: 'ratio', n: 32, count: 2 } },
      baseline: { ...range(14), measured: { metric: 'adoption', kind: 'noData', ...range(14) } },
      newest: { ageMs: 5 * 3_600_000, atMs: atMs - 5 * 3_600_000, late: false },
    };

    test('prints the range, the numbers and the newest row', async () => {
      peer.will(trialRoute('&package=closing'), { status: 200, body: trial });
      expect(await rolewave(['metric', 'try', file, 'adoption', '--package', 'closing'])).toMatchObject({
        code: 0,
        out: [
          "adoption, a ratio, for the 2 people of closing, in erp (the database's own time zone)",
          'An evaluation that is due now, from 2026-04-06 12:00:00 UTC to 2026-04-07 12:00:00 UTC (24 h):',
          '  0.0625 (count 2 of 32).',
          'A baseline that is taken now, from 2026-03-24 12:00:00 UTC to 2026-04-07 12:00:00 UTC (14 days):',
          '  no data.',
          'Newest row: about 5 h old (2026-04-07 07:00:00 UTC).',
          'Nothing was stored or changed.',
        ].join('\n'),
      });
    });

    test('says that rows seem late, that there are none, what a gauge is, and what is not known', async () => {
      const { newest, ...without } = trial;
      const { system: _none, ...fixed } = without;
      const gauge = { ...range(0), measured: { metric: 'adoption', kind: 'value', ...range(0), value: 7, unit: 'gauge' } };
      peer.will(
        trialRoute(),
        { status: 200, body: { ...trial, timeZone: 'Asia/Tokyo', newest: { ...newest, late: true } } },
        { status: 200, body: without },
        { status: 200, body: { ...without, kind: 'gauge', evaluation: gauge, baseline: gauge } },
        { status: 200, body: fixed },
        { status: 200, body: { ...without, newestProblem: 'no answer within 15 s' } },
      );
      const out = async () => (await rolewave(['metric', 'try', file, 'adoption'])).out;
      expect(await out()).toMatch(
        /time zone Asia\/Tokyo[^]*old \(2026-04-07 07:00:00 UTC\)\. That is long for its usual number of rows: if they arrive late, give the metric a delay\./,
      );
      expect(await out()).toContain(
        'Newest row: none in the range of the baseline. If there should be some, check the time column and the time zone of the system.',
      );
      expect(await out()).toContain('An evaluation that is due now, at 2026-04-07 12:00:00 UTC:\n  7.\n');
      expect(await out()).toContain('Newest row: a fixed answer has none.');
      expect(await out()).toContain('Newest row: not known: no answer within 15 s.');
    });

    test('a metric that cannot be read is no success', async () => {
      const failed = { ...range(1), measured: { metric: 'adoption', kind: 'error', why: 'relation "x" does not exist' } };
      peer.will(trialRoute(), { status: 200, body: { ...trial, evaluation: failed } });
      expect(await rolewave(['metric', 'try', file, 'adoption'])).toMatchObject({
        code: 3,
        err: expect.stringContaining('could not be read: relation "x" does not exist.'),
      });
    });
  });

  const applyRoute = () => `POST /v1/plans?file=${encodeURIComponent(file)}`;
  const applied = {
    plan: 'small',
    revision: 2,
    changed: true,
    waves: [
      { wave: 'first', status: 'accepted', id: '1' },
      { wave: 'second', status: 'accepted', id: '2' },
    ],
  };

  test('apply shows the revision and what comes next', async () => {
    peer.will(applyRoute(), { status: 200, body: applied }, { status: 200, body: { ...applied, changed: false } });
    expect(await rolewave(['apply', file, '--if-revision', '1'])).toMatchObject({
      code: 0,
      out: "Applied 'small' as revision 2 and sent it to 2 waves.\nNext: 'rolewave status small --watch' shows what each package needs.",
    });
    expect(sent()[0]?.headers['if-match']).toBe('1');
    expect((await rolewave(['apply', file])).out).toMatch(/^Nothing changed: 'small' is already at revision 2/);
  });

  test('a wave that refuses the plan, or has not taken it yet, is reported with its own exit code', async () => {
    peer.will(
      applyRoute(),
      { status: 200, body: { ...applied, waves: [{ wave: 'first', status: 'refused', code: 'older-revision', message: 'It has a newer one.' }] } },
      { status: 200, body: { ...applied, waves: [{ wave: 'first', status: 'received', message: 'Kept.' }] } },
    );
    expect(await rolewave(['apply', file])).toMatchObject({ code: 3, err: expect.stringContaining('first: refused: It has a newer one.') });
    expect(await rolewave(['apply', file])).toMatchObject({ code: 5, err: expect.stringContaining('first: received: Kept.') });
  });

  test('where consent is missing, apply says who gives it and how; a site administrator sends a reason', async () => {
    const missing = { person: 'eva', what: "no longer owns 'intake'; kim does", where: 'packages[intake].owner' };
    peer.will(applyRoute(), {
      status: 409,
      body: { code: 'consent-missing', title: 'Consent is missing', detail: `Revision 3 takes a say from eva (${missing.what}).`, consents: [missing] },
    });
    const refused = await rolewave(['apply', file]);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`Each of them runs: rolewave consent ${file}`) });
    peer.will(`${applyRoute()}&reason=eva%20left`, { status: 200, body: applied });
    expect((await rolewave(['apply', file, '--reason', 'eva left'])).code).toBe(0);
  });

  test('consent sends the same file, and shows what is given up', async () => {
    const losses = [{ person: 'eva', what: "no longer owns 'intake'; kim does", where: 'packages[intake].owner' }];
    peer.will(`POST /v1/plans/small/consents?file=${encodeURIComponent(file)}`, { status: 200, body: { plan: 'small', revision: 3, digest: 'd', losses } });
    expect(await rolewave(['consent', file])).toMatchObject({
      code: 0,
      out: "You agree that this file becomes revision 3 of 'small':\n  eva no longer owns 'intake'; kim does (packages[intake].owner)",
    });
    expect(sent()[0]?.body).toBe(smallPlan);
  });

  test('mistakes that the endpoint finds read like those of validate', async () => {
    peer.will(applyRoute(), {
      status: 422,
      body: {
        code: 'plan-invalid',
        title: 'The plan has mistakes',
        detail: '1 mistake.',
        mistakes: [{ file, line: 3, column: 1, path: 'waves[0].goLive', message: 'the go-live is in the past' }],
      },
    });
    expect(await rolewave(['apply', file])).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${file}:3:1  waves[0].goLive  the go-live is in the past\n`),
    });
  });

  test('--as gets a token for a person of the plan', async () => {
    peer.will(applyRoute(), { status: 200, body: applied });
    await rolewave(['apply', file, '--as', 'eva']);
    expect(peer.heard.map(({ path, body }) => [path, body])).toMatchObject([
      ['/v1/tokens', { person: 'eva', plan: smallPlan }],
      [applyRoute().slice(5), smallPlan],
    ]);
    expect(peer.heard[1]?.headers.authorization).toBe('Bearer given.by.peer');
  });
});

describe('status and show', () => {
  test('status shows the table and who must act', async () => {
    const { code, out } = await rolewave(['status', 'small']);
    expect(peer.heard[0]?.path).toBe('/v1/waves?full=true&plan=small');
    expect(out).toContain('Finance Month-End Operator');
    expect(out).toContain("1 package waits for a person: small/first/closing. Next: run 'rolewave show' with one of them.");
    expect(code).toBe(0);
  });

  test('status reads every page of the list', async () => {
    const page = (wave: string) => [{ wave: waveOf([plannedPackage()], { wave }), packages: [] }];
    peer.will('GET /v1/waves?full=true', { status: 200, body: { waves: page('one'), next: 'a.b' } });
    peer.will('GET /v1/waves?full=true&cursor=a.b', { status: 200, body: { waves: page('two') } });
    const { out } = await rolewave(['status', '--json']);
    expect(JSON.parse(out).map((entry: { wave: { wave: string } }) => entry.wave.wave)).toEqual(['one', 'two']);
  });

  test.each([
    [['--state', 'monitoring'], ['closing']],
    [['--state', 'Needs tuning,release-ready'], ['opening']],
    [['--state', 'Stable'], []],
    [['--owner', 'ben,kim'], ['opening']],
    [['--risk', 'low', '--team', 'finance', '--owner', 'ana'], ['closing']],
  ])('status %j shows these packages and no others', async (options, expected) => {
    const planned = [plannedPackage({ releasedAtMs: 1 }), plannedPackage({ package: 'opening', owner: 'ben', team: 'sales', state: 'Release ready' })];
    peer.waves[0] = { wave: waveOf(planned, { stage: 'watching' }), packages: [runningPackage()] };
    const { code, out } = await rolewave(['status', 'small', ...options, '--json']);
    const shown = (JSON.parse(out) as { wave: { packages: { package: string }[] } }[]).flatMap(({ wave }) => wave.packages.map((entry) => entry.package));
    expect([code, shown]).toEqual([0, expected]);
  });

  test('status passes the filters on, and lists the known states when one is unknown', async () => {
    await rolewave(['status', 'small', '--owner', 'ana', '--text', 'closing, or not']);
    expect(peer.heard[0]?.path).toBe('/v1/waves?full=true&plan=small&owner=ana&text=closing%2C+or+not');
    expect(await rolewave(['status', '--state', 'happy'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('--state happy is none of Scheduled, Release ready'),
    });
  });

  test('status of a wave that does not exist is refused', async () => {
    expect(await rolewave(['status', 'small/none'])).toMatchObject({ code: 3, err: expect.stringContaining("No wave of 'small/none' has been started") });
  });

  test('status --watch writes the table once and then a line for each change, even while the endpoint is unavailable, until it is ended', async () => {
    const io = testIo({ env: { ROLEWAVE_TOKEN: 'x' } });
    const watching = rolewave(['status', '--watch', '--every', '0.2'], io);
    await expect.poll(() => io.written.length).toBe(1);
    peer.will('GET /v1/waves?full=true', { status: 503, body: { code: 'no-worker', title: 'No worker answers', detail: 'None.' } });
    await expect.poll(() => io.errors.length).toBe(1);
    peer.waves[0]?.packages.push(runningPackage());
    await expect.poll(() => io.written[1]).toBe('small/first/closing: Monitoring, day 3 of 14: close-adoption is judged only from 7 days after go-live');
    io.end();
    expect(await watching).toMatchObject({ code: 0, err: 'No worker answers. None. Retrying.' });
    expect(io.written).toHaveLength(2);
  });

  test('show prints a package in full', async () => {
    peer.waves[0] = {
      wave: waveOf([plannedPackage({ releasedAtMs: Date.parse('2026-04-08T18:00:00Z'), blockers: [] })], { stage: 'watching' }),
      packages: [
        runningPackage({
          state: 'Rolled back',
          nextAction: 'None',
          receiptLine: '12 granted, 12 revoked, 1 kept: granted by dba_kim',
          receipts: [
            {
              system: 'erp',
              granted: 12,
              revoked: 12,
              kept: [{ role: 'wh', account: 'awa', why: 'granted by dba_kim' }],
              restored: 0,
              restoredNotes: [],
              notRestored: [],
              failed: [],
              check: 'select 1',
            },
          ],
        }),
      ],
    };
    const { out } = await rolewave(['show', closing]);
    for (const part of [
      'Released on 2026-04-08 18:00 UTC.',
      'It is Rolled back: 12 granted, 12 revoked, 1 kept: granted by dba_kim.',
      'kept: awa wh: granted by dba_kim',
      'check it with: select 1',
      'watched from 2026-04-08 18:00 UTC to 2026-04-22 18:00 UTC, 14 d; 3 evaluations so far',
    ])
      expect(out).toContain(part);
  });

  test('show prints a wave in full, and --json passes on what the endpoint says', async () => {
    expect((await rolewave(['show', 'small/first'])).out).toContain('OPEN handoff: no evidence yet');
    expect(JSON.parse((await rolewave(['show', 'small/first', '--json'])).out)).toEqual(peer.waves[0]?.wave);
  });

  test('show says where the site file turned off the separation of duties', async () => {
    expect((await rolewave(['show', 'small/first'])).out).not.toContain('the site allows');
    for (const entry of peer.waves[0]!.wave.packages)
      entry.duties = { appliedBy: ['ines'], receivers: [], allowed: ['a sign-off counts for a grant to the signer'] };
    expect((await rolewave(['show', 'small/first'])).out).toContain('the site allows that a sign-off counts for a grant to the signer');
  });
});
