/** What a wave and a released package ask of people, and by when. */
import { describe, expect, test } from 'vitest';
import type { PackageSection, WaveSection } from '../plan/section.ts';
import { waveSection } from '../plan/section.ts';
import { loadPlan } from '../plan/load.ts';
import { smallPlan } from '../../test/support/small-plan.ts';
import { checklist } from '../readiness.ts';
import type { ProposalView } from '../views.ts';
import { nextRequestMs, packageRequests, type PackageFacts } from './package-requests.ts';
import { waveRequests, type WaitingPackage } from './wave-requests.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-04-10T08:00:00Z');
const goLiveMs = Date.parse('2026-04-15T00:00:00Z');
const loaded = loadPlan(smallPlan, 'plan.yaml', { nowMs: Date.parse('2026-04-01T00:00:00Z') });
if (!loaded.ok) throw new Error('the small plan is mistaken');
const { plan } = loaded;
const sectionOf = (wave: string): WaveSection => waveSection(plan, 1, wave);
const [intake] = sectionOf('second').packages as [PackageSection];

const waiting = (change: Partial<WaitingPackage> = {}): WaitingPackage => ({
  section: intake,
  goLiveMs,
  checklist: checklist(intake, { evidence: {}, metrics: [] }, goLiveMs),
  previewDigest: 'a'.repeat(64),
  missingSigners: ['kim'],
  rejectedBy: [],
  ...change,
});
const requestsOfWave = (change: Partial<WaitingPackage> = {}, rest: Partial<Parameters<typeof waveRequests>[0]> = {}) =>
  waveRequests({ section: sectionOf('second'), waiting: [waiting(change)], ...rest }, nowMs);
const told = (requests: ReturnType<typeof waveRequests>) => requests.map(({ kind, to, text }) => `${kind} to ${to.join(', ')}: ${text}`);

describe('before a release', () => {
  test('each is asked for what is theirs: the owner for evidence and the sign-off, whoever signs the drill for the drill', () => {
    expect(told(requestsOfWave())).toEqual([
      'evidence to kim: Intake needs evidence before its go-live on 2026-04-15: the handoff, the notices to its people, the backup, the acceptance of its risk.',
      'evidence to eva: Intake needs evidence before its go-live on 2026-04-15: the drill (to be run within 1h and signed by eva).',
      'signOff to kim: Intake waits for the sign-off of kim before its go-live on 2026-04-15: look at what will change, and approve or reject it.',
    ]);
    expect(requestsOfWave().every(({ byMs }) => byMs === goLiveMs)).toBe(true);
  });

  test('nobody is asked to sign what was not previewed, and operators are told why it could not be', () => {
    const requests = requestsOfWave({ previewDigest: undefined as never, previewProblem: "system 'erp' has no role 'hr_intake'", checklist: [] });
    expect(told(requests)).toEqual(["question to eva: What Intake will change cannot be read: system 'erp' has no role 'hr_intake'."]);
  });

  test('a new preview asks anew for the sign-off', () => {
    const keys = ['a', 'b'].map((digest) => requestsOfWave({ previewDigest: digest.repeat(64), checklist: [] })[0]?.key);
    expect(new Set(keys).size).toBe(2);
  });

  test('a delegate stands in for the owner only while the delegation lasts', () => {
    const [closing] = sectionOf('first').packages as [PackageSection];
    const delegates = (atMs: number) =>
      waveRequests({ section: sectionOf('first'), waiting: [waiting({ section: closing, checklist: [], missingSigners: ['ana'] })] }, atMs)[0]?.delegates;
    expect(delegates(nowMs)).toEqual(['kim']);
    expect(delegates(Date.parse('2026-06-01T00:00:00Z'))).toEqual([]);
  });

  test('what was held back asks for a new date; a rejection asks the owner', () => {
    const requests = requestsOfWave({ goLiveMs: undefined as never, heldBack: 'not ready at go-live', checklist: [], missingSigners: [], rejectedBy: ['kim'] });
    expect(told(requests)).toEqual([
      'question to kim: Intake was rejected by kim: change the plan, or talk to them.',
      'date to kim, eva: Intake was held back (not ready at go-live) and needs a new date.',
    ]);
  });

  test('a wave without a date asks its operators for one once a package is ready, not before', () => {
    const undated = { goLiveMs: undefined as never, missingSigners: [], checklist: [] };
    expect(told(requestsOfWave(undated))).toEqual(['date to eva: small/second has no date, and Intake could go live.']);
    expect(told(requestsOfWave({ ...undated, missingSigners: ['kim'] })).some((line) => line.startsWith('date'))).toBe(false);
  });

  test('a hold asks those who may still lift it, and nobody for anything else before', () => {
    const requests = requestsOfWave({}, { holdWaitsFor: { people: ['ana', 'kim'], approvals: 1 } });
    expect(told(requests)).toEqual([expect.stringContaining('liftHold to ana, kim: small/second is on hold')]);
  });

  test('the review is asked for when everything else is done', () => {
    expect(waveRequests({ section: sectionOf('first'), waiting: [], reviewByMs: nowMs + 14 * dayMs }, nowMs)).toMatchObject([
      { kind: 'review', to: ['eva'], byMs: nowMs + 14 * dayMs, command: 'rolewave review small/first --successes "…" --challenges "…" --improvements "…"' },
    ]);
  });
});

describe('after a release', () => {
  const rollback: ProposalView = { id: 'rollback-1', kind: 'rollback', why: 'exceptions 99 above 50', proposedAtMs: nowMs - dayMs };
  const standing = (change: Partial<PackageFacts> = {}): PackageFacts => ({
    plan: 'small',
    wave: 'second',
    section: intake,
    operators: ['eva', 'ben'],
    approved: false,
    ownerGone: false,
    ...change,
  });
  const told = (change: Partial<PackageFacts>, atMs = nowMs) =>
    packageRequests(standing(change), atMs).map(({ kind, to, text }) => `${kind} to ${to.join(', ')}: ${text}`);

  test.each<[string, Partial<PackageFacts>, string[]]>([
    ['nothing proposed', {}, []],
    ['a proposed rollback asks its owner', { proposal: rollback }, ['rollback to kim: Intake: roll it back? exceptions 99 above 50.']],
    [
      'of an owner who left, operators are asked',
      { proposal: rollback, ownerGone: true },
      ['rollback to eva, ben: Intake: roll it back? exceptions 99 above 50.'],
    ],
    [
      'held by a blackout, it says so',
      { proposal: { ...rollback, blackout: { id: 'close', untilMs: goLiveMs } } },
      ["rollback to kim: Intake: roll it back? exceptions 99 above 50. It is held by the blackout 'close' until 2026-04-15."],
    ],
    [
      'approved by one of two, everybody else is asked who may be the second',
      { proposal: { ...rollback, approvedBy: ['eva'] } },
      [
        'rollback to kim, ben: Intake: eva approved the rollback, and its high risk asks for a second person (one of the two is the owner or a delegate): exceptions 99 above 50.',
      ],
    ],
    ['frozen without an end, nobody is asked', { proposal: { ...rollback, frozen: true } }, []],
    ['frozen for long, nobody is asked yet', { proposal: { ...rollback, frozen: true, untilMs: nowMs + 5 * dayMs } }, []],
    [
      'a freeze that ends soon tells whoever froze it',
      { proposal: { ...rollback, frozen: true, untilMs: nowMs + dayMs / 2, answeredBy: 'ben' } },
      ["expiry to ben: Intake: the hold on 'roll back' ends on 2026-04-10 20:00 UTC; then it is proposed again. Decide before, or hold it longer."],
    ],
    [
      'an approved rollback asks whoever keeps it waiting',
      {
        approved: true,
        proposal: {
          ...rollback,
          dependencies: [
            { line: '1 running in erp: ben posts', clear: false, clearedBy: 'kim' },
            { line: 'all confirmed', clear: true },
          ],
        },
      },
      ['dependency to kim: The rollback of Intake is approved and waits for kim: 1 running in erp: ben posts.'],
    ],
    [
      'a dependency that is nobody’s by name goes to operators',
      { approved: true, proposal: { ...rollback, dependencies: [{ line: 'the check could not run', clear: false, clearedBy: 'an operator' }] } },
      ['dependency to eva, ben: The rollback of Intake is approved and waits for an operator: the check could not run.'],
    ],
    ['certified not long ago, nobody is asked', { certifyFromMs: nowMs + 1 }, []],
    [
      'due for certification',
      { certifyFromMs: nowMs },
      ['certification to kim: Is Intake still needed as it is, by the same people? Certify it, or have it changed or retired.'],
    ],
    [
      'due for certification, and the owner left',
      { certifyFromMs: nowMs, ownerGone: true },
      ['certification to eva, ben: Is Intake still needed as it is, by the same people? Certify it, or have it changed or retired.'],
    ],
    ['risk accepted for long', { riskExpiresMs: nowMs + 8 * dayMs }, []],
    [
      'the acceptance of its risk runs out',
      { riskExpiresMs: nowMs + 6 * dayMs },
      [
        'expiry to kim: The acceptance of the high risk of Intake runs out on 2026-04-16 08:00 UTC, and the access is out: certify it with a new date, or roll it back.',
      ],
    ],
  ])('%s', (_name, change, expected) => {
    expect(told(change)).toEqual(expected);
  });

  test('the next instant is when the first of these opens by itself', () => {
    const held = { ...rollback, frozen: true, untilMs: nowMs + 5 * dayMs };
    expect(nextRequestMs(standing({ proposal: held, certifyFromMs: nowMs + 30 * dayMs }), nowMs)).toBe(nowMs + 4 * dayMs);
    expect(nextRequestMs(standing({ riskExpiresMs: nowMs + 30 * dayMs }), nowMs)).toBe(nowMs + 23 * dayMs);
    expect(nextRequestMs(standing({ proposal: rollback }), nowMs)).toBeUndefined();
  });
});
