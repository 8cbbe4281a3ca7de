import { expect, test } from 'vitest';
import { z } from 'zod';
import { mistakesOf } from './form-mistakes.ts';

const form = z.strictObject({
  text: z.string().trim().min(1).max(3),
  people: z.array(z.string()).min(2).exactOptional(),
  day: z.int().max(7).exactOptional(),
  kind: z.enum(['tune', 'rollback']).exactOptional(),
  date: z.string().regex(/^\d+$/, 'is not a date').exactOptional(),
});

test.each<[body: object, path: string, message: string]>([
  [{ text: ' ' }, 'text', 'must not be empty'],
  [{ text: 'much too long' }, 'text', 'must have at most 3 characters'],
  [{}, 'text', 'is missing'],
  [{ text: 4 }, 'text', 'must be a text'],
  [{ text: 'x', people: ['ann'] }, 'people', 'must have at least 2 entries'],
  [{ text: 'x', day: 8 }, 'day', 'must be at most 7'],
  [{ text: 'x', day: 1.5 }, 'day', 'must be a whole number'],
  [{ text: 'x', kind: 'move' }, 'kind', 'must be one of tune, rollback'],
  [{ text: 'x', date: 'soon' }, 'date', 'is not a date'],
  [{ text: 'x', note: 'y' }, 'note', 'is unknown: use text, people, day, kind, date'],
])('%j is told as people say it', (body, path, message) => {
  const { error } = form.safeParse(body);
  expect(error?.issues.flatMap((issue) => mistakesOf(issue, form))).toEqual([{ path, message }]);
});
