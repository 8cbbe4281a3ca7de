/**
 * How much a plan comes to when everything is written out. A file may name one long list in many places, and is small itself; every worker and every endpoint
 * that has to do with the plan keeps all of it in memory.
 */
import { rulesOf, signedLines } from './incompatible-rules.ts';
import type { Finding } from './places.ts';
import { quote } from './places.ts';
import { numberText } from '../number-text.ts';
import type { Plan } from './schema.ts';

/** A text counts as a row for each so many characters. */
const charactersOfARow = 200;

/** Entries of all lists, accounts, and long texts. Of plain data without circles; a part that is named in many places is counted in each and looked at once. */
export function rowsIn(value: unknown, seen = new Map<object, number>()): number {
  if (typeof value === 'string') return Math.floor(value.length / charactersOfARow);
  if (typeof value !== 'object' || value === null) return 0;
  const before = seen.get(value);
  if (before !== undefined) return before;
  let rows = 0;
  if (Array.isArray(value)) for (const entry of value) rows += 1 + rowsIn(entry, seen);
  else for (const [key, part] of Object.entries(value)) rows += rowsIn(part, seen) + (key === 'accounts' ? entriesIn(part) : 0);
  seen.set(value, rows);
  return rows;
}

const entriesIn = (value: unknown): number => (typeof value === 'object' && value !== null ? Object.keys(value).length : 0);

/** Bytes of a plan when everything is written out: what each revision takes in the store, and an answer with the plan in memory. */
export const mostBytes = 8 * 1_048_576;

/** As JSON, or somewhat more. A part that is named in many places is counted in each and looked at once. */
export function bytesIn(value: unknown, seen = new Map<object, number>()): number {
  if (typeof value === 'string') return 2 + (isPlain.test(value) ? value.length : 3 * value.length);
  if (typeof value !== 'object' || value === null) return String(value).length;
  const before = seen.get(value);
  if (before !== undefined) return before;
  let bytes = 2;
  if (Array.isArray(value)) for (const entry of value) bytes += 1 + bytesIn(entry, seen);
  else for (const [key, part] of Object.entries(value)) bytes += 2 + bytesIn(key) + bytesIn(part, seen);
  seen.set(value, bytes);
  return bytes;
}
const isPlain = /^[ -~]*$/;

/** At the list that takes the most. */
export function tooManyBytes(plan: Record<string, unknown>): Finding[] {
  const seen = new Map<object, number>();
  const bytes = bytesIn(plan, seen);
  if (bytes <= mostBytes) return [];
  const [[list, within] = ['', undefined]] = Object.entries(plan).toSorted(([, a], [, b]) => bytesIn(b, seen) - bytesIn(a, seen));
  const say = () =>
    `the plan comes to ${inMegabytes(bytes)} MB when everything is written out, ${inMegabytes(bytesIn(within, seen))} of them in ${list}, and one plan may come to ${inMegabytes(mostBytes)}: shorten its texts, or divide it into several plans`;
  return [{ path: [list], say }];
}
const inMegabytes = (bytes: number): string => (bytes / 1_048_576).toLocaleString('en', { maximumFractionDigits: 1 });

/** At the list that has the most of them, with its largest entries. */
export function tooManyRows(plan: Record<string, unknown>, limit: number): Finding[] {
  const seen = new Map<object, number>();
  const rows = rowsIn(plan, seen);
  if (rows <= limit) return [];
  const [[list, within] = ['', undefined]] = Object.entries(plan).toSorted(([, a], [, b]) => rowsIn(b, seen) - rowsIn(a, seen));
  const largest = Array.isArray(within) ? largestOf(within, seen) : [];
  const most = largest.length === 0 ? '' : ` (most of ${largest.join(', ')})`;
  const say = () =>
    `the plan comes to ${numberText(rows)} rows when every list is written out, ${numberText(rowsIn(within, seen))} of them in ${list}${most}, and this site allows ${numberText(limit)} in one plan: divide it into several plans`;
  return [{ path: [list], say }];
}

/** Of a plan without other mistakes, at the package that has the most of them. A small file can name thousands of people and thousands of entitlements. */
export function tooManyGrants(plan: Plan, limit: number): Finding[] {
  const grants = plan.packages.map((one) => one.cohort.length * (one.entitlements.length + one.legacy.length + rulesOf(plan, one).length));
  const all = grants.reduce((sum, each) => sum + each, 0);
  if (all <= limit) return [];
  const largest = grants.indexOf(Math.max(...grants));
  const say = () =>
    `the packages come to ${numberText(all)} grants, ${numberText(grants[largest] ?? 0)} of them in ${quote(plan.packages[largest]?.id ?? '')}: each of its people times each entitlement that it grants or retires, and each rule that concerns it; this site allows ${numberText(limit)} in one plan: divide it into several plans, or put entitlements into fewer roles`;
  return [{ path: ['packages', largest], say }];
}

/** Of a plan without other mistakes. */
export function tooManySignedLines(plan: Plan, limit: number): Finding[] {
  const lines = signedLines(plan);
  if (lines <= limit) return [];
  const say = () =>
    `the rules and exceptions under incompatible come to ${numberText(lines)} lines in what is signed for the packages of all waves, and this site allows ${numberText(limit)} in one plan: divide it into several plans, or have fewer rules and exceptions for each package`;
  return [{ path: ['incompatible'], say }];
}

function largestOf(entries: unknown[], seen: Map<object, number>): string[] {
  const named = entries.flatMap((entry) => {
    const id = (entry as { id?: unknown } | null)?.id;
    return typeof id === 'string' ? [{ id, rows: rowsIn(entry, seen) }] : [];
  });
  return named
    .toSorted((a, b) => b.rows - a.rows)
    .slice(0, 3)
    .filter(({ rows }) => rows > 0)
    .map(({ id, rows }) => `${quote(id)}: ${numberText(rows)}`);
}
