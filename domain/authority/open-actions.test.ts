/** Pages offer what the rules allow: the same functions decide who may, and these tests hold the two together. */
import { describe, expect, test } from 'vitest';
import { people, plan } from '../../test/support/plan.ts';
import { plannedPackage, runningPackage } from '../../test/support/views.ts';
import { waveSection } from '../plan/section.ts';
import type { OpenAction } from '../views/open-action.ts';
import type { ProposalView } from '../views/proposal.ts';
import { openActions, type Situation } from './open-actions.ts';
import { mayAct } from './who-may.ts';

const nowMs = Date.parse('2026-04-20T12:00:00Z');
const section = waveSection(
  plan({
    people: people('ana', 'ops', 'dele', 'p1'),
    operators: ['ops'],
    delegates: [{ of: 'ana', to: 'dele', until: '2026-05-01T00:00:00Z' }],
    packages: [{ id: 'closing', owner: 'ana', cohort: ['p1'] }],
  }),
  1,
  'wave-1',
).packages[0]!;

const before = (change: Partial<Situation> = {}): Situation => ({
  section,
  alsoSigns: ['sig'],
  operators: ['ops'],
  wave: { stage: 'signOffs' },
  planned: plannedPackage(),
  running: undefined,
  nowMs,
  ...change,
});
const proposal = (change: Partial<ProposalView> = {}): ProposalView => ({ id: 'p-1', kind: 'rollback', why: 'exceptions', proposedAtMs: nowMs, ...change });
const after = (open?: ProposalView, change: Partial<Situation> = {}): Situation =>
  before({
    planned: plannedPackage({ releasedAtMs: 1 }),
    running: runningPackage(open ? { state: 'Rollback ready', proposal: open } : { state: 'Monitoring' }),
    ...change,
  });

const nameOf = ({ type, item, decision, answer }: OpenAction) => [type, item ?? decision ?? answer].filter(Boolean).join(' ');
const offered = (situation: Situation, by: string) => openActions(situation, by).flatMap((each) => (each.may ? [nameOf(each)] : []));
const whoMay = (situation: Situation, name: string) => openActions(situation, 'nobody').find((each) => nameOf(each) === name)?.who;

describe('before its release', () => {
  test('the owner may sign, reject, supply evidence, set the date, hold it back and note', () => {
    expect(offered(before(), 'ana')).toEqual(['signOff approve', 'signOff reject', 'evidence handoff', 'setDate', 'holdBack', 'note']);
  });

  test('who signs for the wave may sign, and may not set a date', () => {
    expect(offered(before(), 'sig')).toEqual(['signOff approve', 'signOff reject', 'note']);
  });

  test('who has signed may withdraw or reject, and is not asked to sign the same again', () => {
    const signOffs = [{ by: 'ana', decision: 'approve' as const, atMs: 1, counts: true }];
    expect(offered(before({ planned: plannedPackage({ signOffs }) }), 'ana').slice(0, 2)).toEqual(['signOff reject', 'signOff withdraw']);
    const old = [{ ...signOffs[0]!, counts: false }];
    expect(offered(before({ planned: plannedPackage({ signOffs: old }) }), 'ana')).toContain('signOff approve');
  });

  test('nobody signs what has no preview, and nobody decides in a wave that has ended', () => {
    const { previewDigest: _, ...without } = plannedPackage();
    expect(offered(before({ planned: without }), 'ana')).not.toContain('signOff approve');
    expect(openActions(before({ wave: { stage: 'aborted' } }), 'ana')).toEqual([]);
  });

  test('a hold is lifted by those whom the plan names, each once', () => {
    const held = before({ hold: { liftedBy: ['lif', 'ops'] }, wave: { stage: 'goLive', hold: { reason: 'r', approvals: 2, liftedBy: ['lif'] } } });
    expect(whoMay(held, 'liftHold')).toEqual(['ops']);
  });
});

describe('after its release', () => {
  test('the owner and operators watch over it; only the owner or a delegate certifies', () => {
    expect(offered(after(), 'ops')).toEqual(['evaluate', 'tune', 'extend', 'pause', 'rollback', 'abort', 'note']);
    expect(whoMay(after(), 'certify')).toEqual(['ana', 'dele']);
  });

  test('what two must undo is ended by nobody alone: the owner and operators may propose its rollback', () => {
    for (const by of ['ana', 'ops']) {
      const actions = offered(after(undefined, { endedByTwo: true }), by);
      expect(actions).toContain('rollback');
      expect(actions).not.toContain('abort');
      expect(offered(after(undefined, { endedByTwo: false }), by)).toContain('abort');
    }
  });

  test('an operator may freeze or decline a proposed rollback, and the owner may approve it too', () => {
    const answers = (by: string) => offered(after(proposal()), by).filter((name) => name.startsWith('decide'));
    expect(answers('ops')).toEqual(['decide freeze', 'decide decline']);
    expect(answers('ana')).toEqual(['decide approve', 'decide freeze', 'decide decline']);
    expect(answers('sig')).toEqual([]);
  });

  test.each([
    ['nobody yet', [], ['ana', 'dele', 'ops']],
    ['the owner', ['ana'], ['dele', 'ops']],
    ['an operator: then the owner or a delegate must', ['ops'], ['ana', 'dele']],
  ])('of two who must approve, %s has', (_name, approvedBy, expected) => {
    const two = after(proposal({ approvals: 2, approvedBy }), { section: { ...section, rollbackApprovals: 2 } });
    expect(whoMay(two, 'decide approve')).toEqual(expected);
  });

  test('what is approved is not approved again, and what has rolled back is left alone', () => {
    expect(whoMay(after(proposal({ approvedBy: ['ana'] })), 'decide approve')).toBeUndefined();
    expect(
      offered(before({ planned: plannedPackage({ releasedAtMs: 1 }), running: runningPackage({ state: 'Rolled back', endedWhy: 'rolled back' }) }), 'ana'),
    ).toEqual(['note']);
  });

  test('a paused watch can be resumed, and not paused again', () => {
    const { watch } = runningPackage();
    const paused = after(undefined, { running: runningPackage({ watch: { ...watch, paused: 'vendor works' } }) });
    expect(offered(paused, 'ana')).toContain('resume');
    expect(offered(paused, 'ana')).not.toContain('pause');
  });
});

const all = (situation: Situation, by = 'nobody') => openActions(situation, by).map(nameOf);
const observed = { ...section, change: 'observe' as const };

describe('what can be done, by any person,', () => {
  const ofWatch = ['evaluate', 'tune', 'extend', 'pause', 'certify', 'rollback', 'abort', 'note'];
  const running = (change: Parameters<typeof runningPackage>[0], more: Partial<Situation> = {}) =>
    after(undefined, { running: runningPackage(change), ...more });
  const line = (item: 'handoff' | 'metrics' | 'owner', code: 'notMeasured' | 'measured' | 'unreadable' | 'inPlan' | 'missing') => ({
    item,
    code,
    ok: false,
    why: code,
  });
  const lines = (...given: ReturnType<typeof line>[]) => before({ planned: plannedPackage({ checklist: given as never }) });

  test.each<[string, Situation, string[]]>([
    ['while it is watched', after(), ofWatch],
    ['while it needs tuning', running({ state: 'Needs tuning' }), ofWatch],
    ['once it is stable', running({ state: 'Stable' }), ['evaluate', 'tune', 'certify', 'rollback', 'abort', 'note']],
    ['of what is only observed', after(undefined, { section: observed }), ['evaluate', 'extend', 'pause', 'certify', 'abort', 'note']],
    [
      'with a role that may do something else',
      running({ contents: [{ system: 'erp', role: 'clerk' }] as never }),
      [...ofWatch.slice(0, 4), 'acceptContent', ...ofWatch.slice(4)],
    ],
    ['with no such role', running({ contents: [] }), ofWatch],
    ['when it was rolled back', running({ state: 'Rolled back' }), ['note']],
    ['when it is retired', running({ state: 'Retired' }), ['note']],
    ['when its workflow has ended', running({ endedWhy: 'refused' }), ['note']],
    [
      'with a rollback proposed',
      after(proposal()),
      ['decide approve', 'decide freeze', 'decide decline', 'evaluate', 'tune', 'extend', 'pause', 'certify', 'abort', 'note'],
    ],
    [
      'with a rollback proposed of what is only observed',
      after(proposal(), { section: observed }),
      ['decide freeze', 'decide decline', 'evaluate', 'extend', 'pause', 'certify', 'abort', 'note'],
    ],
    [
      'with a tune that somebody approved',
      after(proposal({ kind: 'tune', approvedBy: ['ana'] })),
      ['decide approve', 'decide freeze', 'decide decline', ...ofWatch],
    ],
    [
      'with a rollback that one of two approved',
      after(proposal({ approvals: 2, approvedBy: ['ana'] })),
      ['decide approve', 'decide freeze', 'decide decline', 'evaluate', 'tune', 'extend', 'pause', 'certify', 'abort', 'note'],
    ],
    ['when its wave is closed', after(undefined, { wave: { stage: 'closed' } }), ofWatch.slice(0, -1)],
    ['when its wave is unknown', after(undefined, { wave: undefined }), ofWatch.slice(0, -1)],
    ['of a package whose wave has not started', before({ wave: undefined }), []],
    ['of a package in a closed wave', before({ wave: { stage: 'closed' } }), []],
    ['of a package that its wave does not know', before({ planned: undefined }), []],
    ['of a package that was released, and does not answer', before({ planned: plannedPackage({ releasedAtMs: 1 }) }), []],
    ['of what will only be observed', before({ section: observed }), ['evidence handoff', 'setDate', 'holdBack', 'note']],
    [
      'of a package that lacks what a person supplies, and what nobody does',
      lines(line('handoff', 'missing'), line('owner', 'inPlan'), line('metrics', 'measured'), line('metrics', 'notMeasured'), line('metrics', 'unreadable')),
      ['signOff approve', 'signOff reject', 'evidence handoff', 'setDate', 'holdBack', 'note'],
    ],
  ])('%s', (_what, situation, expected) => {
    expect(all(situation)).toEqual(expected);
  });

  test('who withdrew, and who did not sign, has nothing to withdraw; another’s sign-off is not theirs', () => {
    const signed = (by: string, decision: 'approve' | 'reject' | 'withdraw', counts = true) =>
      all(before({ planned: plannedPackage({ signOffs: [{ by, decision, atMs: 1, counts }] }) }), 'ana').slice(0, 3);
    expect(signed('ana', 'approve')).toEqual(['signOff reject', 'signOff withdraw', 'evidence handoff']);
    expect(signed('ana', 'reject')).toEqual(['signOff approve', 'signOff reject', 'signOff withdraw']);
    expect(signed('ana', 'withdraw')).toEqual(['signOff approve', 'signOff reject', 'evidence handoff']);
    expect(signed('dele', 'approve')).toEqual(['signOff approve', 'signOff reject', 'evidence handoff']);
    expect(signed('ana', 'approve', false)).toEqual(['signOff approve', 'signOff reject', 'signOff withdraw']);
  });

  test('who may note after the release are also those who sign for the wave; they have no other say then', () => {
    expect(whoMay(after(), 'note')).toEqual(['ana', 'dele', 'ops', 'sig']);
    expect(offered(after(proposal()), 'sig')).toEqual(['note']);
  });

  test('an approval of a rollback counts each person once, and a delegate for the owner', () => {
    const two = (approvedBy: string[]) =>
      whoMay(after(proposal({ approvals: 2, approvedBy }), { section: { ...section, rollbackApprovals: 2 } }), 'decide approve');
    expect(two(['dele'])).toEqual(['ana', 'ops']);
    expect(whoMay(after(proposal({ approvals: 2 }), { section: { ...section, rollbackApprovals: 2 } }), 'decide approve')).toEqual(['ana', 'dele', 'ops']);
  });

  test('of many who may, twenty are named', () => {
    const many = Array.from({ length: 30 }, (_, index) => `ops-${index}`);
    expect(openActions(after(undefined, { operators: many }), 'ops-29').find(({ type }) => type === 'evaluate')).toMatchObject({
      may: true,
      who: ['ana', 'dele', ...many.slice(0, 18)],
    });
  });

  test('a hold whose wave is not known here names all who may lift it', () => {
    const held = before({ hold: { liftedBy: ['lif', 'ops'] }, wave: { stage: 'goLive', hold: { reason: 'r', approvals: 2, liftedBy: [] } } });
    expect(whoMay(held, 'liftHold')).toEqual(['lif', 'ops']);
    expect(all(before())).not.toContain('liftHold');
  });
});

test.each([
  ['before its release', before()],
  ['with a rollback proposed', after(proposal())],
  ['with a question', after(proposal({ kind: 'question', about: 'grants' }))],
])('whatever is offered %s is what the rules allow, for everyone', (_name, situation) => {
  for (const by of ['ana', 'dele', 'ops', 'sig', 'p1', 'nobody']) {
    for (const { type, item, answer, may } of openActions(situation, by)) {
      const wave = situation.running && type !== 'note' ? undefined : { alsoSigns: situation.alsoSigns };
      const body = { ...(item ? { item } : {}), ...(answer ? { answer, kind: situation.running?.proposal?.kind } : {}) };
      expect([by, type, item ?? answer, may]).toEqual([
        by,
        type,
        item ?? answer,
        mayAct({ section, wave, operators: ['ops'] }, type, by, nowMs, body) === undefined,
      ]);
    }
  }
});

test('a claim is ended by its claimant and the owner, and the page offers it to no other claimant', () => {
  const claims = { by: ['kai', 'lee'], atMost: 30 * 86_400_000 };
  const claimed = { ...section, package: { ...section.package, rollback: { ...section.package.rollback, claims } } };
  const claim = { id: 'claim-1', by: 'kai', grants: [{ system: 'erp', role: 'clerk', person: 'p1' }], atMs: nowMs, untilMs: nowMs + 86_400_000, reason: 'x' };
  const running = (operators: string[]) => after(undefined, { section: claimed, operators, running: runningPackage({ state: 'Monitoring', claims: [claim] }) });
  expect(whoMay(running(['ops']), 'endClaim')).toEqual(['kai', 'ana', 'dele']);
  expect(whoMay(running(['ops', 'kai']), 'claim')).toEqual(['lee']);
  expect(whoMay(running(['ops', 'kai']), 'endClaim')).toEqual(['kai', 'ana', 'dele']);
});
