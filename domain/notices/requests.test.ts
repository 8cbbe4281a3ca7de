/** What a wave and a released package ask of people, and by when. */
import { describe, expect, test } from 'vitest';
import type { PackageSection, WaveSection } from '../plan/section.ts';
import { waveSection } from '../plan/section.ts';
import { parsedSmallPlan } from '../../test/support/small-plan.ts';
import { notChecked } from '../release/dependencies.ts';
import { checklist } from '../readiness.ts';
import type { ProposalView } from '../views/proposal.ts';
import { nextRequestMs, packageRequests, type PackageFacts } from './package-requests.ts';
import { waveRequests, type WaitingPackage } from './wave-requests.ts';

const dayMs = 86_400_000;
const nowMs = Date.parse('2026-04-10T08:00:00Z');
const goLiveMs = Date.parse('2026-04-15T00:00:00Z');
const plan = parsedSmallPlan();
const sectionOf = (wave: string): WaveSection => waveSection(plan, 1, wave);
const [intake] = sectionOf('second').packages as [PackageSection];

const withClaimants: PackageSection = {
  ...intake,
  package: { ...intake.package, rollback: { ...intake.package.rollback, claims: { by: ['otto', 'sam'], atMost: 30 * dayMs } } },
};
const claim = {
  id: 'claim-1',
  by: 'otto',
  grants: ['ann', 'ben'].map((person) => ({ system: 'erp', role: 'clerk', person })),
  atMs: nowMs,
  untilMs: nowMs + 10 * dayMs,
  reason: 'the month-end close',
};

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
const asked = (requests: ReturnType<typeof waveRequests>) => requests.map(({ kind, to, text }) => `${kind} to ${to.join(', ')}: ${text}`);

describe('before a release', () => {
  test("everyone is asked for their own part: the owner for evidence and the sign-off, the drill's signer for the drill", () => {
    expect(asked(requestsOfWave())).toEqual([
      "evidence to kim: 'intake' needs evidence before its go-live on 2026-04-15: handoff, notice to its people, backup, risk acceptance.",
      "evidence to eva: 'intake' needs evidence before its go-live on 2026-04-15: rollback drill (must take at most 1 hour and be signed by eva).",
      "signOff to kim: 'intake' needs the sign-off of kim before its go-live on 2026-04-15. Review what will change, then approve or reject it.",
    ]);
    expect(requestsOfWave().every(({ byMs }) => byMs === goLiveMs)).toBe(true);
  });

  test('nobody is asked to sign without a preview, and operators learn why it could not be taken', () => {
    const requests = requestsOfWave({ previewDigest: undefined as never, previewProblem: "system 'erp' has no role 'hr_intake'", checklist: [] });
    expect(asked(requests)).toEqual([
      "preview to eva: The preview of 'intake' failed: system 'erp' has no role 'hr_intake'. Fix the problem. Rolewave retries the preview every hour.",
    ]);
  });

  test('a new preview asks for the sign-off again', () => {
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

  test('a package that was held back asks for a new date; a rejection asks the owner', () => {
    const requests = requestsOfWave({
      goLiveMs: undefined as never,
      heldBack: { code: 'notReady', blockers: [], text: 'not ready at go-live', atMs: nowMs },
      checklist: [],
      missingSigners: [],
      rejectedBy: ['kim'],
    });
    expect(asked(requests)).toEqual([
      "rejection to kim: 'intake' was rejected by kim. Change the plan, or resolve the issue with them so that they sign off.",
      "date to kim, eva: 'intake' was held back (not ready at go-live). Set a new go-live date.",
    ]);
  });

  test('a wave without a date asks its operators for one once a package is ready, not before', () => {
    const undated = { goLiveMs: undefined as never, missingSigners: [], checklist: [] };
    expect(asked(requestsOfWave(undated))).toEqual(["date to eva: small/second has no go-live date, and 'intake' could go live. Set a date."]);
    expect(asked(requestsOfWave({ ...undated, missingSigners: ['kim'] })).some((line) => line.startsWith('date'))).toBe(false);
  });

  test('a hold asks those who may still lift it, and until then nobody is asked for anything else', () => {
    const requests = requestsOfWave({}, { holdWaitsFor: { people: ['ana', 'kim'], approvals: 1 } });
    expect(asked(requests)).toEqual([expect.stringContaining('liftHold to ana, kim: small/second is on hold')]);
  });

  test('a wave whose packages have all left the plan asks nobody to lift its hold', () => {
    const section = { ...sectionOf('second'), packages: [] };
    expect(waveRequests({ section, waiting: [], holdWaitsFor: { people: ['ana', 'kim'], approvals: 1 } }, nowMs)).toEqual([]);
  });

  test('the review is requested when everything else is done', () => {
    expect(waveRequests({ section: sectionOf('first'), waiting: [], reviewByMs: nowMs + 14 * dayMs }, nowMs)).toMatchObject([
      { kind: 'review', to: ['eva'], byMs: nowMs + 14 * dayMs, action: { type: 'review', target: { plan: 'small', wave: 'first' } } },
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
  const asked = (change: Partial<PackageFacts>, atMs = nowMs) =>
    packageRequests(standing(change), atMs).map(({ kind, to, text }) => `${kind} to ${to.join(', ')}: ${text}`);

  test.each<[string, Partial<PackageFacts>, string[]]>([
    ['nothing proposed', {}, []],
    ['a proposed rollback asks its owner', { proposal: rollback }, ["rollback to kim: A rollback of 'intake' is proposed: exceptions 99 above 50."]],
    [
      'if the owner has left, operators are asked',
      { proposal: rollback, ownerGone: true },
      ["rollback to eva, ben: A rollback of 'intake' is proposed: exceptions 99 above 50."],
    ],
    [
      'deferred by a blackout, the text says so',
      { proposal: { ...rollback, blackout: { id: 'close', untilMs: goLiveMs } } },
      [
        "rollback to kim: A rollback of 'intake' is proposed: exceptions 99 above 50. Blackout 'close' defers it until 2026-04-15, unless you decide otherwise.",
      ],
    ],
    [
      'approved by one of two, everyone who may be the second person is asked',
      { proposal: { ...rollback, approvedBy: ['eva'] } },
      [
        "rollback to kim, ben: eva approved the rollback of 'intake'. A second person must approve it too, and one of the two must be the owner or a delegate: exceptions 99 above 50.",
      ],
    ],
    [
      'where the owner is the only operator, a delegate is the second person',
      {
        proposal: { ...rollback, approvedBy: ['kim'] },
        operators: ['kim'],
        section: { ...intake, delegates: [{ of: 'kim', to: 'ana', until: goLiveMs }] },
      },
      [
        "rollback to ana: kim approved the rollback of 'intake'. A second person must approve it too, and one of the two must be the owner or a delegate: exceptions 99 above 50.",
      ],
    ],
    ['frozen without an end, nobody is asked', { proposal: { ...rollback, frozen: true } }, []],
    ['frozen for several days, nobody is asked yet', { proposal: { ...rollback, frozen: true, untilMs: nowMs + 5 * dayMs } }, []],
    [
      'when a freeze ends soon, the person who froze it is asked',
      { proposal: { ...rollback, frozen: true, untilMs: nowMs + dayMs / 2, answeredBy: 'ben' } },
      [
        "freezeExpiry to ben: The freeze of 'intake' ends on 2026-04-10 20:00 UTC; then the rollback is proposed again. Decide before then, or extend the freeze.",
      ],
    ],
    [
      'an approved rollback asks the person who keeps it waiting',
      {
        approved: true,
        proposal: {
          ...rollback,
          dependencies: [
            { code: 'runningJobs', system: 'erp', jobs: 1, line: '1 running in erp: ben posts', clear: false, clearedBy: { person: 'kim' } },
            { code: 'unconfirmed', grants: 0, line: 'all confirmed', clear: true },
          ],
        },
      },
      ["dependency to kim: The rollback of 'intake' is approved, and waits until kim clears this: 1 running in erp: ben posts."],
    ],
    [
      'a dependency without a named person goes to operators',
      { approved: true, proposal: { ...rollback, dependencies: [notChecked('the system is down')] } },
      [
        "dependency to eva, ben: The rollback of 'intake' is approved, and waits until an operator clears this: the dependency check could not run: the system is down.",
      ],
    ],
    ['certified recently, nobody is asked', { certifyFromMs: nowMs + 1 }, []],
    [
      'due for certification',
      { certifyFromMs: nowMs },
      ["certification to kim: Is 'intake' still needed, unchanged and by the same people? Certify it, or change or retire it in the plan."],
    ],
    [
      'due for certification, and the owner left',
      { certifyFromMs: nowMs, ownerGone: true },
      ["certification to eva, ben: Is 'intake' still needed, unchanged and by the same people? Certify it, or change or retire it in the plan."],
    ],
    [
      'access was claimed today: the owner may contest it',
      { claims: [claim] },
      [
        "claim to kim: otto claims clerk of ann in erp and 1 more of 'intake' until 2026-04-20 08:00 UTC: the month-end close. A rollback would keep it for that. Contest the claim if this access must go.",
      ],
    ],
    ['access was claimed four days ago', { claims: [{ ...claim, atMs: nowMs - 4 * dayMs }] }, []],
    [
      'a claim that keeps access after a rollback ends in two days',
      { section: withClaimants, claims: [{ ...claim, keeps: true, atMs: nowMs - 8 * dayMs, untilMs: nowMs + 2 * dayMs }] },
      [
        "claimExpiry to otto: The claim of otto on clerk of ann in erp and 1 more of 'intake', which was rolled back, ends on 2026-04-12 08:00 UTC. Nothing is revoked by itself: end the claim, which revokes the access, or renew it with a new date and a reason. If otto does not answer, kim is asked and may contest it.",
      ],
    ],
    [
      'its claimant has become an operator, and may only end it',
      { section: withClaimants, operators: ['otto'], claims: [{ ...claim, keeps: true, atMs: nowMs - 8 * dayMs, untilMs: nowMs + 2 * dayMs }] },
      [
        "claimExpiry to otto: The claim of otto on clerk of ann in erp and 1 more of 'intake', which was rolled back, ends on 2026-04-12 08:00 UTC. Nothing is revoked by itself: end the claim, which revokes the access; otto may not renew it, another claimant may claim the access. If otto does not answer, kim is asked and may contest it.",
      ],
    ],
    [
      'what is no longer claimed could not be revoked',
      { claimsProblem: 'the system does not answer' },
      [
        "claimProblem to eva, ben, kim: Access of 'intake' that nobody claims any more could not be revoked, and is tried again every hour: the system does not answer. A claimant may also claim it again.",
      ],
    ],
    ['risk accepted for more than a week', { riskExpiresMs: nowMs + 8 * dayMs }, []],
    [
      'the acceptance of its risk expires',
      { riskExpiresMs: nowMs + 6 * dayMs },
      [
        "riskExpiry to kim: The acceptance of the high risk of 'intake' expires on 2026-04-16 08:00 UTC, and its access is still granted. Certify it with a new date, or roll it back.",
      ],
    ],
  ])('%s', (_name, change, expected) => {
    expect(asked(change)).toEqual(expected);
  });

  test('a person is offered exactly the answers that the workflow accepts', () => {
    const answers = (change: Partial<PackageFacts>) =>
      packageRequests(standing(change), nowMs).map(({ action }) =>
        action.type === 'decide' ? action.fields.answers.map(({ answer }) => answer) : action.type,
      );
    const observed: PackageSection = { ...intake, change: 'observe' };
    const blackout = { id: 'close', untilMs: goLiveMs };
    expect(answers({ proposal: rollback })).toEqual([['approve', 'freeze', 'decline']]);
    expect(answers({ proposal: { ...rollback, blackout } })).toEqual([['approve', 'freeze', 'afterBlackout', 'decline']]);
    expect(answers({ proposal: rollback, section: observed })).toEqual([['freeze', 'decline']]);
    expect(answers({ proposal: { ...rollback, kind: 'question' }, section: observed })).toEqual([['approve', 'freeze']]);
  });

  test('the next instant is when the first of these opens with time alone', () => {
    const held = { ...rollback, frozen: true, untilMs: nowMs + 5 * dayMs };
    expect(nextRequestMs(standing({ proposal: held, certifyFromMs: nowMs + 30 * dayMs }), nowMs)).toBe(nowMs + 4 * dayMs);
    expect(nextRequestMs(standing({ riskExpiresMs: nowMs + 30 * dayMs }), nowMs)).toBe(nowMs + 23 * dayMs);
    expect(nextRequestMs(standing({ proposal: rollback }), nowMs)).toBeUndefined();
  });
});
