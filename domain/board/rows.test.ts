import { describe, expect, test } from 'vitest';
import { boardPackage } from '../views/board.ts';
import type { RequestView } from '../views/request.ts';
import { boardEntry, dayMs, goLiveMs, openRequest, type BoardInput } from '../../test/support/board.ts';
import { boardRow } from './rows.ts';

const released = { releasedAtMs: goLiveMs, checklist: [], blockers: [] };
const row = (input?: BoardInput) => boardPackage.parse(boardRow(boardEntry(input)));

describe('a state of a package that is not released', () => {
  test.each([
    ['Monitoring', 'before release'],
    ['Rollback ready', 'never released'],
    ['Scheduled', undefined],
    ['Release ready', undefined],
  ] as const)('%s has beside it: %s', (state, beside) => {
    expect(row({ planned: { state } }).beside).toBe(beside);
  });

  test('stands alone once it is released', () => {
    for (const state of ['Monitoring', 'Rollback ready'] as const)
      expect(row({ planned: released, running: { state } })).toMatchObject({ state, released: true });
    expect(row({ planned: released, running: { state: 'Monitoring' } })).not.toHaveProperty('beside');
  });
});

test.each([
  [{}, { status: 'dated', atMs: goLiveMs }],
  [
    { planned: released, running: {} },
    { status: 'released', atMs: goLiveMs },
  ],
  [{ planned: { goLiveMs: undefined as never } }, { status: 'tentative' }],
  [{ planned: { blockers: [{ code: 'hold', approvals: 2, people: ['eva'], text: '' }] } }, { status: 'on hold' }],
  [{ planned: { goLiveMs: undefined as never, heldBack: { code: 'late', atMs: 1, text: '' } } }, { status: 'held back' }],
] as [BoardInput, object][])('when it goes live: %#', (input, when) => {
  expect(boardRow(boardEntry(input)).when).toEqual(when);
});

describe('telemetry', () => {
  test('is on a day only while the watch runs', () => {
    expect(row({ planned: released, running: {} }).telemetry).toMatchObject({ day: 3, days: 14, evaluations: 3 });
    expect(row({ planned: released, running: { state: 'Stable' } }).telemetry).not.toHaveProperty('day');
    expect(row().telemetry).toMatchObject({ days: 14, evaluations: 0 });
  });

  test('names no metric as watched once nothing is', () => {
    expect(row({ planned: released, running: {} }).telemetry.watched).not.toEqual([]);
    for (const state of ['Rolled back', 'Retired'] as const) expect(row({ planned: released, running: { state } }).telemetry.watched).toEqual([]);
    expect(row({ planned: released, running: {}, stopped: 'it was cancelled' }).telemetry.watched).toEqual([]);
  });

  test.each([
    [[0.1, 0.2], { bound: 0.15, breached: 'tune' }],
    [[0.1, 0.5], { bound: 0.4, breached: 'roll' }],
    [[0.5, 0.1], { bound: 0.4 }],
  ])('draws %j with the bound that matters', (values, expected) => {
    const measured = { evaluations: values.map((value) => ({ values: { 'close-exceptions': value } })) };
    const { line } = row({ planned: released, running: {}, measured }).telemetry;
    expect(line).toEqual({ metric: 'close-exceptions', values, ...expected });
  });

  test('compares with the value before go-live where the bound is a multiple of it, and leaves gaps where there was no data', () => {
    const watch = { length: dayMs, metrics: [{ metric: 'trend', rollback: { aboveBaselineTimes: 3 }, failuresAllowed: 0, minimum: 0, from: 0 }] };
    const measured = { evaluations: [{ values: { trend: 1 } }, { values: {} }, { values: { trend: 7 } }] };
    const { line } = row({ planned: released, running: { baseline: { trend: 2 } }, facts: { watch }, measured }).telemetry;
    expect(line).toEqual({ metric: 'trend', values: [1, null, 7], bound: 6, breached: 'roll' });
  });
});

test('anyone who does not act for it sees state and counts, and no text, person or number of a metric', () => {
  const measured = undefined;
  const seen = row({ planned: released, running: {}, as: 'vera', sees: 'counts', ...(measured === undefined ? {} : { measured }) });
  expect(seen).toMatchObject({ state: 'Monitoring', people: 6, action: { name: 'Open', kind: 'open' } });
  for (const hidden of ['description', 'note', 'owner']) expect(seen).not.toHaveProperty(hidden);
  expect(JSON.stringify(seen)).not.toMatch(/ana|Silva|close-adoption is judged/);
});

describe('the button', () => {
  const signOffOf = (signer: string): RequestView['action'] => ({
    type: 'signOff',
    target: { plan: 'small', wave: 'first', package: 'closing' },
    fields: { planDigest: 'a', previewDigest: 'b', signer, supply: ['decision'] },
  });
  const asked = (kind: Parameters<typeof openRequest>[0], over = {}) => ({ wave: { requests: [openRequest(kind, over)] } });
  test.each([
    ['what the reader is asked for', asked('signOff'), { name: 'Sign off', kind: 'mine', asks: 'signOff' }],
    ['what the state calls for where others are asked', asked('signOff', { to: ['eva'] }), { name: 'Release', kind: 'open' }],
    [
      'what the state calls for where the reader was told but cannot answer',
      { ...asked('liftHold', { to: ['eva', 'ana'] }) },
      { name: 'Release', kind: 'open' },
    ],
    [
      'what the state calls for where the sign-off of somebody else is missing',
      asked('signOff', { to: ['eva', 'ana'], action: signOffOf('eva') }),
      { name: 'Release', kind: 'open' },
    ],
    ['what the reader signs as the one who is named', asked('signOff', { action: signOffOf('ana') }), { name: 'Sign off', kind: 'mine', asks: 'signOff' }],
    [
      'a decision over a rollback, which takes access away',
      { planned: released, running: { state: 'Rollback ready', requests: [openRequest('rollback')] } },
      { name: 'Review rollback', kind: 'takes', asks: 'rollback' },
    ],
    ['a rollback of what is released', { planned: released, running: { state: 'Rollback ready' } }, { name: 'Roll back', kind: 'takes' }],
    ['nothing that takes access away of what nobody has', { planned: { state: 'Rollback ready' } }, { name: 'Rollback plan', kind: 'open' }],
    ['tuning', { planned: released, running: { state: 'Needs tuning' } }, { name: 'Tune', kind: 'open' }],
  ] as [string, BoardInput, object][])('is for %s', (_what, input, action) => {
    expect(row(input).action).toEqual(action);
  });

  test('answers the most urgent of several requests', () => {
    const requests = [openRequest('evidence'), openRequest('signOff')];
    expect(row({ wave: { requests } }).action).toMatchObject({ asks: 'signOff' });
    expect(row({ wave: { requests: requests.toReversed() } }).action).toMatchObject({ asks: 'signOff' });
  });
});
