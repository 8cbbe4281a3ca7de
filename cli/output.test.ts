import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { durations, jsonText } from './output.ts';

interface Json {
  type?: string;
  properties?: Record<string, Json>;
  [key: string]: unknown;
}

/** Fields that end in `Ms`, each with the object that it is in and its type: whole numbers are durations, others are instants. */
function timesIn(schema: unknown, name: string): [field: string, type: string][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {}, ...rest } = schema as Json;
  const own = Object.entries(properties).flatMap(([key, inner]): [string, string][] => (/[a-z]Ms$/.test(key) ? [[`${key} of ${name}`, inner.type ?? '']] : []));
  return [
    ...own,
    ...Object.entries(properties).flatMap(([key, inner]) => timesIn(inner, key)),
    ...Object.entries(rest).flatMap(([key, inner]) =>
      timesIn(inner, ['items', 'anyOf', 'oneOf', 'additionalProperties'].includes(key) || /^\d+$/.test(key) ? name : key),
    ),
  ];
}

/** Durations that need not be whole. */
const fractional = ['ageMs of newest', 'dayMs of clock'];

test('every field of a view that is an instant or a duration is written as one', async () => {
  const folder = join(import.meta.dirname, '../domain/views');
  const files = (await readdir(folder)).filter((file) => !file.endsWith('.test.ts') && file !== 'instants.ts' && file !== 'revision.ts');
  const modules = await Promise.all(files.map((file) => import(join(folder, file)) as Promise<object>));
  const schemas = modules.flatMap((module) => Object.values(module).filter((value): value is z.ZodType => value instanceof z.ZodType));
  const times = schemas.flatMap((schema) => timesIn(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }), ''));
  expect(times.length).toBeGreaterThan(50);
  const wrong = times.filter(([field, type]) => {
    const isDuration = durations.has(field.split(' ')[0] ?? '') || durations.has(field);
    return isDuration !== (type === 'integer' || fractional.includes(field));
  });
  expect([...new Set(wrong.map(([field, type]) => `${field}: ${type}`))]).toEqual([]);
});

test('-o json has times that people read, and --json what the endpoint answered, on one line', () => {
  const value = {
    goLiveMs: Date.UTC(2026, 3, 8),
    evidence: [{ tookMs: 2_400_000, why: 'x' }],
    tune: { step: 'extend', byMs: 604_800_000 },
    request: { byMs: 0 },
  };
  expect(JSON.parse(jsonText(value, 'json'))).toEqual({
    goLive: '2026-04-08T00:00:00.000Z',
    evidence: [{ took: '40m', why: 'x' }],
    tune: { step: 'extend', by: '7d' },
    request: { by: '1970-01-01T00:00:00.000Z' },
  });
  expect(jsonText(value, 'json').split('\n').length).toBeGreaterThan(5);
  expect(jsonText(value, 'line')).toBe(JSON.stringify(value));
});
