import { expect, test } from 'vitest';
import { boardEntry, goLiveMs, waveFacts } from '../../test/support/board.ts';
import { waveView } from '../views/wave.ts';
import type { PlanFacts } from './facts.ts';
import { focusOf } from './focus.ts';
import { readinessOf } from './readiness.ts';
import { silentWave } from './silent-wave.ts';

const facts: PlanFacts = { ...boardEntry().plan, waves: new Map([['first', waveFacts()]]) };
const release = { wave: 'first', package: 'closing', begunAtMs: goLiveMs, undone: false };
const shown = (releases: (typeof release)[], stage = 'watching') => waveView.parse(silentWave(facts, 'first', 3, undefined, { stage, releases }));

test.each([
  ['that was not released as waiting', [], 'Scheduled', undefined],
  ['that was released as released', [release], 'Monitoring', goLiveMs],
  ['that was rolled back as that', [{ ...release, undone: true }], 'Rolled back', goLiveMs],
  ['that another wave released as waiting', [{ ...release, wave: 'second' }], 'Scheduled', undefined],
])('a wave that does not answer still shows a package %s', (_what, releases, state, releasedAtMs) => {
  expect(shown(releases)).toMatchObject({ stage: 'watching', packages: [{ package: 'closing', state, blockers: [] }] });
  expect(shown(releases).packages[0]?.releasedAtMs).toBe(releasedAtMs);
});

test('and one that the plan does not have is not shown', () => {
  expect(silentWave(facts, 'second', 3, undefined, { stage: 'watching', releases: [] })).toBeUndefined();
});

test('of a package that waits for release, readiness says that its needs are not known, and the focus that it does not answer', () => {
  const entry = boardEntry({ planned: { checklist: [], blockers: [] }, silent: true });
  expect(readinessOf(entry)).toMatchObject({ missing: [], line: expect.stringContaining('not known') });
  expect(readinessOf(entry).parts.some(({ ok }) => ok)).toBe(false);
  expect(focusOf([entry])).toMatchObject([{ title: expect.stringMatching(/does not answer$/) }]);
});
