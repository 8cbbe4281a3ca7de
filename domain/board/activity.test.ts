import { describe, expect, test } from 'vitest';
import { activity } from '../views/board.ts';
import type { AuditEvent } from '../records.ts';
import { boardEntry } from '../../test/support/board.ts';
import { activityAction, activityOf, isOfAction } from './activity.ts';
import type { PlanFacts } from './facts.ts';

const { plan: small } = boardEntry();
const plan: PlanFacts = { ...small, names: new Map([...small.names, ['viktor.h', 'Viktor']]), operators: [...small.operators, 'viktor.h'] };
const event = (kind: string, over: Partial<AuditEvent> = {}): AuditEvent => ({
  id: 'e',
  plan: 'small',
  wave: 'first',
  package: 'closing',
  atMs: 1,
  actor: 'rolewave',
  kind,
  text: 'a text',
  ...over,
});

describe('what happened belongs to an action of operations', () => {
  test.each([
    ['applied', 'Release'],
    ['released', 'Release'],
    ['granted', 'Release'],
    ['evidence-drill', 'Release'],
    ['held-back', 'Release'],
    ['hold-lifted', 'Release'],
    ['verdict-healthy', 'Monitor'],
    ['verdict-learning', 'Monitor'],
    ['extended', 'Monitor'],
    ['stable', 'Monitor'],
    ['note', 'Monitor'],
    ['something-new', 'Monitor'],
    ['verdict-tune', 'Tune'],
    ['tune-proposed', 'Tune'],
    ['tune-approve', 'Tune'],
    ['tuned', 'Tune'],
    ['question-proposed', 'Tune'],
    ['verdict-rollback', 'Rollback'],
    ['rollback-proposed', 'Rollback'],
    ['rollback-asked', 'Rollback'],
    ['aborted', 'Rollback'],
  ] as const)('%s: %s', (kind, action) => {
    expect(activityAction(event(kind))).toBe(action);
    expect([isOfAction(event(kind), undefined), isOfAction(event(kind), [action]), isOfAction(event(kind), [])]).toEqual([true, true, false]);
  });

  test('the end of a package by what it ended as', () => {
    expect([activityAction({ kind: 'ended', text: 'Rolled back: asked for' }), activityAction({ kind: 'ended', text: 'Retired: done' })]).toEqual([
      'Rollback',
      'Monitor',
    ]);
  });
});

describe('a line of activity', () => {
  test('stands alone, says who did it where it was a person, and has the ops note of its action', () => {
    const shown = (kind: string, over?: Partial<AuditEvent>) => activity.parse(activityOf(event(kind, over), plan));
    expect(shown('released', { text: 'to 5 people' })).toMatchObject({
      name: 'Finance Month-End Operator',
      text: 'release started for 5 people',
      note: 'verify: All have posted',
    });
    expect(shown('evidence-drill', { text: 'Report 7', actor: 'viktor' })).toMatchObject({
      text: 'evidence for the rollback drill: Report 7',
      by: { id: 'viktor', name: 'Viktor Hansen' },
    });
    expect(shown('evidence-backup', { text: 'HR-7 backup', data: { waived: true } }).text).toBe('waived the backup: HR-7 backup');
    expect(shown('reviewed', { text: 'asked by viktor.h' }).text).toBe('wrote the review: asked by viktor.h (Viktor)');
    for (const kind of ['note', 'evidence-drill', 'evidence-handoff']) expect(shown(kind, { text: 'ask viktor.h' }).text).toMatch(/ask viktor\.h$/);
    expect(shown('rollback-proposed')).toMatchObject({ text: 'rollback proposed: a text', note: 'first step: Revoke what this release granted' });
    expect(shown('verdict-tune')).toMatchObject({ action: 'Tune', note: 'Nothing changes at the end of a month' });
    expect(shown('released')).not.toHaveProperty('by');
    expect(shown('note', { actor: 'eva' })).not.toHaveProperty('note');
  });

  test('about a wave or a plan has neither name nor note, and one of an unknown plan is shown by ids', () => {
    const { package: _package, ...ofWave } = event('reviewed', { actor: 'zoe' });
    expect(activityOf(ofWave, plan)).toEqual({
      id: 'e',
      plan: 'small',
      wave: 'first',
      atMs: 1,
      action: 'Monitor',
      by: { id: 'zoe', name: 'zoe' },
      text: 'wrote the review: a text',
    });
    expect(activityOf(event('released'), undefined)).toEqual({
      id: 'e',
      plan: 'small',
      wave: 'first',
      package: 'closing',
      atMs: 1,
      action: 'Release',
      text: 'release started a text',
    });
  });
});
