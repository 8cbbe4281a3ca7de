import type { DependencyLine } from '../../../domain/views/dependency.ts';
import { describe, expect, test } from 'vitest';
import type { RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';
import { dependenciesAnswer, previewAnswer } from './preview.ts';

const part = (system: string, over: Partial<RollbackPreviewPart> = {}): RollbackPreviewPart => ({
  system,
  loses: [],
  losesCount: 0,
  comesBack: [],
  comesBackCount: 0,
  stays: [],
  staysCount: 0,
  asks: [],
  asksCount: 0,
  ...over,
});
const loses = (person: string, lastUsedMs?: number) => ({ person, account: person, role: 'clerk', ...(lastUsedMs === undefined ? {} : { lastUsedMs }) });
const lines: DependencyLine[] = [{ code: 'unconfirmed', grants: 0, line: 'every grant is confirmed', clear: true }];
const live = (parts: RollbackPreviewPart[], problems: { system: string; why: string }[] = []) => ({ parts, problems, dependencies: lines });

describe('which is which', () => {
  test('the answer of every system is as of now, whatever the ledger says', () => {
    const answer = previewAnswer(live([part('erp', { losesCount: 1, loses: [loses('ann')] })]), [part('erp', { losesCount: 9 })], 7);
    expect(answer).toMatchObject({ asOf: 'now', sinceMs: 7, counts: { revoked: 1 }, systems: [{ system: 'erp', asOf: 'now', revoked: 1 }] });
  });

  test('a system that did not answer is shown as the ledger has it, with the reason', () => {
    const answer = previewAnswer(
      live([part('wms', { losesCount: 1, usedBy: 0 })], [{ system: 'erp', why: 'the line is dead' }]),
      [part('erp', { losesCount: 2 }), part('wms')],
      0,
    );
    expect(answer).toMatchObject({
      asOf: 'mixed',
      counts: { revoked: 3, usedBy: 0 },
      systems: [
        { system: 'erp', asOf: 'ledger', why: 'the line is dead', revoked: 2, notTried: 'the system was not read' },
        { system: 'wms', asOf: 'now', revoked: 1 },
      ],
    });
  });

  test.each([
    ['when no system answered', live([], [{ system: 'erp', why: 'the line is dead' }])],
    ['when nobody could ask', { why: 'no worker answers' }],
  ])('everything is shown as the ledger has it %s', (_name, answered) => {
    expect(previewAnswer(answered, [part('erp')], 0)).toMatchObject({ asOf: 'ledger', systems: [{ asOf: 'ledger', why: expect.any(String) }] });
  });
});

test('what is shown from the ledger was not tried, and it says so where something would be changed', () => {
  const [changes, nothing] = [part('erp', { comesBackCount: 1 }), part('wms')];
  for (const answered of [
    { why: 'no worker answers' },
    live(
      [],
      [
        { system: 'erp', why: 'the line is dead' },
        { system: 'wms', why: 'it too' },
      ],
    ),
  ]) {
    const { systems } = previewAnswer(answered, [changes, nothing], 0);
    expect(systems.map(({ notTried }) => notTried)).toEqual(['the system was not read', undefined]);
  }
});

describe('who used it', () => {
  test('a person counts once, in however many systems', () => {
    const parts = [
      part('erp', { losesCount: 2, loses: [loses('ann', 5), loses('ben')], usedBy: 1 }),
      part('wms', { losesCount: 1, loses: [loses('ann', 6)], usedBy: 1 }),
    ];
    expect(previewAnswer(live(parts), [], 0).counts.usedBy).toBe(1);
  });

  test('people whose lines were left out count too', () => {
    const answer = previewAnswer(live([part('erp', { losesCount: 500, loses: [loses('ann', 5)], usedBy: 300 })]), [], 0);
    expect([answer.counts.usedBy, answer.cut]).toEqual([300, true]);
  });

  test('there is no number where no system can tell', () => {
    expect(previewAnswer(live([part('erp', { losesCount: 1 })]), [], 0).counts).not.toHaveProperty('usedBy');
  });
});

describe('the dependency check', () => {
  const proposed: DependencyLine[] = [{ code: 'runningJobs', system: 'erp', jobs: 1, line: 'a job runs', clear: false, clearedBy: { person: 'olga' } }];
  test.each([
    ['current where it could run', live([]), proposed, { dependencies: lines, dependencyCheck: 'as of now' }],
    [
      'from the open proposal otherwise, with the reason',
      { why: 'no worker answers' },
      proposed,
      { dependencies: proposed, dependencyCheck: 'as of the open proposal, not as of now: no worker answers' },
    ],
    [
      'unknown without either',
      { ...live([]), dependencies: { problem: 'the line is dead' } },
      undefined,
      { dependencies: [], dependencyCheck: 'unknown: the line is dead' },
    ],
  ])('is that %s', (_name, answered, open, expected) => {
    expect(dependenciesAnswer(answered, open)).toEqual(expected);
  });
});
