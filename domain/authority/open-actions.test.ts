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
