/** Places in a plan: paths, their text for people, and a walk over every place that a pattern names. */
import { withoutMisleading } from '../misleading-text.ts';
import type { Plan } from './schema.ts';

export type Path = (string | number)[];

/** A plan without the parts that the schema refused. Rules read this, so that one mistake does not hide the next. */
export type Draft<T> = T extends (infer E)[] ? (Draft<E> | undefined)[] : T extends object ? { [K in keyof T]?: Draft<T[K]> | undefined } : T | undefined;
export type DraftPlan = Draft<Plan>;

/** A mistake at a place. `say` makes the sentence; it is called only for the findings that are shown. */
export interface Finding {
  path: Path;
  /** The finding is about the key, not its value. */
  key?: boolean;
  /** Where in the text, when the path alone does not tell. */
  offset?: number;
  /** The finding is that this part is absent; it is dropped where the part is present but mistaken. */
  absent?: Path;
  say: () => string;
}

/** `['packages', 2, 'watch', 'length']` → `packages[2].watch.length`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${text}[${quote(step)}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** A message must not carry a file's escape sequences into a terminal. */
export const printable = (text: string): string => withoutMisleading(text.replace(/[\n\r\t\u2028\u2029]/g, ' '));

/** Text from a file that is safe in a message: short, in quotes, without control characters. */
export function quote(value: unknown): string {
  if (value === undefined) return '(without an id)';
  // JSON has no word for Infinity.
  const text = typeof value === 'string' ? value : typeof value === 'number' ? `${value}` : JSON.stringify(value);
  // People write connection strings in wrong places: a message must not repeat their password.
  const clean = printable(text).replace(/:\/\/\S*@/g, '://…@');
  return clean.length > 60 ? `'${clean.slice(0, 57)}…'` : `'${clean}'`;
}

/** Every value that a pattern such as `packages[].cohort[]` names, with its path; absent parts are skipped. */
export function* each(plan: DraftPlan, pattern: string): Generator<{ value: unknown; path: Path }> {
  yield* walk(plan, pattern.split(/\.|(?=\[\])/), []);
}

function* walk(value: unknown, [step, ...rest]: string[], path: Path): Generator<{ value: unknown; path: Path }> {
  if (value === undefined || value === null) return;
  if (step === undefined) {
    yield { value, path };
  } else if (step === '[]') {
    if (!Array.isArray(value)) return;
    for (const [index, item] of value.entries()) yield* walk(item, rest, [...path, index]);
  } else if (step === '*') {
    for (const key of Object.keys(value)) yield { value: key, path: [...path, key] };
  } else if (typeof value === 'object' && Object.hasOwn(value, step)) {
    yield* walk((value as Record<string, unknown>)[step], rest, [...path, step]);
  }
}

/** A plan's list without its refused entries, each with its index. */
export function* entriesOf<T>(list: (T | undefined)[] | undefined): Generator<[number, T]> {
  for (const [index, item] of (list ?? []).entries()) if (item !== undefined) yield [index, item];
}
