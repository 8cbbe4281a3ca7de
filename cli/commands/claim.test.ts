import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageMessageBodies } from '../../domain/messages.ts';
import { testIo } from '../../test/support/command-io.ts';
import { startPeer, type Peer } from '../../test/support/peer.ts';
import { plannedPackage, rollbackPreview, runningPackage, waveOf } from '../../test/support/views.ts';
import { run } from '../program.ts';

const closing = 'small/first/closing';
const line = (person: string, role: string, why = 'granted by this release') => ({ system: 'erp', role, account: person, person, why });
const claim = (id: string, by: string, person = 'ben') => ({
  id,
  by,
  grants: [{ system: 'erp', role: 'fin_close', person }],
  atMs: Date.parse('2026-04-10'),
  untilMs: Date.parse('2026-05-11'),
  reason: 'the audit',
});
let peer: Peer;
beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage({ releasedAtMs: 1 })]), packages: [runningPackage()] }]);
  const body = rollbackPreview({ revoked: [line('ben', 'fin_close'), line('ben', 'fin_read'), line('ana', 'fin_close')], kept: [] });
  peer.will(`GET /v1/packages/${closing}/rollback-preview`, { status: 200, body });
});
afterEach(() => peer.close());

async function rolewave(...args: string[]) {
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url } });
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n') };
}
const until = ['--until', '2026-05-11', '--reason', 'the audit'];
const sent = () => peer.heard.filter(({ method }) => method === 'POST').map(({ path, body }) => ({ path, body }));
const claims = (...standing: ReturnType<typeof claim>[]) => void (peer.waves[0]!.packages[0] = runningPackage({ claims: standing }));

test('it claims what a rollback would revoke of these people, and nothing else', async () => {
  const { code, out } = await rolewave('claim', closing, '--person', 'ben', '--role', 'fin_close', ...until);
  expect(code).toBe(0);
  expect(out).toContain('Accepted: a rollback of small/first/closing keeps fin_close of ben in erp until 2026-05-11.');
  const body = { grants: [{ system: 'erp', role: 'fin_close', person: 'ben' }], until: '2026-05-11', reason: 'the audit' };
  expect(sent()).toEqual([{ path: `/v1/packages/${closing}/claims`, body }]);
  expect(packageMessageBodies.claim.safeParse({ grants: body.grants, untilMs: 1, reason: body.reason }).success).toBe(true);
});

test('of several people and all their roles', async () => {
  await rolewave('claim', closing, '--person', 'ben,ana', ...until);
  expect(sent().map(({ body }) => (body as { grants: object[] }).grants)).toMatchObject([[{ role: 'fin_close' }, { role: 'fin_read' }, { person: 'ana' }]]);
});

test('what a rollback would not revoke is not claimed, and the command says how to see what it would', async () => {
  expect(await rolewave('claim', closing, '--person', 'kim', ...until)).toMatchObject({
    code: 3,
    err: expect.stringContaining(`'rolewave rollback ${closing} --preview'`),
  });
  expect(await rolewave('claim', closing, ...until)).toMatchObject({ code: 2, err: expect.stringContaining('--person') });
  expect(await rolewave('claim', closing, '--person', 'ben', '--until', 'soon', '--reason', 'x')).toMatchObject({ code: 2 });
  expect(sent()).toEqual([]);
});

test('a claim is renewed with the same access', async () => {
  claims(claim('claim-of-kim', 'kim'), claim('claim-of-eva', 'eva', 'ana'));
  await rolewave('claim', closing, '--renew', 'claim-of-eva', ...until);
  expect(sent().map(({ body }) => body)).toMatchObject([{ grants: [{ person: 'ana' }], until: '2026-05-11' }]);
  expect(await rolewave('claim', closing, '--renew', 'another', ...until)).toMatchObject({ code: 3, err: expect.stringContaining("No claim 'another'") });
});

test('the only claim is ended without its id; of several, one is named', async () => {
  expect(await rolewave('end-claim', closing, '--reason', 'done')).toMatchObject({ code: 3, err: expect.stringContaining('No claim on access of') });
  claims(claim('claim-of-kim', 'kim'));
  await rolewave('end-claim', closing, '--reason', 'done');
  claims(claim('claim-of-kim', 'kim'), claim('claim-of-eva', 'eva'));
  expect(await rolewave('end-claim', closing, '--reason', 'done')).toMatchObject({ code: 2, err: expect.stringContaining('claim-of-eva (by eva)') });
  await rolewave('end-claim', closing, 'claim-of-eva', '--reason', 'done');
  expect(sent()).toEqual(['claim-of-kim', 'claim-of-eva'].map((id) => ({ path: `/v1/packages/${closing}/claim-ends`, body: { claim: id, reason: 'done' } })));
});

test('show says who keeps what until when, and what nobody has decided on', async () => {
  claims({ ...claim('claim-of-kim', 'kim'), keeps: true, overdue: true } as ReturnType<typeof claim>);
  expect((await rolewave('show', closing)).out).toContain(
    'kim keeps fin_close of ben in erp until 2026-05-11 (OVERDUE: renew or end it): the audit (claim claim-of-kim)',
  );
});
