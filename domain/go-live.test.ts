import { describe, expect, test } from 'vitest';
import type { Message } from './messages.ts';
import {
  blackoutOf,
  disagreement,
  goLiveOf,
  goLivesFrom,
  isOnHold,
  liftsOf,
  noGoLives,
  withDate,
  withHold,
  withLift,
  withoutDate,
  type GoLives,
  type Lift,
  type WaveTerms,
} from './go-live.ts';

const scheduled: WaveTerms = { status: 'scheduled', goLive: 100, window: 50 };
const onHold: WaveTerms = { status: 'on-hold', hold: { approvals: 2 }, window: 50 };
const clerks = { package: { id: 'clerks' } };
const dateOf = (goLives: GoLives, wave = scheduled, section: Parameters<typeof goLiveOf>[0] = clerks) => goLiveOf(section, wave, goLives)?.atMs;
let number = 0;
const said = (type: 'setDate' | 'holdBack' | 'liftHold', body: object, change: Partial<Message> = {}): Message =>
  ({ id: `message-${(number += 1)}`, plan: 'test', wave: 'wave-1', by: 'ines', atMs: 0, type, body, ...change }) as Message;
const from = (messages: Message[], wave = scheduled, blackouts: Parameters<typeof goLivesFrom>[3] = []) =>
  goLivesFrom(messages, clerks, wave, blackouts, (ms) => ms);

describe('the date of a package', () => {
  test.each<[what: string, goLives: GoLives, wave: WaveTerms, expected: number | undefined]>([
    ["is the wave's", noGoLives(), scheduled, 100],
    ['is one that a message set for the wave', withDate(noGoLives(), { goLiveMs: 200 }, undefined), scheduled, 200],
    [
      'is one that a message set for the package, before the wave',
      withDate(withDate(noGoLives(), { goLiveMs: 300 }, 'clerks'), { goLiveMs: 200 }, undefined),
      scheduled,
      300,
    ],
    ['is not that of another package', withDate(noGoLives(), { goLiveMs: 300 }, 'readers'), scheduled, 100],
    ['is none once it was held back', withoutDate(noGoLives(), 'clerks'), scheduled, undefined],
    ['is none of a tentative wave', noGoLives(), { ...scheduled, status: 'tentative' }, undefined],
    ['is none while its wave is on hold, whatever was set', withDate(noGoLives(), { goLiveMs: 300 }, 'clerks'), onHold, undefined],
  ])('%s', (_what, goLives, wave, expected) => {
    expect(dateOf(goLives, wave)).toBe(expected);
  });

  test("is the package's own in the plan, before the wave's, and ids that are names of properties are ids", () => {
    expect(dateOf(noGoLives(), scheduled, { ...clerks, goLiveMs: 120 })).toBe(120);
    for (const id of ['constructor', 'toString', 'hasOwnProperty']) expect(dateOf(noGoLives(), scheduled, { package: { id } })).toBe(100);
  });
});

test('a hold is lifted by different people for one date and the same people, who are a pilot from then on', () => {
  const first = withLift(noGoLives(), { by: 'ines', goLiveMs: 200, pilot: ['ann'] }, onHold);
  expect([isOnHold(onHold, first), dateOf(first, onHold)]).toEqual([true, undefined]);
  const again = withLift(first, { by: 'ines', goLiveMs: 200, pilot: ['ann'] }, onHold);
  expect(isOnHold(onHold, again)).toBe(true);
  for (const other of [{ goLiveMs: 201, pilot: ['ann'] }, { goLiveMs: 200 }, { goLiveMs: 200, pilot: ['ann', 'ben'] }])
    expect(disagreement(first, { by: 'hugo', ...other }, onHold)?.by).toBe('ines');
  const second = { by: 'hugo', goLiveMs: 200, pilot: ['ann'] };
  expect(disagreement(first, second, onHold)).toBeUndefined();
  const lifted = withLift(first, second, onHold);
  expect([isOnHold(onHold, lifted), dateOf(lifted, onHold), lifted.pilot]).toEqual([false, 200, ['ann']]);
});

test('lifts of a hold that has become another one count no longer, and the next ones set the date again', () => {
  const [before, after] = [
    { ...onHold, hold: { approvals: 1, since: 1 } },
    { ...onHold, hold: { approvals: 1, since: 4 } },
  ];
  const lifted = withDate(withLift(noGoLives(), { by: 'ines', goLiveMs: 200, since: 1 }, before), { goLiveMs: 150 }, 'clerks');
  expect([dateOf(lifted, before), isOnHold(after, lifted), dateOf(lifted, after), liftsOf(after, lifted)]).toEqual([150, true, undefined, []]);
  const other: Lift = { by: 'hugo', goLiveMs: 400, since: 4 };
  expect(disagreement(lifted, other, after)).toBeUndefined();
  expect(dateOf(withLift(withoutDate(lifted, 'readers'), other, after), after)).toBe(400);
  expect(withLift(withoutDate(lifted, 'readers'), other, after)).toEqual({ lifts: [other], packages: { readers: 'none' }, wave: { atMs: 400 } });
});

test('where a revision replaces all who lifted a hold, dates that were set after their approvals count no longer, as before an effect', () => {
  const before = { ...onHold, hold: { approvals: 1, since: 1 } };
  const after = { ...onHold, hold: { approvals: 1, liftedBy: ['hugo'], since: 4 } };
  const lifted = withoutDate(withDate(withLift(noGoLives(), { by: 'ines', goLiveMs: 200, since: 1 }, before), { goLiveMs: 150 }, 'clerks'), 'readers');
  const other: Lift = { by: 'hugo', goLiveMs: 400, since: 4 };
  expect(withLift(withHold(lifted, after.hold), other, after)).toEqual({ lifts: [other], packages: { readers: 'none' }, wave: { atMs: 400 } });
  // A hold that is as it was keeps them, and so does one from before holds had numbers.
  expect(withHold(lifted, { liftedBy: ['ines'], since: 1 })).toEqual(lifted);
  expect(withHold(lifted, { liftedBy: ['hugo'] })).toEqual({ ...lifted, lifts: [] });
});

describe('from the signed messages', () => {
  test('only lifts of the hold as it is count, and a date that was set after an earlier one counts no longer', () => {
    const held = { ...onHold, hold: { approvals: 1, since: 4 } };
    const lift = (goLiveMs: number, since?: number) => said('liftHold', { goLiveMs, reason: 'x', ...(since === undefined ? {} : { since }) });
    const before = [lift(200), lift(200, 1), said('setDate', { goLiveMs: 250 }, { package: 'clerks' })];
    expect(dateOf(from(before, held), held)).toBeUndefined();
    expect(dateOf(from([...before, lift(400, 4)], held), held)).toBe(400);
    expect(dateOf(from([...before, lift(400, 4), said('setDate', { goLiveMs: 450 }, { package: 'clerks' }), lift(500, 4)], held), held)).toBe(450);
  });

  test('the last date counts, and a hold-back waits for another', () => {
    const about = { package: 'clerks' };
    const messages = [said('setDate', { goLiveMs: 200 }), said('holdBack', { reason: 'x' }, about), said('setDate', { goLiveMs: 300 }, about)];
    expect(messages.map((_, index) => dateOf(from(messages.slice(0, index + 1))))).toEqual([200, undefined, 300]);
    expect(dateOf(from([said('holdBack', { reason: 'x' }, { package: 'readers' })]))).toBe(100);
  });

  test("a wave's new date is not that of a package whose own had passed: it was held back", () => {
    const late = said('setDate', { goLiveMs: 400 }, { atMs: 150 });
    expect(dateOf(from([late]))).toBeUndefined();
    expect(dateOf(from([{ ...late, atMs: 149 }]))).toBe(400);
    const blackouts = [{ id: 'close', from: 90, until: 110 }];
    expect(dateOf(from([{ ...late, atMs: 120 }], scheduled, blackouts))).toBeUndefined();
    expect(dateOf(from([late, said('setDate', { goLiveMs: 500 }, { package: 'clerks', atMs: 160 })]))).toBe(500);
  });

  test('lifts that disagree, and lifts of what is not on hold, count for nothing', () => {
    const lift = (by: string, goLiveMs: number) => said('liftHold', { goLiveMs, reason: 'x' }, { by });
    expect(dateOf(from([lift('ines', 200), lift('hugo', 201)], onHold), onHold)).toBeUndefined();
    expect(dateOf(from([lift('ines', 200), lift('hugo', 200), lift('kim', 300)], onHold), onHold)).toBe(200);
    expect(dateOf(from([lift('ines', 200)]))).toBe(100);
  });
});

test.each<[what: string, date: { atMs: number; despiteBlackout?: string }, nowMs: number, expected: string | undefined]>([
  ['one that covers the date', { atMs: 25 }, 25, 'first'],
  ['one that covered the date, even when it has ended', { atMs: 25 }, 35, 'first'],
  ['none where the person who set the date gave a reason', { atMs: 25, despiteBlackout: 'the auditors wait' }, 28, undefined],
  ['another one that has begun since, whatever the reason was', { atMs: 25, despiteBlackout: 'the auditors wait' }, 45, 'second'],
  ['one that began after the date and has ended', { atMs: 10 }, 35, 'first'],
  ['none that is still to come', { atMs: 32 }, 39, undefined],
])('the blackout in the way of a go-live is %s', (_what, date, nowMs, expected) => {
  const blackouts = [
    { id: 'first', from: 20, until: 30 },
    { id: 'second', from: 40, until: 50 },
    { id: 'of others', from: 0, until: 100, packages: ['readers'] },
  ];
  expect(blackoutOf(date, blackouts, 'clerks', nowMs)?.id).toBe(expected);
});
