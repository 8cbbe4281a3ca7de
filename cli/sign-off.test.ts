import { describe, expect, test } from 'vitest';
import { testIo } from '../test/support/command-io.ts';
import { commandWithPeer } from '../test/support/command-with-peer.ts';
import { plannedPackage, preview, waveOf } from '../test/support/views.ts';

const command = commandWithPeer();
const closing = 'small/first/closing';

describe('a sign-off signs what it showed', () => {
  test('it shows package, counts, conflicts, digests and needs, asks, and sends those digests', async () => {
    const { code, out, io } = await command.rolewave(['sign-off', closing], testIo({ answer: true }));
    expect(code).toBe(0);
    expect(io.questions).toEqual(['Sign this off?']);
    for (const part of [
      'Finance Month-End Operator (small/first/closing), low risk, owned by ana (finance)',
      '11 grants for 6 people, 1 already granted, 12 to retire',
      "erp: account 'ana' of 'ana' does not exist in 'erp'",
      'kim (kdahl): gets fin_close in erp; loses fin_old in erp (granted by dba_kim; legacy access, retired)',
      'ben: already has fin_close in erp (granted by dba_kim)',
      'eve: has fin_close in erp',
      'fin_close in erp: INSERT, SELECT on table posting',
      'a'.repeat(64),
      'b'.repeat(64),
      'handoff: no evidence yet',
    ])
      expect(out).toContain(part);
    expect(command.sent().map(({ body }) => body)).toEqual([{ decision: 'approve', planDigest: 'a'.repeat(64), previewDigest: 'b'.repeat(64) }]);
  });

  test('the list is of exactly the preview that is signed; when that changed meanwhile, nothing is signed', async () => {
    await command.rolewave(['sign-off', closing], testIo({ answer: true }));
    const read = command.peer.heard.filter(({ path }) => path.includes('/preview'));
    expect(read.map(({ path }) => path)).toEqual([`/v1/packages/${closing}/preview?digest=${'b'.repeat(64)}&limit=500`]);
    const stale = {
      code: 'stale-digest',
      title: 'The plan or the preview has changed since you read it',
      detail: 'It is another one now.',
      whatToDo: 'Read it.',
    };
    command.peer.will(`GET ${read[0]!.path}`, { status: 409, body: stale });
    expect(await command.rolewave(['sign-off', closing, '--yes'])).toMatchObject({ code: 3, err: expect.stringContaining('It is another one now.') });
    expect(command.sent()).toHaveLength(1);
  });

  test('a changed preview is shown with what differs from the last signature: people and privileges', async () => {
    const signature = { by: 'ana', decision: 'approve' as const, atMs: Date.parse('2026-04-06T10:00:00Z'), previewDigest: 'd'.repeat(64), changed: 3 };
    const content = [{ system: 'erp', role: 'fin_close', digest: 'e'.repeat(64), gained: ['DELETE on table posting'], lost: [] }];
    const row = { system: 'erp', account: 'dan', person: 'dan', role: 'fin_close' };
    const path = `/v1/packages/${closing}/preview?digest=${'b'.repeat(64)}`;
    command.peer.will(`GET ${path}&limit=500`, { status: 200, body: preview({ signature: { ...signature, content } }) });
    command.peer.will(`GET ${path}&changed=true&limit=500`, {
      status: 200,
      body: preview({
        rows: [
          { ...row, change: 'gets', since: 'new' },
          { ...row, person: 'eva', account: 'eva', change: 'gets', since: 'gone' },
        ],
      }),
    });
    const { out } = await command.rolewave(['sign-off', closing, '--yes']);
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
    expect(await command.rolewave(['sign-off', closing], testIo({ answer: false }))).toMatchObject({ code: 2, err: 'Nothing was signed.' });
    expect(command.sent()).toEqual([]);
  });

  test('without a terminal nothing is signed without --yes', async () => {
    expect(await command.rolewave(['sign-off', closing])).toMatchObject({ code: 2, err: expect.stringContaining('Add --yes') });
    expect(command.sent()).toEqual([]);
    expect(await command.rolewave(['sign-off', closing, '--reject', '--reason', 'Missing role', '--yes'])).toMatchObject({ code: 0 });
    expect(command.sent()[0]?.body).toMatchObject({ decision: 'reject', reason: 'Missing role' });
  });

  test('an earlier decision is withdrawn after asking', async () => {
    const { code, io, out } = await command.rolewave(['sign-off', closing, '--withdraw'], testIo({ answer: true }));
    expect([code, io.questions]).toEqual([0, ['Withdraw your earlier decision?']]);
    expect(out).toContain(`Accepted: withdrew the earlier decision on ${closing}.`);
    expect(command.sent()[0]?.body).toMatchObject({ decision: 'withdraw', previewDigest: 'b'.repeat(64) });
    expect(await command.rolewave(['sign-off', closing, '--withdraw', '--reject', '--reason', 'x'])).toMatchObject({
      code: 2,
      err: 'Give either --reject or --withdraw.',
    });
  });

  test('digests from the options must match the current ones', async () => {
    const { code, err } = await command.rolewave(['sign-off', closing, '--yes', '--preview-digest', 'd'.repeat(64)]);
    expect({ code, err }).toEqual({
      code: 3,
      err: `Nothing was signed: --preview-digest is ${'d'.repeat(64)}, but the digest is now ${'b'.repeat(64)}. To see what changed, run 'rolewave show ${closing}'.`,
    });
    expect(command.sent()).toEqual([]);
  });

  test('without a preview there is nothing to sign', async () => {
    const { previewDigest: _none, preview: _nothing, ...rest } = plannedPackage();
    command.peer.waves[0] = { wave: waveOf([{ ...rest, blockers: [{ code: 'preview', text: 'a preview, not taken yet' }] }]), packages: [] };
    expect(await command.rolewave(['sign-off', closing, '--yes'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('There is no preview to sign yet. Still needed: a preview, not taken yet.'),
    });
  });

  test('a change in between is refused by the endpoint and reported', async () => {
    command.peer.will('POST /v1/packages/small/first/closing/sign-offs', {
      status: 409,
      body: {
        code: 'stale-digest',
        title: 'The plan or the preview has changed since you read it',
        detail: 'The preview is another one now.',
        whatToDo: 'Read the package again.',
      },
    });
    expect(await command.rolewave(['sign-off', closing, '--yes'])).toMatchObject({
      code: 3,
      err: 'The plan or the preview has changed since you read it. The preview is another one now. Run the command again: it reads what is there now.',
    });
  });
});
