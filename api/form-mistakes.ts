/** What is wrong with a body or a query, in words for people: zod's own speak of types and of what was received. */
import type { z } from 'zod';

/** `path` is empty for the whole. One mistake for each unknown name, with the known ones where the form is a plain list of them. */
export function mistakesOf(issue: z.core.$ZodIssue, schema: z.ZodType): { path: string; message: string }[] {
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return [{ path, message: isOurs(issue.message) ? issue.message : plain(issue) }];
  const known = issue.path.length === 0 && 'shape' in schema ? Object.keys(schema.shape as object) : [];
  const message = known.length === 0 ? 'is unknown' : `is unknown: use ${known.join(', ')}`;
  return issue.keys.map((key) => ({ path: [...issue.path, key.slice(0, 60)].join('.'), message }));
}

/** A schema may say it in words of its own. */
const isOurs = (message: string): boolean => !/^(?:Too (?:small|big)|Invalid (?:input|option)): expected /.test(message);

function plain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.message.endsWith(' received undefined') ? 'is missing' : `must be ${types[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return issue.values.length === 1 ? `must be ${String(issue.values[0])}` : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (Number(issue.minimum) === 1 && issue.origin in counted) return 'must not be empty';
      return `must ${sizeOf(issue.origin, `at least ${String(issue.minimum)}`)}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, `at most ${String(issue.maximum)}`)}`;
    default:
      return issue.message;
  }
}

const types: Partial<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
const counted: Partial<Record<string, string>> = { string: 'characters', array: 'entries' };
const sizeOf = (origin: string, bound: string): string => (counted[origin] === undefined ? `be ${bound}` : `have ${bound} ${counted[origin]}`);
