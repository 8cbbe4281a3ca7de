import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { packageMessageBodies, waveMessageBodies } from '../domain/messages.ts';
import { spoken } from './bodies.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

const said = (body: Parameters<typeof spoken>[0], given: unknown) => {
  const read = spoken(body).safeParse(given);
  return read.success ? read.data : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('dates and durations', () => {
  test('may be written as text', () => {
    expect(said(waveMessageBodies.setDate, { goLive: '2026-05-04' })).toEqual({ body: { goLiveMs: Date.UTC(2026, 4, 4) } });
    expect(said(packageMessageBodies.certify, { riskUntil: '2026-10-01', reason: 'r' })).toEqual({ body: { riskUntilMs: Date.UTC(2026, 9, 1), reason: 'r' } });
    expect(said(packageMessageBodies.extend, { by: '7d', reason: 'peak week' })).toEqual({ body: { byMs: 604_800_000, reason: 'peak week' } });
    expect(said(waveMessageBodies.evidence, { item: 'drill', reference: 'DR-7', expires: '2026-06-01', took: '45m' })).toEqual({
      body: { item: 'drill', reference: 'DR-7', waived: false, expiresMs: Date.UTC(2026, 5, 1), tookMs: 2_700_000 },
    });
  });
  test('may be given in milliseconds', () => {
    expect(said(waveMessageBodies.setDate, { goLiveMs: 5 })).toEqual({ body: { goLiveMs: 5 } });
  });
  test('must be on the calendar: the 31st of February is not the 3rd of March', () => {
    expect(said(waveMessageBodies.setDate, { goLive: '2027-02-31' })).toEqual(["goLive: '2027-02-31' is not a date: the days of 2027-02 are 01 to 28"]);
    expect(said(packageMessageBodies.certify, { riskUntil: '2026-10-01T24:00', reason: 'r' })).toEqual([
      "riskUntil: '2026-10-01T24:00' is not a date: times are 00:00:00 to 23:59:59",
    ]);
    expect(said(packageMessageBodies.extend, { by: '9999d', reason: 'r' })).toEqual(["by: '9999d' is not a duration: the longest is 3660d"]);
  });
  test('in milliseconds have the same limits', () => {
    expect(said(waveMessageBodies.setDate, { goLiveMs: 9e15 })).toEqual(['goLiveMs: is out of range: dates run from 1970 to 2200']);
    expect(said(waveMessageBodies.setDate, { goLiveMs: -5 })).toEqual(['goLiveMs: is out of range: dates run from 1970 to 2200']);
    expect(said(packageMessageBodies.tune, { step: 'extend', byMs: 1e15, reason: 'r' })).toEqual(['byMs: is out of range: the longest is 3660d']);
  });
  test('are reported by the name that people write', () => {
    expect(said(waveMessageBodies.setDate, {})).toEqual(['goLive: is missing: write 2026-04-08 or 2026-04-08T18:00:00+02:00, or goLiveMs in milliseconds']);
    expect(said(waveMessageBodies.setDate, { goLive: 'soon' })).toEqual(["goLive: 'soon' is not a date: write 2026-04-08 or 2026-04-08T18:00:00+02:00"]);
    expect(said(packageMessageBodies.extend, { by: 'a while', reason: 'r' })).toEqual([
      "by: 'a while' is not a duration: write a number and a unit, such as 90m, 24h, 14d or 2w",
    ]);
    expect(said(waveMessageBodies.setDate, { goLive: '2026-05-04', goLiveMs: 5 })).toEqual(['goLive: is given twice, as goLive and as goLiveMs: omit one']);
  });
});

test("the domain's limits and required fields apply", () => {
  expect(said(packageMessageBodies.extend, { by: '370d', reason: 'r' })).toEqual([expect.stringMatching(/^byMs: /)]);
  expect(said(packageMessageBodies.pause, {})).toEqual([expect.stringMatching(/^reason: /)]);
  expect(said(packageMessageBodies.pause, { reason: '   ' })).toEqual([expect.stringMatching(/^reason: /)]);
});

test('the key for retries is separated from the body', () => {
  expect(said(packageMessageBodies.evaluate, { id: 'evaluate-1' })).toEqual({ id: 'evaluate-1', body: {} });
  expect(said(packageMessageBodies.evaluate, { id: 'x' })).toEqual([expect.stringMatching(/^id: /)]);
});

test('an unknown field is reported, not ignored', () => {
  expect(said(packageMessageBodies.pause, { reason: 'r', by: 'mara' })).toEqual([expect.stringContaining('by')]);
});

describe('a date that is not on the calendar is refused by every route that takes one', () => {
  const rest = {
    reason: 'r',
    reference: 'r',
    item: 'drill',
    proposal: 'p',
    kind: 'rollback',
    answer: 'freeze',
    decision: 'approve',
    riskUntilMs: 5,
    grants: [{ system: 'erp', role: 'clerk', person: 'ann' }],
    goLiveMs: 5,
  };
  const shapeOf = (route: Route) => ((route.body as unknown as { in?: z.ZodObject } | undefined)?.in?.shape ?? {}) as Record<string, unknown>;
  const taking = routes.flatMap((route) => ['goLive', 'expires', 'until', 'riskUntil'].flatMap((name) => (name in shapeOf(route) ? [{ route, name }] : [])));

  test('there are such routes', () => {
    expect(taking.map(({ route, name }) => `${route.path.split('/').at(-1)} ${name}`)).toEqual(
      expect.arrayContaining(['go-live goLive', 'lift-hold goLive', 'evidence expires', 'decisions until', 'certifications riskUntil']),
    );
  });

  test.each(taking.map(({ route, name }) => [`${route.path} ${name}`, route, name] as const))('%s', (_address, route, name) => {
    const shape = shapeOf(route);
    const others = Object.fromEntries(Object.entries(rest).filter(([key]) => key in shape && key !== `${name}Ms`));
    for (const [written, why] of [
      ['2027-02-31', 'the days of 2027-02 are 01 to 28'],
      ['2027-02-29T12:00', 'the days of 2027-02 are 01 to 28'],
      ['2027-04-31', 'the days of 2027-04 are 01 to 30'],
      ['2027-13-01', 'months are 01 to 12'],
    ]) {
      const read = (route.body as z.ZodType).safeParse({ ...others, [name]: written });
      expect(read.error?.issues).toMatchObject([{ path: [name], message: `'${written}' is not a date: ${why}` }]);
    }
  });
});
