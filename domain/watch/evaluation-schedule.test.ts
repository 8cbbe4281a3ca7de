import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extend, evaluationSchedule, nextEvaluation, nextWeekly, pause, resume, watchDay, type DueEvaluation, type Window } from './evaluation-schedule.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-04-08T18:00:00Z');
const daily = { every: day, firstCheck: day };
const inDays = (evaluations: DueEvaluation[]) => evaluations.map(({ dueMs }) => (dueMs - start) / day);

/** Takes evaluations like a worker that follows its timers. */
function takeAll(rhythm: typeof daily, window: Window, afterMs = window.startMs): DueEvaluation[] {
  const evaluations: DueEvaluation[] = [];
  for (let next = nextEvaluation(rhythm, window, afterMs); next; next = nextEvaluation(rhythm, window, next.dueMs)) evaluations.push(next);
  return evaluations;
}

describe('the evaluations of a window', () => {
  it('take place once a day, the first at firstCheck, the last at the end', () => {
    const evaluations = evaluationSchedule(daily, start, start + 14 * day);
    expect(inDays(evaluations)).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
    expect(evaluations.map(({ purpose }) => purpose)).toEqual(['first', ...Array<string>(13).fill('scheduled')]);
  });

  it('have an extra one at firstCheck, and one at an end that is off the interval', () => {
    const evaluations = evaluationSchedule({ every: 3 * day, firstCheck: 12 * hour }, start, start + 7 * day);
    expect(inDays(evaluations)).toEqual([0.5, 3, 6, 7]);
    expect(evaluations.map(({ purpose }) => purpose)).toEqual(['first', 'scheduled', 'scheduled', 'scheduled']);
  });

  it('are one where instants coincide, and only the last where the window is shorter than the interval', () => {
    expect(inDays(evaluationSchedule({ every: day, firstCheck: 2 * day }, start, start + 3 * day))).toEqual([1, 2, 3]);
    expect(inDays(evaluationSchedule({ every: 7 * day, firstCheck: 9 * day }, start, start + 5 * day))).toEqual([5]);
    expect(inDays(evaluationSchedule({ every: 7 * day, firstCheck: 5 * day }, start, start + 5 * day))).toEqual([5]);
  });

  it('come in order and end with the window (any interval)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 3_000 }), (every, firstCheck, length) => {
        const evaluations = evaluationSchedule({ every, firstCheck }, start, start + length);
        expect(evaluations.at(-1)?.dueMs).toBe(start + length);
        const expected = new Set([...(firstCheck <= length ? [firstCheck] : []), length]);
        for (let at = every; at <= length; at += every) expected.add(at);
        expect(evaluations.map(({ dueMs }) => dueMs - start)).toEqual([...expected].sort((a, b) => a - b));
        expect(evaluations.filter(({ purpose }) => purpose === 'first').map(({ dueMs }) => dueMs - start)).toEqual(firstCheck <= length ? [firstCheck] : []);
      }),
    );
  });

  it('begin at the start, whatever was evaluated before', () => {
    expect(nextEvaluation(daily, { startMs: start, endMs: start + 4 * day }, start - 3 * day)).toEqual({
      dueMs: start + day,
      purpose: 'first',
    });
  });

  it('that were missed come in order, and late ones do not move those after them', () => {
    const window = { startMs: start, endMs: start + 4 * day };
    expect(inDays(takeAll(daily, window, start + day))).toEqual([2, 3, 4]);
    expect(nextEvaluation(daily, window, start + 4 * day)).toBeUndefined();
  });
});

describe('a pause', () => {
  it('moves evaluations that are not yet due by its length', () => {
    const window = resume(pause({ startMs: start, endMs: start + 5 * day }, start + 2.5 * day), start + 4.5 * day);
    expect(window.endMs).toBe(start + 7 * day);
    const evaluations = takeAll(daily, window);
    expect(inDays(evaluations)).toEqual([1, 2, 5, 6, 7]);
  });

  it('stops the evaluations that fall due after it began, not those that were missed before', () => {
    const paused = pause({ startMs: start, endMs: start + 5 * day }, start + 2.5 * day);
    expect(inDays(takeAll(daily, paused))).toEqual([1, 2]);
    expect(inDays(takeAll(daily, paused, start + 2 * day))).toEqual([]);
  });

  it('that begins at the instant an evaluation is due does not move that evaluation', () => {
    const paused = pause({ startMs: start, endMs: start + 3 * day }, start + 2 * day);
    expect(inDays(takeAll(daily, paused))).toEqual([1, 2]);
    expect(inDays(takeAll(daily, resume(paused, start + 6 * day)))).toEqual([1, 2, 7]);
  });

  it('is one pause however often it is requested, and has no effect after the end', () => {
    const window = { startMs: start, endMs: start + 3 * day };
    const paused = pause(window, start + day);
    expect(pause(paused, start + 2 * day)).toBe(paused);
    expect(resume(window, start + day)).toBe(window);
    expect(pause(window, start + 3 * day)).toBe(window);
    expect(resume(paused, start + day)).toEqual(window);
  });

  it('cannot begin before the window does', () => {
    const paused = pause({ startMs: start, endMs: start + 5 * day }, start - day);
    expect(paused.pausedAtMs).toBe(start);
    expect(pause({ startMs: start, endMs: start + 5 * day, pauses: [] }, start - day).pausedAtMs).toBe(start);
    expect(resume(paused, start + day).endMs).toBe(start + 6 * day);
  });

  it('cannot begin before the previous one ended, whatever the clock says', () => {
    const resumed = resume(pause({ startMs: start, endMs: start + 5 * day }, start + day), start + 3 * day);
    const again = pause(resumed, start + 2 * day);
    expect(again.pausedAtMs).toBe(start + 3 * day);
    expect(resume(again, start + 4 * day).endMs).toBe(start + 8 * day);
    expect(inDays(takeAll(daily, resume(again, start + 4 * day)))).toEqual([1, 5, 6, 7, 8]);
  });
});

describe('an extension', () => {
  it('only ever lengthens a window', () => {
    const window = { startMs: start, endMs: start + 10 * day };
    expect(extend(window, day).endMs).toBe(start + 11 * day);
    expect(extend(window, -day)).toEqual(window);
  });

  it('keeps the interval of the start, from where the last evaluation ended', () => {
    const rhythm = { every: 7 * day, firstCheck: day };
    const extended = extend({ startMs: start, endMs: start + 10 * day }, 7 * day);
    const evaluations = takeAll(rhythm, extended, start + 10 * day);
    expect(inDays(evaluations)).toEqual([14, 17]);
  });
});

type Step = { do: 'evaluation' } | { do: 'pause' | 'resume' | 'extend'; by: number };
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'evaluation' }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), by: fc.integer({ min: 0, max: 500 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('extend' as const), by: fc.integer({ min: 1, max: 300 }) }) },
  ),
  { maxLength: 40 },
);

describe('over any pattern of evaluations, pauses and extensions', () => {
  it('no evaluation is lost, repeated or late, and the last is exactly at the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 400 }),
        steps,
        (every, firstCheck, length, pattern) => {
          const rhythm = { every, firstCheck };
          let window: Window = { startMs: 1_000, endMs: 1_000 + length };
          let nowMs = 1_000;
          let afterMs = 1_000;
          // The model: watched time, counted independently.
          let counted = 0;
          let total = length;
          const taken: { at: number; dueMs: number }[] = [];
          const ends = new Set<number>();
          const advanceTo = (ms: number) => {
            if (window.pausedAtMs === undefined) counted += ms - nowMs;
            nowMs = ms;
          };
          const takeDue = (untilMs: number): boolean => {
            const next = nextEvaluation(rhythm, window, afterMs);
            if (!next || next.dueMs > untilMs) return false;
            expect(next.dueMs).toBeGreaterThan(afterMs);
            if (next.dueMs > nowMs) advanceTo(next.dueMs);
            taken.push({ at: counted - (nowMs - next.dueMs), dueMs: next.dueMs });
            if (next.dueMs === window.endMs) ends.add(total);
            afterMs = next.dueMs;
            return true;
          };
          for (const step of pattern) {
            if (step.do === 'evaluation') takeDue(Number.POSITIVE_INFINITY);
            else if (step.do === 'extend') {
              window = extend(window, step.by);
              total += step.by;
            } else {
              // Time passes first; every evaluation that falls due meanwhile is taken then.
              const until = nowMs + step.by;
              while (takeDue(until)) {
                /* all that is due */
              }
              advanceTo(until);
              if (step.do === 'resume') window = resume(window, nowMs);
              else window = pause(window, nowMs);
            }
          }
          window = resume(window, nowMs);
          while (takeDue(Number.POSITIVE_INFINITY)) {
            /* to the end */
          }

          expect(taken.at(-1)?.dueMs).toBe(window.endMs);
          const rising = taken.every(({ dueMs }, index) => index === 0 || dueMs > taken[index - 1]!.dueMs);
          expect(rising).toBe(true);
          const expected = new Set([...ends, ...(firstCheck <= total ? [firstCheck] : [])]);
          for (let at = every; at <= total; at += every) expected.add(at);
          expect(taken.map(({ at }) => at)).toEqual([...expected].sort((a, b) => a - b));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the day of the watch', () => {
  const window = { startMs: start, endMs: start + 14 * day };
  it.each([
    [-3 * day, 0],
    [-1, 0],
    [0, 1],
    [day - 1, 1],
    [day, 2],
    [13.5 * day, 14],
    [14 * day, 14],
    [99 * day, 14],
  ])('%d ms after the start is day %d of 14', (after, expected) => {
    expect(watchDay(window, start + after)).toEqual({ day: expected, days: 14 });
  });

  it('does not advance during a pause, which adds no days', () => {
    const paused = pause(window, start + 2.5 * day);
    expect(watchDay(paused, start + 9 * day)).toEqual({ day: 3, days: 14 });
    expect(watchDay(resume(paused, start + 9 * day), start + 9 * day)).toEqual({ day: 3, days: 14 });
    expect(watchDay(extend(window, 7 * day), start + 15 * day)).toEqual({ day: 16, days: 21 });
  });

  it('is at least day 1 of 1 in the shortest window', () => {
    expect(watchDay({ startMs: start, endMs: start + hour }, start)).toEqual({ day: 1, days: 1 });
  });
});

describe('the weekly evaluation', () => {
  it('comes every seven days after Stable, missed ones in order', () => {
    expect(nextWeekly(start, start)).toBe(start + 7 * day);
    expect(nextWeekly(start, start + 7 * day - 1)).toBe(start + 7 * day);
    expect(nextWeekly(start, start + 7 * day)).toBe(start + 14 * day);
    expect(nextWeekly(start, start - day)).toBe(start + 7 * day);
  });
});
