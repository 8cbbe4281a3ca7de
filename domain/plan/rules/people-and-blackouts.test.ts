import { expect, test } from 'vitest';
import { mistakesIn, smallPlanWith } from '../../../test/support/small-plan.ts';

const mistakesOf = (addition: string, from = 'metrics:\n', to = `${addition}metrics:\n`) =>
  mistakesIn(smallPlanWith([from, to]), { nowMs: Date.parse('2026-04-01T00:00:00Z') });

test.each([
  ['blackouts:\n  - { id: close, reason: Month-end close, from: 2026-04-28, until: 2026-05-05 }\n'],
  ['blackouts:\n  - { id: close, reason: Month-end close, from: 2026-04-01, until: 2026-04-10, packages: [intake] }\n'],
  ['notices:\n  onCall: [eva]\n  usual: { delegateAfter: 12h }\n  urgent: { delegateAfter: 15m, onCallAfter: 30m }\n'],
])('valid: %s', (addition) => {
  expect(mistakesOf(addition)).toEqual([]);
});

test.each([
  [
    'a blackout that ends before it begins',
    'blackouts:\n  - { id: close, reason: Close, from: 2026-05-05, until: 2026-04-28 }\n',
    "blackouts[0].until  blackout 'close' ends on 2026-04-28, before it begins (2026-05-05)",
  ],
  ['a blackout without an end', 'blackouts:\n  - { id: close, reason: Close, from: 2026-05-05 }\n', 'blackouts[0].until  '],
  [
    'a blackout that never ends',
    'blackouts:\n  - { id: forever, reason: Frozen, from: 2026-05-05, until: 2099-01-01 }\n',
    "blackouts[0].until  blackout 'forever' lasts 26539 days, and every change would wait for its end; end it within 92 days, and add another when it is needed",
  ],
  [
    'blackouts that leave no gap',
    'blackouts:\n  - { id: may, reason: Frozen, from: 2026-05-01, until: 2026-07-01 }\n  - { id: july, reason: Frozen, from: 2026-07-01, until: 2026-09-01 }\n',
    "blackouts[0].until  blackout 'may' and those that touch it last 123 days without a gap; leave one within 92 days",
  ],
  [
    'blackouts of one package that leave it no gap',
    'blackouts:\n  - { id: may, reason: Frozen, from: 2026-05-01, until: 2026-07-01 }\n  - { id: july, reason: Frozen, from: 2026-07-01, until: 2026-09-01, packages: [intake] }\n',
    "blackouts[1].until  blackout 'july' and those that touch it last 123 days without a gap; leave one within 92 days",
  ],
  [
    'the same blackout twice',
    'blackouts:\n  - { id: close, reason: Close, from: 2026-05-01, until: 2026-05-02 }\n  - { id: close, reason: Close, from: 2026-06-01, until: 2026-06-02 }\n',
    "blackouts[1].id  there is already a blackout 'close'; give this one its own id",
  ],
  [
    'a go-live in a blackout',
    'blackouts:\n  - { id: easter, reason: Holidays, from: 2026-04-14, until: 2026-04-17 }\n',
    "waves[1].goLive  wave 'second' would go live on 2026-04-15, in the blackout 'easter' that ends on 2026-04-17; give it a date outside",
  ],
  [
    'a blackout of an unknown package',
    'blackouts:\n  - { id: close, reason: Close, from: 2026-05-01, until: 2026-05-02, packages: [closin] }\n',
    "blackouts[0].packages[0]  unknown package 'closin'",
  ],
  [
    'an on-call person who may not act',
    'notices: { onCall: [ben] }\n',
    "notices.onCall[0]  'ben' is on call but may not act on any wave; name an operator, or add 'ben' to operators",
  ],
  ['an unknown on-call person', 'notices: { onCall: [zoe] }\n', "notices.onCall[0]  unknown person on call 'zoe'"],
  [
    'on-call notified before the delegate',
    'notices: { urgent: { delegateAfter: 3h } }\n',
    'notices.urgent  the delegate is notified after 3h and the on-call after 2h; the delegate comes first: make delegateAfter shorter than onCallAfter',
  ],
])('%s is one clear mistake', (_name, addition, answer) => {
  expect(mistakesOf(addition)).toEqual(expect.arrayContaining([expect.stringContaining(answer)]));
});

test('a delegate of someone without rights has none either, and that is a mistake in the plan', () => {
  const of = (delegate: string) => mistakesOf('', '  - { of: ana, to: kim, until: 2026-06-01 }\n', `  - ${delegate}\n`);
  expect(of('{ of: ben, to: kim, until: 2026-06-01 }')).toEqual([
    "plan.yaml:13:11  delegates[0].of  'ben' owns no package, so a delegate of theirs has no rights; name an owner, or leave this out",
  ]);
  expect(of('{ of: ana, to: ben, until: 2026-06-01, packages: [intake] }')).toEqual([
    "plan.yaml:13:55  delegates[0].packages[0]  'intake' is owned by 'kim', so a delegate of 'ana' has no rights on it; name a package of 'ana'",
  ]);
});
