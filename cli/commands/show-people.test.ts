import { afterEach, beforeEach, expect, test } from 'vitest';
import { testIo } from '../../test/support/command-io.ts';
import { startPeer, type Peer } from '../../test/support/peer.ts';
import { plannedPackage, runningPackage, waveOf } from '../../test/support/views.ts';
import { ledgerOutcomes } from '../../domain/release/ledger.ts';
import { outcomeText } from '../people.ts';
import { run } from '../program.ts';

const closing = 'small/first/closing';
let peer: Peer;
beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage()]), packages: [] }]);
});
afterEach(() => peer.close());

async function show(...args: string[]) {
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url } });
  const code = await run(['show', ...args], io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n') };
}

test('before the release it shows who would get, has and would lose what, and what the roles allow', async () => {
  expect(await show(closing, '--people')).toEqual({
    code: 0,
    err: '',
    out: [
      'Finance Month-End Operator (small/first/closing)',
      '',
      'Conflicts',
      "  erp: account 'ana' of 'ana' does not exist in 'erp'",
      '',
      'Person by person',
      '  ben: already has fin_close in erp (granted by dba_kim)',
      '  kim (kdahl): gets fin_close in erp; loses fin_old in erp (granted by dba_kim; legacy access, retired)',
      '',
      'Held by others, not changed',
      '  eve: has fin_close in erp',
      '',
      'What the roles allow',
      '  fin_close in erp: INSERT, SELECT on table posting',
      '  fin_old in erp (retired): nothing that can be seen from here',
    ].join('\n'),
  });
});

test('system by system it names the people of each role, and passes the filters on', async () => {
  const { out } = await show(closing, '--people', '--by', 'system', '--system', 'erp', '--person', 'kim,ben');
  expect(out).toContain('System by system\n  fin_close in erp, already held by: ben (granted by dba_kim)\n  fin_close in erp, granted to: kim (kdahl)');
  expect(out).toContain('Held by others, not changed\n  fin_close in erp, held by: eve');
  expect(peer.heard.at(-1)?.path).toBe(`/v1/packages/${closing}/preview?by=system&system=erp&person=kim%2Cben&limit=500`);
});

test('after the release it shows what became of each grant, with the reason of the system where one failed', async () => {
  peer.waves[0]!.packages.push(runningPackage());
  expect((await show(closing, '--people')).out).toBe(
    [
      'Finance Month-End Operator (small/first/closing)',
      '',
      'What became of each grant',
      '  ben: was NOT granted fin_close in erp (permission denied to grant role "fin_close")',
      '  kim (kdahl): was granted fin_close in erp',
    ].join('\n'),
  );
  expect((await show(closing, '--people', '--by', 'system')).out).toContain(
    'fin_close in erp: ben was NOT granted it (permission denied to grant role "fin_close"); kim (kdahl) was granted it',
  );
});

test('every outcome that a grant can have is in words', () => {
  const ofRetirementsAlone = ['restored', 'notRestored'];
  const ofGrants = ledgerOutcomes.filter((outcome) => !ofRetirementsAlone.includes(outcome));
  expect(ofGrants.filter((outcome) => outcomeText({ kind: 'grant', outcome }) === outcome)).toEqual([]);
  expect(outcomeText({ kind: 'retire', outcome: 'pending' })).toBe('is losing');
});

test('of what is only observed there is a preview and no ledger', async () => {
  peer.waves[0]!.packages.push(runningPackage({ change: 'observe' }));
  expect((await show(closing, '--people')).out).toContain('ben: already has fin_close in erp');
});

test('as JSON it is the whole list, from all pages', async () => {
  expect(JSON.parse((await show(closing, '--people', '--json')).out)).toMatchObject({ previewDigest: 'b'.repeat(64), rows: expect.any(Array), total: 5 });
});

test('someone else is told who may see it; a wave has no such list', async () => {
  const refused = { code: 'not-a-reader', title: 'This is shown to the owner, the signers and the operators only', detail: 'Ask ana.', whatToDo: 'Ask.' };
  peer.will(`GET /v1/packages/${closing}/preview?by=person&limit=500`, { status: 403, body: refused });
  expect(await show(closing, '--people')).toMatchObject({ code: 3, err: expect.stringContaining('Ask ana.') });
  expect(await show('small/first', '--people')).toMatchObject({ code: 2, err: expect.stringContaining('takes a package') });
});
