/** What the command shows to someone who sees a plan and does not act in it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { partsIn, readingOf, type Reading, writtenIn } from '../domain/authority/who-reads.ts';
import { waveAsRead } from '../domain/authority/as-read.ts';
import { packageInShort, wavePackageInShort } from '../domain/views/overview.ts';
import { testIo } from '../test/support/command-io.ts';
import { startPeer, type Peer } from '../test/support/peer.ts';
import { parsedSmallPlan } from '../test/support/small-plan.ts';
import { site } from '../test/support/site.ts';
import { plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';
import { run } from './program.ts';

const wave = waveOf([plannedPackage({ releasedAtMs: 1 })], { stage: 'watching' });
/** ben is of the cohort. */
const reading: Reading = readingOf(site(), partsIn(writtenIn(parsedSmallPlan())), { id: 'ben-of-elsewhere', groups: [] }, 0);
let peer: Peer;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolewave-overview-'));
  peer = await startPeer([]);
  const inShort = {
    shown: 'overview',
    package: wavePackageInShort(wave.packages[0]!, false),
    running: packageInShort(runningPackage(), false),
    evaluations: [],
    ledger: { grant: { created: 11 } },
  };
  peer.will('GET /v1/waves/small/first', { status: 200, body: waveAsRead(wave, reading, 'ben') });
  peer.will('GET /v1/packages/small/first/closing', { status: 200, body: inShort });
  peer.will('GET /v1/waves/small/first/events?numbers=true', { status: 200, body: { events: [], cut: false } });
  peer.will('GET /v1/plans/small?revision=1', { status: 200, body: { shown: 'overview', plan: 'small', number: 1, appliedAtMs: 1 } });
});
afterEach(async () => {
  await peer.close();
  await rm(folder, { recursive: true });
});

async function rolewave(...args: string[]) {
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url } });
  return { code: await run(args, io), out: io.written.join('\n'), err: io.errors.join('\n') };
}

test.each(['small/first', 'small/first/closing'])('show %s shows states and counts, names nobody, and says what it leaves out', async (target) => {
  const { code, out } = await rolewave('show', target);
  expect(code).toBe(0);
  expect(out).toContain('Counts and states only: people, accounts, texts and errors are shown to those who act here.');
  expect(out).toContain('(not shown)');
  expect(out).not.toMatch(/\bana\b|dba_kim|\b(inPlan|notMeasured)\b/);
});

test('the report is written, and says what it leaves out', async () => {
  const file = join(folder, 'report.html');
  expect(await rolewave('report', 'small/first', '--out', file)).toMatchObject({ code: 0 });
  const page = await readFile(file, 'utf8');
  expect(page).toContain('Left out: people, sign-offs, evidence, evaluations, tunes and receipts.');
  expect(page).not.toMatch(/\bana\b|dba_kim/);
});

test.each([['sign-off'], ['decide']])('%s sends nothing and says that this person does not act there: exit code 3', async (command) => {
  const { code, err } = await rolewave(command, 'small/first/closing');
  expect([code, err]).toEqual([3, expect.stringMatching(/You do not act for small\/first\/closing: .* Nothing was sent\./)]);
});
