/** Anyone who copies the command of a notice, and writes their own words and dates into it, has a command that works. */
import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionSchema, type ActionOf, type ActionType } from '../domain/notices/action.ts';
import { requestKinds, type PersonRequest } from '../domain/notices/request.ts';
import { packageRequests, type PackageFacts } from '../domain/notices/package-requests.ts';
import { waveRequests, type WaitingPackage } from '../domain/notices/wave-requests.ts';
import { readinessItems, type ReadinessItem } from '../domain/plan/schema.ts';
import { waveSection } from '../domain/plan/section.ts';
import { parsedSmallPlan } from '../test/support/small-plan.ts';
import type { ProposalView } from '../domain/views/proposal.ts';
import { actionCommand } from './action-command.ts';
import { run } from './program.ts';
import { testIo } from '../test/support/command-io.ts';
import { startPeer } from '../test/support/peer.ts';
import type { Peer } from '../test/support/peer.ts';
import { plannedPackage, runningPackage, waveOf } from '../test/support/views.ts';

const nowMs = Date.parse('2026-04-10T08:00:00Z');
const section = waveSection(parsedSmallPlan(), 1, 'first');
const [closing] = section.packages;

const ofWave = (change: Partial<WaitingPackage>, rest: Partial<Parameters<typeof waveRequests>[0]> = {}): PersonRequest[] =>
  waveRequests(
    { section, waiting: [{ section: closing!, checklist: [], previewDigest: 'a'.repeat(64), missingSigners: [], rejectedBy: [], ...change }], ...rest },
    nowMs,
  );
const missing = (item: ReadinessItem): PersonRequest[] =>
  ofWave({
    goLiveMs: nowMs,
    checklist: [
      item === 'metrics' ? { item, ok: false, code: 'unreadable', why: 'no table', metrics: [] } : { item, ok: false, code: 'missing', why: 'no evidence yet' },
    ],
  });
const ofPackage = (change: Partial<PackageFacts>): PersonRequest[] =>
  packageRequests({ plan: 'small', wave: 'first', section: closing!, operators: ['eva'], approved: false, ownerGone: false, ...change }, nowMs);
const rollback: ProposalView = {
  id: 'rollback-1',
  kind: 'rollback',
  why: 'it grows',
  proposedAtMs: nowMs,
  dependencies: [{ code: 'runningJobs', system: 'erp', jobs: 1, line: 'a job runs', clear: false, clearedBy: { person: 'ana' } }],
};

const claim = {
  id: 'claim-of-kim-1',
  by: 'kim',
  grants: [{ system: 'erp', role: 'fin_close', person: 'ben' }],
  atMs: nowMs - 1_000,
  untilMs: nowMs + 1,
  reason: 'the month-end close',
};

const asks = [
  ...(['handoff', 'drill', 'riskAcceptance', 'metrics'] as const).flatMap(missing),
  ...ofWave({ missingSigners: ['ana'] }),
  ...ofWave({ rejectedBy: ['ana'], previewProblem: 'no such role' }),
  ...ofWave({ heldBack: { code: 'person', by: 'ana', text: 'not ready', atMs: nowMs } }),
  ...ofWave({}),
  ...ofWave({}, { holdWaitsFor: { people: ['ana'], approvals: 1 } }),
  ...ofWave({ goLiveMs: nowMs }, { reviewByMs: nowMs }),
  ...ofPackage({ proposal: rollback, certifyFromMs: nowMs, riskExpiresMs: nowMs }),
  ...ofPackage({ proposal: rollback, approved: true }),
  ...ofPackage({ proposal: { ...rollback, kind: 'question' } }),
  ...ofPackage({ claims: [{ ...claim, keeps: true }], claimsProblem: 'the system does not answer' }),
  ...ofPackage({ proposal: { ...rollback, frozen: true, proposedAtMs: nowMs - 1_000, untilMs: nowMs + 1 } }),
];

let peer: Peer;
beforeAll(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage()]), packages: [runningPackage({ proposal: rollback, claims: [claim] })] }]);
});
afterAll(() => peer.close());

const target = { plan: 'small', wave: 'first', package: 'closing' };
const wave = { plan: 'small', wave: 'first' };
const rest: { [T in ActionType]: [ActionOf<T>, ...ActionOf<T>[]] } = {
  signOff: [{ type: 'signOff', target, fields: { planDigest: 'p', previewDigest: 'v', supply: ['decision'] } }],
  evidence: readinessItems.map((item): ActionOf<'evidence'> => ({
    type: 'evidence',
    target,
    fields: { item, supply: ['reference', 'expiresMs', 'tookMs'] },
  })) as [ActionOf<'evidence'>],
  setDate: [
    { type: 'setDate', target, fields: { supply: ['goLiveMs'] } },
    { type: 'setDate', target: wave, fields: { supply: ['goLiveMs'] } },
  ],
  liftHold: [
    { type: 'liftHold', target: wave, fields: { supply: ['goLiveMs', 'reason'] } },
    { type: 'liftHold', target: wave, fields: { goLiveMs: nowMs, pilot: ['ana', 'kim'], since: 7, supply: ['reason'] } },
  ],
  review: [{ type: 'review', target: wave, fields: { supply: ['successes', 'challenges', 'improvements'] } }],
  decide: [
    {
      type: 'decide',
      target,
      fields: { proposal: 'rollback-1', kind: 'rollback', answers: [{ answer: 'approve', by: ['ana'] }], supply: ['answer', 'reason'] },
    },
  ],
  certify: [
    { type: 'certify', target, fields: { supply: ['reason'] } },
    { type: 'certify', target, fields: { supply: ['riskUntilMs', 'reason'] } },
  ],
  claim: [{ type: 'claim', target, fields: { claim: 'claim-of-kim-1', by: ['kim'], supply: ['untilMs', 'reason'] } }],
  endClaim: [{ type: 'endClaim', target, fields: { claim: 'claim-of-kim-1', by: ['olga'], supply: ['reason'] } }],
  show: [
    { type: 'show', target, fields: {} },
    { type: 'show', target: wave, fields: {} },
  ],
  previewRollback: [{ type: 'previewRollback', target, fields: { proposal: 'rollback-1' } }],
};
const byCommand = new Map([...Object.values(rest).flat(), ...asks.map(({ action }) => action)].map((action) => [actionCommand(action), action]));

test.each([...byCommand.keys()])('%s', async (command) => {
  const typed = command.replaceAll('"…"', '"my words"').replaceAll('DATE', '2026-10-01').replaceAll('DURATION', '40m');
  // Nothing that a shell would interpret.
  expect(typed).toMatch(/^rolewave [\w./:, "-]+$/);
  const [, ...args] = typed.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''));
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url }, answer: true });
  expect([await run(args, io), io.errors]).toEqual([0, []]);
});

test('waves and packages make requests of every kind, and each action matches its schema', () => {
  expect(asks.map(({ action }) => actionSchema.parse(action))).toEqual(asks.map(({ action }) => action));
  const madeElsewhere = ['cancelled', 'overruled', 'tune', 'withoutAccess', 'waitsForSystem'];
  expect([...new Set(asks.map(({ kind }) => kind))].sort()).toEqual(requestKinds.filter((kind) => !madeElsewhere.includes(kind)).sort());
});

test('a hold that one person has lifted is lifted by the others for the same people and date', () => {
  const [ask] = ofWave(
    {},
    { holdWaitsFor: { people: ['kim'], approvals: 1, agreed: { goLiveMs: Date.parse('2026-05-04T00:00:00Z'), pilot: ['ana', 'ben'] } } },
  );
  expect(actionCommand(ask!.action)).toBe('rolewave lift-hold small/first --go-live 2026-05-04T00:00:00Z --pilot ana,ben --reason "…"');
});

test('only the command line knows commands: neither the rules nor the HTTP endpoint write any', async () => {
  const project = new URL('..', import.meta.url);
  const folders = ['domain', 'workflows', 'activities', 'api'];
  const files = await Promise.all(
    folders.map(async (folder) => (await readdir(new URL(folder, project), { recursive: true })).map((file) => `${folder}/${file}`)),
  );
  const sources = files.flat().filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const withCommand = await Promise.all(
    sources.map(async (file) => ((await readFile(new URL(file, project), 'utf8')).split('\n').some((line) => writesCommand.test(line)) ? [file] : [])),
  );
  expect(sources.length).toBeGreaterThan(100);
  expect(withCommand.flat()).toEqual([]);
  expect(writesCommand.test("  whatToDo: 'rolewave sign-off PLAN/WAVE/PACKAGE',")).toBe(true);
});

/** In a string; comments may name a command. */
const writesCommand =
  /['"`][^'"`]*\brolewave (--?\w|abort|accept-content|apply|certify|decide|doctor|evaluate|evidence|extend|hold-back|init|lift-hold|message|metric|note|notices|observe|pause|plan |report|resume|review|rollback|set-date|show|sign-off|status|tune|validate)/;

test('people whose ids mean something to a shell are quoted', () => {
  const lift = (pilot: string[]) =>
    actionCommand({ type: 'liftHold', target: { plan: 'small', wave: 'first' }, fields: { goLiveMs: 0, pilot, supply: ['reason'] } });
  expect(lift(['ana', 'kim@example.com'])).toContain(' --pilot ana,kim@example.com ');
  expect(lift(['auth0|5f7c', "o'brien"])).toContain(String.raw` --pilot 'auth0|5f7c,o'\''brien' `);
});
