/** What the bench prepares is of the real forms: the plan, and what its workflows answer. */
import { expect, test } from 'vitest';
import { boardPlan } from './plans.ts';
import { packageState, stateAt, waveState } from './states.ts';

test('each package is in one wave, and each wave has at most 25', () => {
  const { plan, waves } = boardPlan('many', 60, ['operator']);
  expect([...waves.values()].map((ids) => ids.length)).toEqual([25, 25, 10]);
  expect([...waves.values()].flat()).toEqual(plan.packages.map(({ id }) => id));
  expect(plan.operators).toEqual(['operator']);
});

test('a wave says of its packages what each says of itself', () => {
  const { plan, waves } = boardPlan('many', 30, ['operator']);
  for (const [wave, ids] of waves) {
    const said = waveState(plan, wave).packages;
    expect(said.map((each) => [each.package, each.state, each.owner])).toEqual(
      ids.map((id) => {
        const { state, owner } = packageState(plan, wave, id);
        return [id, state, owner];
      }),
    );
  }
  expect([stateAt(0), stateAt(9)]).toEqual(['Monitoring', 'Needs tuning']);
});
