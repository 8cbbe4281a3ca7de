import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageMessageBodies } from '../../domain/messages.ts';
import { testIo } from '../../test/support/command-io.ts';
import { startPeer, type Peer } from '../../test/support/peer.ts';
import { plannedPackage, runningPackage, waveOf } from '../../test/support/views.ts';
import { run } from '../program.ts';

const closing = 'small/first/closing';
const change = (role: string, over: object = {}) => ({
  system: 'erp',
  role,
  digest: 'e'.repeat(64),
  text: `'${role}' gained SELECT on table part.ev_2`,
  ...over,
});
let peer: Peer;
beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage({ releasedAtMs: 1 })]), packages: [runningPackage({ contents: [change('fin_close')] })] }]);
});
afterEach(() => peer.close());

async function rolewave(args: string[], answer?: boolean) {
  const env = { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url };
  const io = testIo({ env, ...(answer === undefined ? {} : { answer }) });
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n'), io };
}
const accept = (args: string[] = [], answer?: boolean) => rolewave(['accept-content', closing, '--reason', 'November partition', ...args], answer);
const sent = () => peer.heard.filter(({ method }) => method === 'POST').map(({ path, body }) => ({ path, body }));

test('it shows which privileges came and went, asks, and accepts exactly that content', async () => {
  const { code, out, io } = await accept([], true);
  expect(code).toBe(0);
  expect(out).toContain(['fin_close in erp:', "  'fin_close' gained SELECT on table part.ev_2", `  content  ${'e'.repeat(64)}`].join('\n'));
  expect(io.questions).toEqual(['Accept this as reviewed?']);
  const body = { system: 'erp', role: 'fin_close', digest: 'e'.repeat(64), reason: 'November partition' };
  expect(sent()).toEqual([{ path: `/v1/packages/${closing}/accepted-content`, body }]);
  expect(packageMessageBodies.acceptContent.safeParse(body).success).toBe(true);
  expect(out).toContain('Accepted: what fin_close in erp may do now is the reviewed content of small/first/closing.');
});

test('every privilege that the last evaluation recorded is shown, not only the first ones', async () => {
  const names = [1, 2, 3, 4, 5, 6, 7].map((number) => `SELECT on table part.ev_${number}`);
  const running = peer.waves[0]!.packages[0]!;
  const evaluations = [{ contents: [{ ...change('fin_close'), text: undefined, gained: names, lost: ['USAGE on schema part'], more: 3 }] }];
  peer.will(`GET /v1/packages/${closing}`, { status: 200, body: { package: null, running, evaluations, ledger: {}, events: [] } });
  const { out } = await accept(['--yes']);
  for (const name of names) expect(out).toContain(`  gained ${name}`);
  expect(out).toContain('  lost USAGE on schema part\n  and 3 more\n');
});

test('no is no, and with nobody to ask nothing is accepted without --yes', async () => {
  expect(await accept([], false)).toMatchObject({ code: 2, err: 'Nothing was accepted.' });
  expect(await accept()).toMatchObject({ code: 2, err: expect.stringContaining('Add --yes') });
  expect(sent()).toEqual([]);
});

test('of several roles, one is named', async () => {
  peer.waves[0]!.packages[0]!.contents!.push(change('fin_all', { digest: 'f'.repeat(64) }));
  expect(await accept(['--yes'])).toMatchObject({
    code: 2,
    err: '2 roles have changed. Accept one at a time: write --role fin_close --system erp, or --role fin_all --system erp.',
  });
  expect(await accept(['--yes', '--role', 'fin_open'])).toMatchObject({ code: 2, err: expect.stringContaining('No such role has changed.') });
  await accept(['--yes', '--role', 'fin_all']);
  expect(sent().map(({ body }) => body)).toMatchObject([{ role: 'fin_all', digest: 'f'.repeat(64) }]);
});

test('where nothing changed there is nothing to accept', async () => {
  peer.waves[0]!.packages[0] = runningPackage();
  expect(await accept(['--yes'])).toMatchObject({ code: 3, err: expect.stringContaining('found no role that changed') });
  expect(await rolewave(['accept-content', closing, '--yes'])).toMatchObject({ code: 2, err: expect.stringContaining("'-r, --reason <text>' not specified") });
});

test('an open question shows the command that accepts the content, and show names the role', async () => {
  peer.waves[0]!.packages[0] = runningPackage({
    contents: [change('fin_close'), change("it's; rm -rf")],
    proposal: { id: 'question-1', kind: 'question', why: 'access drift 2', proposedAtMs: 1 },
  });
  const { out } = await rolewave(['decide', closing]);
  expect(out).toContain(`    rolewave accept-content ${closing} --role fin_close --system erp --reason "…"`);
  expect(out).toContain(String.raw`--role 'it'\''s; rm -rf' --system erp`);
  expect((await rolewave(['show', closing])).out).toContain("erp: 'fin_close' gained SELECT on table part.ev_2");
});
