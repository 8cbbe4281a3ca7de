/** What a workflow remembers of the messages that it decided. */
import * as fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { validFor, clockToleranceMs } from '../messages.ts';
import { decidedBefore, memory, nothingRemembered, overQuota, withAccepted, withRefused, type Remembered } from './remembered.ts';

const nowMs = Date.parse('2026-04-08');
const message = (id: string, by = 'olga', atMs = nowMs, expiresMs = atMs + validFor.usual) => ({ id, by, atMs, expiresMs });
const refusal = { code: 'wrong-stage', message: 'not now' } as const;
const asCarried = (remembered: Remembered): Remembered => JSON.parse(JSON.stringify(remembered)) as Remembered;
const refusing = (count: number, by = 'olga', before = nothingRemembered()): Remembered =>
  Array.from({ length: count }).reduce<Remembered>(
    (all, _, index) => withRefused(all, message(`message-${index}`, by, nowMs + index), refusal, nowMs + index),
    before,
  );

describe('a message', () => {
  it('that nobody has decided is not known', () => {
    expect(decidedBefore(nothingRemembered(), message('one'))).toBeUndefined();
  });

  it.each(['message-1', '__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'that was accepted under the id %s is accepted once, also when it was carried on',
    (id) => {
      const remembered = asCarried(withAccepted(nothingRemembered(), message(id), nowMs));
      expect(decidedBefore(remembered, message(id))).toBe('accepted');
      expect(decidedBefore(remembered, message('another'))).toBeUndefined();
    },
  );

  it.each(['message-1', '__proto__', 'constructor'])('that was refused under the id %s stays refused, sealed again or not', (id) => {
    const remembered = asCarried(withRefused(nothingRemembered(), message(id), refusal, nowMs));
    for (const again of [message(id), message(id, 'olga', nowMs + 60_000)])
      expect(decidedBefore(remembered, again)).toEqual({
        code: 'wrong-stage',
        message: 'not now (this message was refused before, and stays refused: send a new one)',
      });
  });

  it('of another person under the same id is another message, so nobody can take the id that somebody else will use', () => {
    expect(decidedBefore(withRefused(nothingRemembered(), message('one', 'mallory'), refusal, nowMs), message('one'))).toBeUndefined();
    expect(decidedBefore(withAccepted(nothingRemembered(), message('one', 'mallory'), nowMs), message('one'))).toBeUndefined();
  });
});

describe('refusals of one sender', () => {
  it('are remembered one by one up to a number, and beyond it by the time of the oldest', () => {
    const remembered = refusing(memory.refusedOfOne + 5);
    expect(remembered.refused).toHaveLength(memory.refusedOfOne);
    for (const index of [0, 4, 5, 44]) expect(decidedBefore(remembered, message(`message-${index}`, 'olga', nowMs + index))).toBeDefined();
    expect(decidedBefore(remembered, message('earlier', 'olga', nowMs + 4))).toMatchObject({ code: 'too-many-refused' });
    expect(decidedBefore(remembered, message('later', 'olga', nowMs + 5))).toBeUndefined();
    expect(decidedBefore(remembered, message('earlier', 'otto', nowMs + 4))).toBeUndefined();
  });

  it('end in the next one being refused unread, until they lie a quarter of an hour back', () => {
    const remembered = refusing(memory.refusedAtOnce);
    expect(overQuota(remembered, 'olga', nowMs + 60_000)).toMatchObject({
      code: 'too-many-refused',
      message: expect.stringContaining("20 messages of 'olga' were refused within 15 minutes"),
    });
    expect(overQuota(remembered, 'otto', nowMs + 60_000)).toBeUndefined();
    expect(overQuota(remembered, 'olga', nowMs + memory.quotaMs + 60_000)).toBeUndefined();
    expect(overQuota(refusing(memory.refusedAtOnce - 1), 'olga', nowMs + 60_000)).toBeUndefined();
  });

  it('are forgotten once nobody can send the message again', () => {
    const remembered = refusing(60);
    const later = nowMs + 60 + validFor.usual + clockToleranceMs + 1;
    expect(withRefused(remembered, message('new', 'olga', later), refusal, later)).toMatchObject({ refused: [{ id: 'new' }], passedOver: [] });
  });
});

test('however many people send, and however often, what is remembered stays small', () => {
  const people = Array.from({ length: 500 }, (_, index) => `person-${index}`);
  const remembered = people.reduce((all, by) => refusing(3, by, all), nothingRemembered());
  expect(remembered.refused).toHaveLength(memory.refusedInAll);
  expect(remembered.passedOver).toHaveLength(1);
  const loud = Array.from({ length: 120 }, (_, index) => `loud-${index}`).reduce((all, by) => refusing(memory.refusedOfOne + 1, by, all), nothingRemembered());
  expect(JSON.stringify(loud).length).toBeLessThan(100_000);
});

test('the ids of a thousand accepted messages are kept, and more of those that can still come again', () => {
  const at = (index: number, validMs: number) => message(`message-${index}`, 'olga', nowMs + index * 60_000, nowMs + index * 60_000 + validMs);
  const all = (validMs: number) =>
    Array.from({ length: 1_100 }).reduce<Remembered>(
      (remembered, _, index) => withAccepted(remembered, at(index, validMs), nowMs + index * 60_000),
      nothingRemembered(),
    );
  expect(all(validFor.usual).accepted).toHaveLength(memory.acceptedAtLeast + 1);
  expect(all(validFor.waiting).accepted).toHaveLength(1_100);
});

test('whatever was refused never counts while it could come, and whatever was accepted counts once', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c', '__proto__', 'd'),
    by: fc.constantFrom('olga', 'otto', 'constructor'),
    ok: fc.boolean(),
    waits: fc.nat(600_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      let remembered = nothingRemembered();
      let at = nowMs;
      const outcomes = new Map<string, { ok: boolean; expiresMs: number }>();
      for (const { id, by, ok, waits } of steps) {
        at += waits;
        const sent = message(id, by, at);
        const before = decidedBefore(remembered, sent);
        const known = outcomes.get(`${by} ${id}`);
        if (known && !known.ok && at <= known.expiresMs) expect(before).toMatchObject({ code: expect.any(String) });
        if (known?.ok) expect(before).toBe('accepted');
        if (before !== undefined) continue;
        remembered = asCarried(ok ? withAccepted(remembered, sent, at) : withRefused(remembered, sent, refusal, at));
        outcomes.set(`${by} ${id}`, { ok, expiresMs: sent.expiresMs });
      }
      expect(outcomes.size).toBeLessThanOrEqual(15);
    }),
  );
});
