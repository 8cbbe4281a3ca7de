import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NoticeTerms } from '../plan/section.ts';
import { personRequest as request } from '../../test/support/notices.ts';
import type { PersonRequest } from './request.ts';
import { nextEscalation, settleRequests, stepsBegin, type OpenRequest, type Settled } from './escalation.ts';

const hourMs = 3_600_000;
const start = Date.parse('2027-03-01T08:00:00Z');
const terms: NoticeTerms = {
  onCall: ['ines', 'hugo'],
  usual: { delegateAfter: 24 * hourMs, onCallAfter: 48 * hourMs },
  urgent: { delegateAfter: hourMs, onCallAfter: 2 * hourMs },
};

/** Wakes up at every requested instant, as a workflow does, until nobody is left to notify or someone answered. */
function lived(requests: (nowMs: number) => PersonRequest[], untilMs: number): { atMs: number; level: string; to: string[] }[] {
  const sent: { atMs: number; level: string; to: string[] }[] = [];
  let open: OpenRequest[] = [];
  for (let nowMs: number | undefined = start; nowMs !== undefined && nowMs <= untilMs;) {
    const settled: Settled = settleRequests(open, requests(nowMs), terms, nowMs);
    ({ open } = settled);
    sent.push(...settled.due.map(({ level, to }) => ({ atMs: nowMs as number, level, to })));
    nowMs = nextEscalation(open, requests(nowMs), terms);
  }
  return sent;
}

test('four hundred waves that ask at one instant escalate at hundreds of instants, each within five minutes', () => {
  const instants = Array.from({ length: 400 }, (_, index) => {
    const begin = stepsBegin(`plan/wave-${index}`);
    const { open } = settleRequests([], [request()], terms, start, begin);
    return nextEscalation(open, [request()], terms, begin)! - start - 24 * hourMs;
  });
  expect(Math.min(...instants)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...instants)).toBeLessThan(300_000);
  const together = [...Map.groupBy(instants, (ms) => ms).values()].map(({ length }) => length);
  expect(Math.max(...together)).toBeLessThan(10);
});

describe('a request that nobody answers', () => {
  test('goes to the person asked immediately, to the delegate after a day, and to on-call after two', () => {
    expect(lived(() => [request()], start + 1_000 * hourMs)).toEqual([
      { atMs: start, level: 'first', to: ['olga'] },
      { atMs: start + 24 * hourMs, level: 'delegate', to: ['dora'] },
      { atMs: start + 48 * hourMs, level: 'onCall', to: ['ines', 'hugo'] },
    ]);
  });

  test('about a rollback is escalated after hours, not days', () => {
    expect(lived(() => [request({ urgent: true })], start + 1_000 * hourMs).map(({ atMs }) => atMs - start)).toEqual([0, hourMs, 2 * hourMs]);
  });

  test('without a delegate goes to on-call instead', () => {
    expect(lived(() => [request({ delegates: [] })], start + 1_000 * hourMs)).toEqual([
      { atMs: start, level: 'first', to: ['olga'] },
      { atMs: start + 24 * hourMs, level: 'onCall', to: ['ines', 'hugo'] },
    ]);
  });

  test('with little time left is escalated after half and three quarters of it, and goes to everyone once it is overdue', () => {
    expect(lived(() => [request({ byMs: start + 8 * hourMs })], start + 1_000 * hourMs)).toEqual([
      { atMs: start, level: 'first', to: ['olga'] },
      { atMs: start + 4 * hourMs, level: 'delegate', to: ['dora'] },
      { atMs: start + 6 * hourMs, level: 'onCall', to: ['ines', 'hugo'] },
      { atMs: start + 8 * hourMs, level: 'overdue', to: ['olga', 'ines', 'hugo'] },
    ]);
  });

  test('notifies nobody twice: an on-call person who was asked first is skipped', () => {
    expect(lived(() => [request({ to: ['ines'], delegates: [] })], start + 1_000 * hourMs)).toEqual([
      { atMs: start, level: 'first', to: ['ines'] },
      { atMs: start + 24 * hourMs, level: 'onCall', to: ['hugo'] },
    ]);
  });
});

test('an answered request is closed once, with all notices sent about it, and needs no further timer', () => {
  const { open } = settleRequests([], [request()], terms, start);
  open[0]!.notices.push('n-1');
  const settled = settleRequests(open, [], terms, start + hourMs);
  expect(settled).toMatchObject({ open: [], due: [], answered: [{ key: 'signOff:clerks:olga', notices: ['n-1'] }] });
  expect(nextEscalation(settled.open, [], terms)).toBeUndefined();
});

test('a request that opens again after it was answered is a new request', () => {
  const first = settleRequests([], [request()], terms, start);
  const answered = settleRequests(first.open, [], terms, start + hourMs);
  expect(settleRequests(answered.open, [request()], terms, start + 2 * hourMs).due).toEqual([{ key: 'signOff:clerks:olga', level: 'first', to: ['olga'] }]);
});

test('a request whose addressee is replaced stays open, and the person who is asked now is notified at once', () => {
  const first = settleRequests([], [request()], terms, start);
  const settled = settleRequests(first.open, [request({ to: ['otto'], delegates: [] })], terms, start + hourMs);
  expect(settled.answered).toEqual([]);
  expect(settled.due).toEqual([{ key: 'signOff:clerks:olga', level: 'first', to: ['otto'] }]);
  expect(settled.open).toEqual([{ key: 'signOff:clerks:olga', to: ['otto'], sinceMs: start, notices: [], levels: ['first'] }]);
  expect(settleRequests(settled.open, [request({ to: ['otto'], delegates: [] })], terms, start + 2 * hourMs).due).toEqual([]);
});

test('a changed text notifies nobody again, and is shown from then on', () => {
  const { open } = settleRequests([], [request()], terms, start);
  const settled = settleRequests(open, [request({ text: 'Package waits for your sign-off and a drill.' })], terms, start + hourMs);
  expect(settled.due).toEqual([]);
  expect(settled.open).toEqual([{ key: 'signOff:clerks:olga', to: ['olga'], sinceMs: start, notices: [], levels: ['first'] }]);
});

test('evaluating twice at the same instant notifies nobody twice, and the next instant is always in the future', () => {
  const requests = fc.record({
    byMs: fc.option(
      fc.integer({ min: -100, max: 1_000 }).map((hours) => start + hours * hourMs),
      { nil: undefined },
    ),
    urgent: fc.boolean(),
    delegates: fc.subarray(['dora', 'ines']),
    to: fc.subarray(['olga', 'ines'], { minLength: 1 }),
  });
  fc.assert(
    fc.property(requests, fc.integer({ min: 0, max: 2_000 }), ({ byMs, ...rest }, hours) => {
      const one = [request({ ...rest, ...(byMs === undefined ? {} : { byMs }) })];
      const began = settleRequests([], one, terms, start);
      const later = start + hours * hourMs;
      const once = settleRequests(began.open, one, terms, later);
      expect(settleRequests(once.open, one, terms, later).due).toEqual([]);
      expect(nextEscalation(once.open, one, terms) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(later);
    }),
  );
});
