/**
 * The parameters of lists, each defined once; a list takes those that make sense for it. Several values are separated by commas, or given
 * by repeating the parameter, and a row must match one of them.
 */
import { z } from 'zod';
import { riskSchema } from '../../domain/plan/schema.ts';
import { readDate, dateForm } from '../../domain/time/written.ts';
import { idPattern, isId, isPersonId, personIdForm } from '../../domain/plan/fields.ts';

type Read<T> = { value: T } | { why: string };
type Json = Record<string, unknown>;

/** `schema`: the JSON schema of one value, for the OpenAPI document. */
function one<T>(read: (text: string) => Read<T>, schema: Json, description: string) {
  return z
    .unknown()
    .transform((given, context): T => {
      const found = typeof given === 'string' ? read(given) : { why: 'is given more than once: give one value' };
      if ('value' in found) return found.value;
      context.addIssue({ code: 'custom', message: found.why });
      return z.NEVER;
    })
    .optional()
    .meta({ ...schema, description });
}

const mostValues = 100;

function several<T>(read: (text: string) => Read<T>, schema: Json, description: string) {
  return z
    .unknown()
    .transform((given, context): T[] => {
      const texts = [given].flat().flatMap((text) => String(text).split(','));
      if (texts.length > mostValues) context.addIssue({ code: 'custom', message: `has ${texts.length} values: give at most ${mostValues}` });
      return texts.slice(0, mostValues).flatMap((text) => {
        const found = read(text.trim());
        if ('value' in found) return [found.value];
        context.addIssue({ code: 'custom', message: found.why });
        return [];
      });
    })
    .optional()
    .meta({ type: 'array', items: schema, description });
}

const quoted = (text: string) => `'${text.slice(0, 60)}'`;

const among =
  <T extends string>(allowed: readonly T[]) =>
  (text: string): Read<T> => {
    const value = allowed.find((each) => each === text);
    return value === undefined ? { why: `${quoted(text)} is not one of ${allowed.join(', ')}` } : { value };
  };

const id = (text: string): Read<string> =>
  isId(text) ? { value: text } : { why: `${quoted(text)} is not an id: 1 to 63 lower-case letters, digits, dots, dashes or underscores` };

const idSchema = { type: 'string', pattern: idPattern.source };

const personOf = (text: string): Read<string> => (isPersonId(text) ? { value: text } : { why: `${quoted(text)} is not an id: ${personIdForm}` });
const people = (description: string) => several(personOf, { type: 'string', maxLength: 255 }, description);

/** One or several of a fixed list. */
export const choice = <T extends string>(allowed: readonly T[], description: string) => several(among(allowed), { type: 'string', enum: allowed }, description);
export const ids = (description: string) => several(id, idSchema, description);

/** One of a fixed list; undefined where it is left out. */
export const oneOf = <T extends string>(allowed: readonly T[], description: string) => one(among(allowed), { type: 'string', enum: allowed }, description);

/** `true` or `false`; undefined where it is left out. */
export const flag = (description: string) =>
  one<boolean>(
    (text) => (text === 'true' ? { value: true } : text === 'false' ? { value: false } : { why: `${quoted(text)} is not true or false` }),
    { type: 'boolean' },
    description,
  );

const longestText = 200;
const text = (given: string): Read<string> => {
  const value = given.trim();
  return value === '' || value.length > longestText || value.includes('\0') ? { why: `must have 1 to ${longestText} characters` } : { value };
};
const textSchema = { type: 'string', minLength: 1, maxLength: longestText };

/** Commas are part of the value. */
export const someText = (description: string) => one(text, textSchema, description);
/** One or several free values. */
export const texts = (description: string) => several(text, textSchema, description);

export const dateAndLater = (description: string) =>
  one<number>(
    (text) => {
      const found = readDate(text);
      return 'ms' in found ? { value: found.ms } : { why: found.why };
    },
    { type: 'string', examples: dateForm.split(' or ') },
    `${description}: ${dateForm}`,
  );

/** The largest where it is left out. */
export const wholeNumber = ({ least, most }: { least: number; most: number }, description: string) =>
  one<number>(
    (given) => {
      const value = Number(given);
      return /^\d{1,9}$/.test(given) && value >= least && value <= most
        ? { value }
        : { why: `${quoted(given)} is not a whole number from ${least} to ${most}` };
    },
    { type: 'integer', minimum: least, maximum: most },
    description,
  ).transform((given): number => given ?? most);

const mostRows = 500;
const usualRows = 100;

const limit = one<number>(
  (text) => {
    const value = Number(text);
    return /^\d{1,4}$/.test(text) && value >= 1 && value <= mostRows ? { value } : { why: `${quoted(text)} is not a whole number from 1 to ${mostRows}` };
  },
  { type: 'integer', minimum: 1, maximum: mostRows },
  `rows per page, 1 to ${mostRows}; ${usualRows} if left out`,
).transform((given): number => given ?? usualRows);

const cursor = one<string>((text) => ({ value: text }), { type: 'string' }, '`next` from the previous page; keep the filters the same');

/** Every list has these. */
export const paging = { limit, cursor };

/** By the packages that a row is about, as the latest revision of the plan has them. */
export const aboutPackages = {
  owner: people('owner of the package'),
  team: ids("team of the package's owner"),
  risk: choice(riskSchema.options, 'risk of the package'),
};

export const inPlans = { plan: ids('id of a plan'), wave: ids('id of a wave') };
