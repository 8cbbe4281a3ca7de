import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { metric, plan, watch } from '../../test/support/plan.ts';
import { sha256Hex } from '../canonical.ts';
import { loadPlan } from './load.ts';
import { outlineForm, outlineOf } from './outline.ts';
import type { Plan } from './schema.ts';

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_key, each: unknown) => (each instanceof Map || each instanceof Set || each instanceof Uint32Array ? [...each] : each)));

function example(): Plan {
  const loaded = loadPlan(readFileSync(new URL('../../examples/role-packages.yaml', import.meta.url), 'utf8'), 'role-packages.yaml', { nowMs: 0 });
  if (!loaded.ok) throw new Error(loaded.mistakes.map(({ message }) => message).join('\n'));
  return loaded.plan;
}

/** Of what is shown, every field is there, and every text is one that is not shown as it is. */
function odd(): Plan {
  const hidden = (text: string) => `${text}\u200d\ufe0f \u202e👩‍💻 ${text}`;
  const made = plan({
    description: 'plan',
    delegates: [
      { of: 'olga', to: 'dora', until: '2027-06-01', packages: ['clerks'] },
      { of: 'olga', to: 'otto', until: '2027-07-01' },
    ],
    notices: { onCall: ['hugo'] },
    blackouts: [
      { id: 'audit', reason: 'audit', from: '2027-04-01', until: '2027-04-02', packages: ['clerks'] },
      { id: 'close', reason: 'close', from: '2027-05-01', until: '2027-05-02' },
    ],
    metrics: [metric('m')],
    packages: [
      {
        requires: { drill: { validFor: '30d', timebox: '1h', signedBy: 'sam' } },
        watch: watch('14d', { metric: 'm', tune: { above: 1 }, rollback: { above: 2 }, minimum: 3, failuresAllowed: 4, from: '1d' }),
      },
      { id: 'posters', risk: 'high', owner: 'otto', cohort: ['olga'], entitlements: [{ system: 'erp', role: 'poster' }], legacy: [] },
    ],
    waves: [
      { description: 'first', alsoSigns: ['sam'], window: '3h', packages: [{ package: 'clerks', goLive: '2027-03-02', rollbackOnly: true }] },
      { description: 'second', status: 'on-hold', hold: { reason: 'hold', liftedBy: ['dea'], approvals: 1 } },
    ],
  });
  return {
    ...made,
    description: hidden('plan'),
    people: made.people.map((each) => ({ ...each, name: hidden(each.name).padEnd(300, 'n'), team: hidden(each.team) })),
    packages: made.packages.map((each) => ({
      ...each,
      name: hidden('name'),
      description: hidden('description'),
      maintenanceNote: hidden('note'),
      postLaunchChecks: [hidden('check')],
      rollbackPath: [hidden('path')],
    })),
    waves: made.waves.map((each) => ({ ...each, description: hidden('wave') })),
    blackouts: made.blackouts.map((each) => ({ ...each, reason: hidden('reason') })),
  };
}

/** Where only these plans have changed, the digests alone are new. Otherwise endpoints would take what they kept before for what they would make now. */
test('an outline that says something else has another form', () => {
  expect({ form: outlineForm, digests: [example(), odd()].map((each) => sha256Hex(plain(outlineOf(each)))) }).toEqual({
    form: 1,
    digests: ['32afbff9c70381c413d910695648ca4580f398c46a122612e9e70cb540b14085', '91d1d60446f3f0dd75bae398ea9f7c7b35054e579d0fd49528659d0d84770b55'],
  });
});
