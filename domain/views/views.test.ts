import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';

interface Json {
  type?: string;
  properties?: object;
  additionalProperties?: unknown;
  [key: string]: unknown;
}

/** Places of objects that accept undeclared fields. */
function openObjects(schema: unknown, place: string): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, additionalProperties } = schema as Json;
  const open = properties !== undefined && additionalProperties !== false ? [place] : [];
  return [...open, ...Object.entries(schema).flatMap(([key, value]) => openObjects(value, `${place}.${key}`))];
}

const files = (await readdir(import.meta.dirname)).filter((file) => !file.endsWith('.test.ts'));

test.each(files)('%s accepts no undeclared field', async (file) => {
  const schemas = Object.entries((await import(new URL(file, import.meta.url).href)) as object).filter(
    (entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType,
  );
  expect(schemas.length).toBeGreaterThan(0);
  for (const [name, schema] of schemas) {
    const open = openObjects(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }), name);
    // Errors may add their own fields, as RFC 9457 allows.
    expect(open).toEqual(name === 'problemView' ? ['problemView.$defs.Problem'] : []);
  }
});

test('an undeclared field is found wherever it is', () => {
  expect(openObjects(z.toJSONSchema(z.strictObject({ one: z.array(z.looseObject({ two: z.string() })) })), 'view')).toEqual(['view.properties.one.items']);
});
