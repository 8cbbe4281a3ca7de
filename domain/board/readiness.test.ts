import { describe, expect, test } from 'vitest';
import { boardReadiness, readinessParts } from '../views/board.ts';
import type { WavePackageView } from '../views/wave.ts';
import { readinessItems } from '../plan/schema.ts';
import { boardEntry, goLiveMs, openRequest, type BoardInput } from '../../test/support/board.ts';
import { readinessOf } from './readiness.ts';

const readiness = (input?: BoardInput) => boardReadiness.parse(readinessOf(boardEntry(input)));
const open = (planned: Partial<WavePackageView>) => readiness({ planned: { checklist: [], blockers: [], ...planned } });
const missing = (item: (typeof readinessItems)[number], person = 'ana'): Partial<WavePackageView> => ({
  checklist: [{ item, ok: false, code: 'missing', why: 'no evidence yet' }],
  blockers: item === 'metrics' ? [{ code: 'metrics', text: '' }] : [{ code: 'evidence', item, person, text: '' }],
});

describe('what is missing belongs to one of five parts', () => {
  test.each([
    ['notices', 'rollout steps', 'notice to its people'],
    ['training', 'rollout steps', 'training'],
    ['handoff', 'owner handoff', 'handoff'],
    ['drill', 'fallback coverage', 'rollback drill'],
    ['backup', 'fallback coverage', 'backup'],
    ['rollbackPath', 'fallback coverage', 'rollback path'],
    ['owner', 'owner preparedness', 'owner'],
    ['riskAcceptance', 'owner preparedness', 'risk acceptance'],
    ['postLaunchChecks', 'telemetry plan', 'post-launch checks'],
  ] as const)('%s to %s', (item, part, what) => {
    const { parts, missing: lines } = open(missing(item, 'viktor'));
    expect(parts).toEqual(readinessParts.map((each) => ({ part: each, ok: each !== part })));
    expect(lines).toEqual([{ part, what, by: [{ id: 'viktor', name: 'Viktor Hansen' }] }]);
  });

  test('is supplied also by a reader who is asked because somebody else has not answered', () => {
    const standsIn = [{ of: 'ana', to: 'ines', until: Number.MAX_SAFE_INTEGER }];
    const line = (to: string[]) =>
      readiness({
        as: 'ines',
        planned: { ...missing('handoff') },
        plan: { delegates: standsIn },
        wave: { requests: [openRequest('evidence', { to })] },
      }).missing[0];
    expect(line(['ana', 'ines'])).toMatchObject({ by: [{ id: 'ana' }, { id: 'ines' }], mine: true });
    expect(line(['ana'])?.by).toEqual([{ id: 'ana', name: 'Ana Silva' }]);
  });

  test('and names ten of those who can supply it, the reader first, and how many others can', () => {
    const people = Array.from({ length: 60 }, (_, index) => `p${index}`);
    const blockers = [{ code: 'anotherSigner', people: [...people, 'ines'], text: '' }] as unknown as WavePackageView['blockers'];
    const [line] = readiness({ as: 'ines', planned: { checklist: [], blockers } }).missing;
    expect(line?.by?.map(({ id }) => id)).toEqual(['ines', ...people.slice(0, 9)]);
    expect(line?.more).toBe(51);
  });

  test('and every item of the checklist does', () => {
    for (const item of readinessItems) expect(open(missing(item)).parts.filter(({ ok }) => !ok)).toHaveLength(1);
  });

  test.each([
    [{ code: 'date', text: '' }, 'rollout steps', 'go-live date', ['ines']],
    [{ code: 'hold', approvals: 2, people: ['eva', 'viktor'], text: '' }, 'rollout steps', 'lifting the hold', ['eva', 'viktor']],
    [{ code: 'earlierWave', wave: 'w', why: 'notReleased', packages: [], text: '' }, 'rollout steps', 'an earlier wave', []],
    [{ code: 'preview', text: '' }, 'rollout steps', 'preview', []],
    [{ code: 'previewFailed', problem: 'down', text: '' }, 'rollout steps', 'preview, which failed', ['ines']],
    [{ code: 'signOff', person: 'eva', text: '' }, 'owner preparedness', 'sign-off', ['eva']],
    [{ code: 'anotherSigner', people: ['viktor'], text: '' }, 'owner preparedness', 'an independent sign-off', ['viktor']],
    [{ code: 'rejected', person: 'eva', text: '' }, 'owner preparedness', 'a sign-off that was rejected', ['eva']],
  ] as const)('and a blocker: %j to %s', (blocker, part, what, by) => {
    const { missing: lines } = open({ blockers: [blocker] as unknown as WavePackageView['blockers'] });
    expect(lines.map((line) => ({ ...line, by: line.by?.map(({ id }) => id) }))).toEqual([{ part, what, by: [...by] }]);
  });
});

test('what several people supply is one line, and says which of them is the reader', () => {
  const signOff = (person: string) => ({ code: 'signOff' as const, person, text: '' });
  expect(open({ blockers: [signOff('ana'), signOff('eva')] }).missing).toEqual([
    {
      part: 'owner preparedness',
      what: 'sign-off',
      by: [
        { id: 'ana', name: 'Ana Silva' },
        { id: 'eva', name: 'Eva Novak' },
      ],
      mine: true,
    },
  ]);
});

test('evidence that has expired or took too long says so', () => {
  const line = (code: 'expired' | 'tooLong') => ({ item: 'drill' as const, ok: false, why: '', ...(code === 'expired' ? { code } : { code, timeboxMs: 1 }) });
  expect([line('expired'), line('tooLong')].map((each) => open({ checklist: [each] }).missing[0]?.what)).toEqual([
    'rollback drill, expired',
    'rollback drill, too slow',
  ]);
});

test('anyone who does not act for it learns what is missing and not who supplies it', () => {
  const seen = readiness({ as: 'vera', sees: 'counts' });
  expect(seen.missing.map(({ what, by }) => [what, by])).toEqual([
    ['handoff', undefined],
    ['sign-off', undefined],
  ]);
  expect(JSON.stringify(seen)).not.toMatch(/ana|Silva/);
});

test.each([
  [{ planned: { checklist: [], blockers: [] } }, 'releases in 2 d'],
  [{ planned: { checklist: [], blockers: [], signOffs: [{ by: 'ana', decision: 'approve', atMs: 1, counts: true }] } }, 'signed by 1 of 1 · releases in 2 d'],
  [{ planned: { checklist: [], blockers: [] }, nowMs: goLiveMs + 1 }, 'its go-live is due'],
  [{ planned: { releasedAtMs: 1 }, running: {} }, 'released: 11 granted, 1 had it already, 12 legacy grants retired'],
  [
    { planned: { releasedAtMs: 1 }, running: { grants: { created: 5, preexisting: 0, failed: 1, unknown: 2, legacyRetired: 5 } } },
    'released: 5 granted, 1 failed, 2 not confirmed, 5 of 12 legacy grants retired',
  ],
] as [BoardInput, string][])('where it stands, in words: %#', (input, line) => {
  expect(readiness(input).line).toBe(line);
});

test('a released package has all five parts: what it needed is history', () => {
  expect(readiness({ planned: { releasedAtMs: 1 }, running: {} })).toMatchObject({ missing: [], parts: readinessParts.map((part) => ({ part, ok: true })) });
});
