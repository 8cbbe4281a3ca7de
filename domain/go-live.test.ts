import { describe, expect, test } from 'vitest';
import type { Message } from './messages.ts';
import {
  blackoutOf,
  disagreement,
  goLiveOf,
  goLivesFrom,
  isOnHold,
  noGoLives,
  withDate,
  withLift,
  withoutDate,
  type GoLives,
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
    expect(disagreement(first, { by: 'hugo', ...other })?.by).toBe('ines');
  const second = { by: 'hugo', goLiveMs: 200, pilot: ['ann'] };
  expect(disagreement(first, second)).toBeUndefined();
  const lifted = withLift(first, second, onHold);
  expect([isOnHold(onHold, lifted), dateOf(lifted, onHold), lifted.pilot]).toEqual([false, 200, ['ann']]);
});

describe('from the signed messages', () => {
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
