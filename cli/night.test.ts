/** What an operator sees and sends at night. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProposalView } from '../domain/views/proposal.ts';
import { run } from './program.ts';
import { requestView } from '../test/support/notices.ts';
import { testIo } from '../test/support/command-io.ts';
import { startPeer } from '../test/support/peer.ts';
import type { Peer } from '../test/support/peer.ts';
import { plannedPackage, rollbackPreview, runningPackage, waveOf } from '../test/support/views.ts';

const closing = 'small/first/closing';
const previewRoute = 'GET /v1/packages/small/first/closing/rollback-preview';
const until = Date.parse('2026-05-04T00:00:00Z');
let peer: Peer;

beforeEach(async () => {
  peer = await startPeer([{ wave: waveOf([plannedPackage({ releasedAtMs: 1 })]), packages: [] }]);
});
afterEach(() => peer.close());

async function rolewave(...args: string[]) {
  const io = testIo({ env: { ROLEWAVE_TOKEN: 'my.own.token', ROLEWAVE_URL: peer.url } });
  const code = await run(args, io);
  return { code, out: io.written.join('\n'), err: io.errors.join('\n') };
}
const sent = () => peer.heard.filter(({ method }) => method === 'POST').map(({ path, body }) => ({ path, body }));
const proposed = (over: Partial<ProposalView> = {}) => {
  const operators = ['eva', 'ana'];
  const answers: ProposalView['answers'] = [
    { answer: 'approve', by: ['ana'] },
    { answer: 'freeze', by: operators },
    ...(over.blackout ? [{ answer: 'afterBlackout' as const, by: operators }] : []),
    { answer: 'decline', by: operators },
  ];
  const proposal: ProposalView = { id: 'rollback-1', kind: 'rollback', why: 'exceptions are 0.31, more than 0.25', proposedAtMs: until, answers, ...over };
  peer.waves[0]?.packages.push(runningPackage({ state: 'Rollback ready', nextAction: 'Rollback', risk: 'high', proposal }));
};

describe('rollback --preview', () => {
  test('shows who loses what and who used it, what is restored, what stays and why, what it waits for and who clears it; and changes nothing', async () => {
    const { code, out } = await rolewave('rollback', closing, '--preview');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'Rollback of small/first/closing, according to the systems now.',
      'Would be revoked:',
      '  kim (kdahl): fin_close in erp: USED 4 min ago',
      '  ana: fin_close in erp',
      '  ben: fin_close in erp',
      'Used in the last 1 h:',
      "  erp: by 1 person (by the system's usage statement)",
      'Would be restored:',
      '  ben: fin_old in erp: retired by this release',
      'Would stay:',
      '  eve: fin_close in erp: granted by dba_kim',
      'Dependency check, as of now:',
      '  clear: no other package needs these grants',
      '  OPEN: 1 running in erp: ana has a transaction open; cleared by ana',
      'It would revoke 3 grants from 3 people (1 person used it), restore 1, and keep 1. Nothing was changed.',
      'Next:',
      '  rolewave rollback small/first/closing --reason "…"   proposes it',
    ]);
    expect(sent()).toEqual([]);
  });

  test('where a rollback is proposed already, leads to its answer and proposes no other', async () => {
    proposed();
    const { out } = await rolewave('rollback', closing, '--preview');
    expect(out).toMatch(/Next:\n  rolewave decide small\/first\/closing   shows the rollback that is proposed, and how to answer$/);
    expect(out).not.toContain('rolewave rollback');
  });

  test.each<[string, Parameters<typeof rollbackPreview>[0], string]>([
    [
      'no worker: according to the ledger, and why',
      { asOf: 'ledger', systems: [{ system: 'erp', asOf: 'ledger', why: 'no worker answers', revoked: 3, usageNote: 'the system was not read' }] },
      'according to the ledger (no worker answers): it does not include later changes by others.',
    ],
    [
      'one system that does not answer is named',
      {
        asOf: 'mixed',
        systems: [
          { system: 'erp', asOf: 'now', revoked: 3, usedBy: 0 },
          { system: 'wms', asOf: 'ledger', why: 'no answer in time', revoked: 0 },
        ],
      },
      'wms could not be read: no answer in time',
    ],
    ['nothing known of its use', { counts: { revoked: 3, restored: 0, kept: 0, notRestored: 0, undecided: 0 } }, 'usage is unknown'],
    ['lists that were cut', { cut: true }, 'from at least 3 people'],
    [
      'what does not come back',
      {
        counts: { revoked: 3, restored: 0, kept: 0, notRestored: 1, undecided: 0 },
        kept: [],
        notRestored: [{ system: 'erp', role: 'fin_old', account: 'ana', person: 'ana', why: 'its design was rejected' }],
      },
      'Would not be restored:\n  ana: fin_old in erp: its design was rejected\n',
    ],
    [
      'and how many',
      { counts: { revoked: 3, restored: 0, kept: 0, notRestored: 1, undecided: 0 } },
      '(usage is unknown), restore 0, keep 0, and leave 1 retired. Nothing was changed.',
    ],
    [
      'what a person must decide',
      { counts: { revoked: 0, restored: 0, kept: 0, notRestored: 0, undecided: 2 }, revoked: [] },
      "keep 0; 2 need a person's decision",
    ],
    [
      'what is known of use only in part',
      { systems: [{ system: 'erp', asOf: 'now', revoked: 3, usedBy: 0, usageFrom: 'openSessions', usageNote: 'only who is connected' }] },
      'erp: by nobody (by its open sessions); only who is connected',
    ],
  ])('%s', async (_name, over, says) => {
    peer.will(previewRoute, { status: 200, body: rollbackPreview(over) });
    expect((await rolewave('rollback', closing, '--preview')).out).toContain(says);
  });

  test('for a package that has ended there is nothing to propose, and no use to report', async () => {
    const counts = { revoked: 0, restored: 0, kept: 1, notRestored: 0, undecided: 0 };
    const systems: ReturnType<typeof rollbackPreview>['systems'] = [{ system: 'erp', asOf: 'ledger', why: 'the package has ended', revoked: 0 }];
    const over = { asOf: 'ledger' as const, counts, systems, revoked: [], restored: [], dependencies: [], dependencyCheck: 'not known: the package has ended' };
    peer.will(previewRoute, { status: 200, body: rollbackPreview(over) });
    expect((await rolewave('rollback', closing, '--preview')).out.split('\n')).toEqual([
      'Rollback of small/first/closing, according to the ledger (the package has ended): it does not include later changes by others.',
      'Would stay:',
      '  eve: fin_close in erp: granted by dba_kim',
      'Dependency check, not known: the package has ended.',
      'It would revoke 0 grants, restore 0, and keep 1. Nothing was changed.',
    ]);
  });

  test('--since is sent', async () => {
    peer.will(`${previewRoute}?since=8h`, { status: 200, body: rollbackPreview({ sinceMs: Date.now() - 8 * 3_600_000 }) });
    expect((await rolewave('rollback', closing, '--preview', '--since', '8h')).out).toContain('Used in the last 8 h:');
    expect(await rolewave('rollback', closing, '--preview', '--since', 'today')).toMatchObject({
      code: 2,
      err: expect.stringContaining("--since 'today' is not a duration"),
    });
  });
});

describe('decide without an answer only shows what is proposed, what it would do, what it waits for, and how to answer', () => {
  test('of a rollback in a blackout that needs two people', async () => {
    proposed({
      blackout: { id: 'month-end', untilMs: until },
      approvals: 2,
      dependencies: [{ code: 'runningJobs', system: 'erp', jobs: 1, line: '1 running in erp', clear: false, clearedBy: { person: 'ana' } }],
    });
    const { code, out } = await rolewave('decide', closing);
    expect(code).toBe(0);
    for (const part of [
      'rollback-1: rollback proposed on 2026-05-04: exceptions are 0.31, more than 0.25',
      'deferred by blackout month-end until 2026-05-04',
      'two people must approve it, one of them the owner or a delegate',
      'OPEN: 1 running in erp; cleared by ana',
      'A rollback would revoke 3 grants from 3 people (1 person used it), restore 1, and keep 1, according to the systems now.',
      '  run it now, despite the blackout:\n    rolewave decide small/first/closing approve --reason "…"\n',
      'rolewave decide small/first/closing approve --only PERSON,PERSON --reason "…"',
      'rolewave decide small/first/closing after-blackout --reason "…"',
      'rolewave decide small/first/closing keep --reason "…"',
    ])
      expect(out).toContain(part);
    expect(out).toMatch(/freeze --until \d{4}-\d{2}-\d{2} --reason/);
    expect(sent()).toEqual([]);
  });

  test('with --json the proposal, the preview and the commands', async () => {
    proposed();
    const { out } = await rolewave('decide', closing, '--json');
    expect(JSON.parse(out)).toMatchObject({
      target: closing,
      proposal: { id: 'rollback-1' },
      preview: { asOf: 'now' },
      commands: expect.arrayContaining([expect.stringContaining(' keep ')]),
    });
  });

  test('an unavailable preview hides nothing else', async () => {
    proposed();
    peer.will(previewRoute, { status: 503, body: { code: 'store-unreachable', title: 'The store does not answer', detail: 'Not now.', whatToDo: 'Wait.' } });
    const { code, out } = await rolewave('decide', closing);
    expect(code).toBe(0);
    expect(out).toContain('What it would do cannot be shown: The store does not answer. Not now. Wait.');
    expect(out).toContain(' approve --reason');
  });

  test('without a blackout there is no answer about one, and a question is shown as a question', async () => {
    proposed({ kind: 'question', id: 'question-1' });
    const { out } = await rolewave('decide', closing);
    expect(out).toContain('run nothing: access stays as it is, and the watch continues:\n    rolewave decide small/first/closing keep --reason');
    expect(out).toContain('propose a rollback, which is decided on its own:\n    rolewave decide small/first/closing propose-rollback --reason');
    expect(out).not.toContain('after-blackout');
    expect(out).not.toContain('--only');
  });
});

describe('the answers', () => {
  test.each<[args: string[], body: object]>([
    [['approve', '--reason', 'Agreed'], { answer: 'approve', reason: 'Agreed' }],
    [['approve', '--only', 'ana, ben', '--reason', 'The others need it'], { answer: 'approve', reason: 'The others need it', people: ['ana', 'ben'] }],
    [['freeze', '--reason', 'Wait'], { answer: 'freeze', reason: 'Wait' }],
    [['freeze', '--until', '2026-05-04T18:00', '--reason', 'Wait'], { answer: 'freeze', reason: 'Wait', until: '2026-05-04T18:00' }],
    [['after-blackout', '--reason', 'Month-end'], { answer: 'afterBlackout', reason: 'Month-end' }],
    [['keep', '--reason', 'No'], { answer: 'decline', reason: 'No' }],
  ])('decide %j', async (args, body) => {
    proposed(args[0] === 'after-blackout' ? { blackout: { id: 'month-end', untilMs: until } } : {});
    expect(await rolewave('decide', closing, ...args)).toMatchObject({ code: 0 });
    expect(sent()).toEqual([{ path: '/v1/packages/small/first/closing/decisions', body: { proposal: 'rollback-1', kind: 'rollback', ...body } }]);
  });

  test('before it is answered the proposal is shown, with what it would do and what it waits for', async () => {
    proposed({
      approvals: 2,
      dependencies: [{ code: 'runningJobs', system: 'erp', jobs: 1, line: '1 running in erp', clear: false, clearedBy: { person: 'ana' } }],
    });
    const { out } = await rolewave('decide', closing, 'approve', '--reason', 'Agreed');
    expect(out.split('\n').slice(0, 5)).toEqual([
      'Proposed: rollback: exceptions are 0.31, more than 0.25',
      '  waits for: 1 running in erp; cleared by ana',
      '  A rollback would revoke 3 grants from 3 people (1 person used it), restore 1, and keep 1, according to the systems now.',
      `  In full, by person: rolewave rollback ${closing} --preview`,
      '  It needs two approvals, one of them by the owner or a delegate. After yours, another person must approve it.',
    ]);
  });

  test('afterwards it says that a second person is needed, or what it still waits for', async () => {
    proposed({ approvedBy: ['ana'], approvals: 2 });
    expect((await rolewave('decide', closing, 'approve', '--proposal', 'rollback-1', '--reason', 'x')).out).toContain(
      'a rollback proposal is approved by ana, a second approval is needed, and waits for an answer (rolewave decide small/first/closing)',
    );
    peer.waves[0]?.packages.splice(0);
    proposed({
      approvedBy: ['ana', 'eva'],
      approvals: 2,
      dependencies: [{ code: 'runningJobs', system: 'erp', jobs: 1, line: '1 running in erp', clear: false, clearedBy: { person: 'ana' } }],
    });
    expect((await rolewave('decide', closing, 'approve', '--proposal', 'rollback-1', '--reason', 'x')).out).toContain(
      'a rollback proposal is approved by ana and eva and waits for: 1 running in erp (cleared by ana)',
    );
  });

  test.each<[args: string[], says: string]>([
    [['approve'], 'A decision needs a reason'],
    [['approve', '--proposal', 'p-1', '--reason', '…'], 'Replace … in the command with your own words'],
    [['--reason', 'x'], 'Nothing was decided. Add an answer'],
    [['approve', '--until', '2026-05-04', '--reason', 'x'], '--until sets how long a freeze lasts'],
    [['freeze', '--until', 'soon', '--reason', 'x'], "--until 'soon' is not a date"],
    [['freeze', '--only', 'ana', '--reason', 'x'], '--only limits a rollback to some people'],
  ])('decide %j is bad input, and nothing is sent', async (args, says) => {
    expect(await rolewave('decide', closing, ...args)).toMatchObject({ code: 2, err: expect.stringContaining(says) });
    expect(peer.heard).toEqual([]);
  });

  test('a second proposal is refused with what to do, and not as something that was decided', async () => {
    const [title, detail] = ['A rollback is already proposed', 'rollback-1 waits for an answer'];
    peer.will('POST /v1/packages/small/first/closing/rollback', { status: 409, body: { code: 'already-proposed', title, detail, whatToDo: 'x' } });
    expect(await rolewave('rollback', closing, '--reason', 'x')).toMatchObject({
      code: 3,
      err: expect.stringMatching(new RegExp(`^${title}\\..*'rolewave decide ${closing}' shows it, and how to answer\\.$`, 'i')),
    });
  });

  test('an abort that takes what two decide is refused with how to propose it', async () => {
    const [title, detail] = ['A second person must approve', "Two people must approve a rollback of 'closing'"];
    peer.will('POST /v1/packages/small/first/closing/abort', { status: 409, body: { code: 'second-person-needed', title, detail, whatToDo: 'x' } });
    expect(await rolewave('abort', closing, '--reason', 'x', '--yes')).toMatchObject({
      code: 3,
      err: expect.stringContaining(`'rolewave rollback ${closing}' proposes it, and 'rolewave decide ${closing} freeze' stops granting until it is decided.`),
    });
  });

  test.each([
    ['second-person-needed', 'A second person must approve', 'ana approved it already: now another person is needed', 'Ask another person who may decide.'],
    ['wrong-stage', 'Not possible at this stage', 'there is no blackout now', `'rolewave show ${closing}' shows its stage or state, and what comes next.`],
    [
      'already-decided',
      'This has already been decided',
      'approved by ana, and running',
      `'rolewave show ${closing}' shows who decided what. You do not have to do anything else.`,
    ],
  ])('%s is reported with what to do', async (code, title, detail, whatToDo) => {
    proposed();
    peer.will('POST /v1/packages/small/first/closing/decisions', { status: 409, body: { code, title, detail, whatToDo } });
    const answered = await rolewave('decide', closing, 'approve', '--reason', 'x');
    expect(answered).toMatchObject({ code: 3, err: expect.stringMatching(new RegExp(`^${title}\\..*${detail}\\. ${whatToDo}$`, 'i')) });
  });
});

describe('an answer does the same at every proposal', () => {
  test.each<[kind: ProposalView['kind'], word: string, answer: string]>([
    ['rollback', 'approve', 'approve'],
    ['rollback', 'keep', 'decline'],
    ['tune', 'approve', 'approve'],
    ['tune', 'keep', 'decline'],
    ['question', 'keep', 'approve'],
    ['question', 'propose-rollback', 'decline'],
    ['question', 'freeze', 'freeze'],
  ])('of a %s, %s is sent as %s', async (kind, word, answer) => {
    proposed({ kind, ...(kind === 'tune' ? { tune: { step: 'reconcile' } } : {}) });
    expect(await rolewave('decide', closing, word, '--reason', 'Agreed')).toMatchObject({ code: 0 });
    expect(sent()[0]?.body).toMatchObject({ kind, answer });
  });

  test.each<[kind: ProposalView['kind'], word: string, says: string]>([
    [
      'question',
      'approve',
      'is a question and cannot be answered with approve: it asks, and proposes nothing that could run. Answer it with keep, freeze, propose-rollback.',
    ],
    ['rollback', 'propose-rollback', 'is a proposed rollback and cannot be answered with propose-rollback: that answers a question.'],
    ['rollback', 'after-blackout', 'cannot be answered with after-blackout. Answer it with approve, freeze, keep.'],
    ['tune', 'finish', 'cannot be answered with finish.'],
  ])('a %s is not answered with %s, which is known before anything is sent', async (kind, word, says) => {
    proposed({ kind, ...(kind === 'tune' ? { tune: { step: 'reconcile' } } : {}) });
    expect(await rolewave('decide', closing, word, '--reason', 'x')).toMatchObject({ code: 2, err: expect.stringContaining(says) });
    expect(sent()).toEqual([]);
  });

  test('each person is shown the answers that are open to them, and who may give the others', async () => {
    proposed();
    peer.person = 'eva';
    const { out } = await rolewave('decide', closing);
    expect(out).not.toContain('decide small/first/closing approve');
    expect(out).toContain('decide small/first/closing keep');
    expect(out).toContain('\nOnly ana may answer with approve.');
    peer.person = 'ana';
    const owners = await rolewave('decide', closing);
    expect(owners.out).toContain('decide small/first/closing approve');
    expect(owners.out).not.toContain('Only ');
    peer.person = 'oscar';
    const onCall = await rolewave('decide', closing);
    expect(onCall.out).toContain('You can read it but not answer it.\nOnly ana may answer with approve.\nOnly eva or ana may answer with freeze or keep.');
  });
});

describe('show and status', () => {
  const request = requestView({
    kind: 'rollback',
    package: undefined,
    to: ['ana', 'kim'],
    sinceMs: until,
    byMs: until + 3_600_000,
    text: 'a rollback of closing waits for your answer',
    action: {
      type: 'decide',
      target: { plan: 'small', wave: 'first', package: 'closing' },
      fields: {
        proposal: 'rollback-1',
        kind: 'rollback',
        answers: [
          { answer: 'approve', by: ['ana'] },
          { answer: 'freeze', by: ['ana', 'eva'] },
          { answer: 'decline', by: ['ana', 'eva'] },
        ],
        supply: ['answer', 'reason'],
      },
    },
  });

  test('who is asked for what, by when, with which command', async () => {
    peer.waves[0]?.packages.push(runningPackage({ requests: [request] }));
    const lines = `  ana, kim: a rollback of closing waits for your answer. Asked on 2026-05-04, needed by 2026-05-04 01:00 UTC.\n  → rolewave decide ${closing}\n`;
    expect((await rolewave('show', closing)).out).toContain(`Open requests\n${lines.trimEnd()}`);
    expect((await rolewave('status')).out).toContain(`Open requests:\n${lines}`);
  });

  test('of a wave, in the same form', async () => {
    peer.waves[0] = {
      wave: waveOf([plannedPackage()], { requests: [{ ...request, package: 'closing', kind: 'signOff', text: 'sign it off' }] }),
      packages: [],
    };
    expect((await rolewave('show', 'small/first')).out).toContain('Open requests\n  ana, kim: sign it off. Asked on');
    expect((await rolewave('status')).out).toContain('Open requests:\n  ana, kim: sign it off. Asked on');
  });

  test('a wave or a package with an open request waits for a person, whatever its state', async () => {
    peer.waves[0] = { wave: waveOf([plannedPackage({ releasedAtMs: 1 })], { requests: [{ ...request, kind: 'review' }] }), packages: [runningPackage()] };
    expect((await rolewave('status')).out).toContain('\n1 wave waits for a person: small/first.');
    peer.waves[0].packages = [runningPackage({ requests: [{ ...request, kind: 'certification' }] })];
    expect((await rolewave('status')).out).toContain(`\n1 package and 1 wave wait for a person: ${closing}, small/first.`);
  });

  test.each([
    [['ana'], 'on hold: High risk (1 of 2 approvals to lift it: ana)'],
    [[], 'on hold: High risk (0 of 2 approvals to lift it)'],
    [['ana', 'kim'], 'was on hold (High risk), lifted by ana, kim'],
  ])('a hold that %j approved to lift: %s', async (liftedBy, says) => {
    peer.waves[0] = { wave: waveOf([plannedPackage()], { hold: { reason: 'High risk', approvals: 2, liftedBy } }), packages: [] };
    expect((await rolewave('show', 'small/first')).out.split('\n')).toContain(`  ${says}`);
  });

  test.each<[string, Partial<ProposalView>, string]>([
    ['frozen until a date', { frozen: true, untilMs: until }, 'frozen until 2026-05-04'],
    ['frozen until someone decides', { frozen: true }, 'frozen until someone decides'],
    ['held by a blackout', { blackout: { id: 'month-end', untilMs: until } }, 'deferred by blackout month-end until 2026-05-04'],
    ['approved by one of two', { approvedBy: ['ana'], approvals: 2 }, 'approved by ana, a second approval is needed'],
    ['approved', { approvedBy: ['ana'] }, 'approved by ana'],
  ])('a proposal that is %s says so', async (_name, over, says) => {
    proposed(over);
    expect((await rolewave('show', closing)).out).toContain(says);
    expect((await rolewave('status')).out.replace(/\s+/g, ' ')).toContain(`rollback proposed, ${says}`);
  });

  test('a package that is superseded, certified or only observed says so', async () => {
    const planned = plannedPackage({ releasedAtMs: 1, change: 'observe' });
    peer.waves[0] = { wave: waveOf([planned]), packages: [runningPackage({ supersededBy: 'wave-9', certifiedMs: until, change: 'observe' })] };
    const { out } = await rolewave('show', closing);
    expect(out).toContain('superseded by wave-9, which watches it now');
    expect(out).toContain('certified by its owner on 2026-05-04');
    expect(out).toContain('only observes access that is already live');
    expect((await rolewave('status')).out).toMatch(/superseded by wave-9[^]*\(observe\)/);
  });
});
