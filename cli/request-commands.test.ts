/** Whoever copies the command of a notice, and writes their own words and dates into it, has a command that works. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PersonRequest } from '../domain/notices/request.ts';
import { packageRequests, type PackageFacts } from '../domain/notices/package-requests.ts';
import { waveRequests, type WaitingPackage } from '../domain/notices/wave-requests.ts';
import { loadPlan } from '../domain/plan/load.ts';
import type { ReadinessItem } from '../domain/plan/schema.ts';
import { waveSection } from '../domain/plan/section.ts';
import { smallPlan } from '../test/support/small-plan.ts';
import type { ProposalView } from '../domain/views.ts';
import { run } from './program.ts';
import { testIo } from '../test/support/command-io.ts';
import { startPeer } from '../test/support/peer.ts';
import type { Peer } from '../test/support/peer.ts';
import { plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';

const nowMs = Date.parse('2026-04-10T08:00:00Z');
const loaded = loadPlan(smallPlan, 'plan.yaml', { nowMs: Date.parse('2026-04-01T00:00:00Z') });
if (!loaded.ok) throw new Error('the small plan is mistaken');
const section = waveSection(loaded.plan, 1, 'first');
const [closing] = section.packages;

const ofWave = (change: Partial<WaitingPackage>, rest: Partial<Parameters<typeof waveRequests>[0]> = {}): PersonRequest[] =>
  waveRequests(
    { section, waiting: [{ section: closing!, checklist: [], previewDigest: 'a'.repeat(64), missingSigners: [], rejectedBy: [], ...change }], ...rest },
    nowMs,
  );
const missing = (item: ReadinessItem): PersonRequest[] => ofWave({ goLiveMs: nowMs, checklist: [{ item, ok: false, why: 'no evidence yet' }] });
const ofPackage = (change: Partial<PackageFacts>): PersonRequest[] =>
  packageRequests({ plan: 'small', wave: 'first', section: closing!, operators: ['eva'], approved: false, ownerGone: false, ...change }, nowMs);
const rollback: ProposalView = {
  id: 'rollback-1',
  kind: 'rollback',
  why: 'it grows',
  proposedAtMs: nowMs,
  dependencies: [{ line: 'a job runs', clear: false }],
};

const asks = [
  ...(['handoff', 'drill', 'riskAcceptance', 'metrics'] as const).flatMap(missing),
  ...ofWave({ missingSigners: ['ana'] }),
  ...ofWave({ rejectedBy: ['ana'], previewProblem: 'no such role' }),
  ...ofWave({ heldBack: 'not ready' }),
  ...ofWave({}),
  ...ofWave({}, { holdWaitsFor: { people: ['ana'], approvals: 1 } }),
  ...ofWave({ goLiveMs: nowMs }, { reviewByMs: nowMs }),
  ...ofPackage({ proposal: rollback, certifyFromMs: nowMs, riskExpiresMs: nowMs }),
  ...ofPackage({ proposal: rollback, approved: true }),
];

let peer: Peer;
beforeAll(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage()]), packages: [runningPackage({ proposal: rollback })] }]);
});
afterAll(() => peer.close());

test.each([...new Map(asks.map((ask) => [ask.command, ask.kind]))])('%s (%s)', async (command) => {
  const typed = command.replaceAll('"…"', '"my words"').replaceAll('DATE', '2026-10-01').replaceAll('DURATION', '40m');
  // Nothing that a shell would take as its own.
  expect(typed).toMatch(/^rolewave [\w./ "-]+$/);
  const [, ...args] = typed.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''));
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url }, answer: true });
  expect([await run(args, io), io.errors]).toEqual([0, []]);
});

test('of every kind that waves and packages ask for', () => {
  const kinds = ['signOff', 'evidence', 'date', 'liftHold', 'rollback', 'question', 'dependency', 'expiry', 'certification', 'review'];
  expect([...new Set(asks.map(({ kind }) => kind))].sort()).toEqual(kinds.sort());
});
