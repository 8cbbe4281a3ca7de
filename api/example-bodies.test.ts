import { expect, test } from 'vitest';
import type { z } from 'zod';
import { exampleBody } from './example-bodies.ts';
import { routes } from './routes.ts';

const takeJson = routes.filter(({ body }) => body !== undefined && body !== 'yaml');

test.each(takeJson.map((route) => [`${route.method.toUpperCase()} ${route.path}`, route] as const))('%s takes its example', (_name, route) => {
  const read = (route.body as z.ZodType).safeParse(exampleBody(route));
  expect(read.error?.issues).toBeUndefined();
});

test('there are routes with bodies', () => {
  expect(takeJson.length).toBeGreaterThan(15);
});
