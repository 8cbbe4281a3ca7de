/** The beginning of a list of lines, for a place that takes only so much. */
import { bytesOf } from './plan/fields.ts';
import { shortened } from './plain-data.ts';

export interface Room {
  /** Lines, with the one that counts what is left out. */
  lines: number;
  /** Bytes of UTF-8, of all lines. */
  bytes: number;
  /** Characters of one line; absent: 1,000. */
  line?: number;
}

/** What does not fit is counted in the last line. Lines that fit are as they were. */
export function firstLines(lines: readonly string[], { lines: most, bytes, line: longest = 1_000 }: Room): string[] {
  const first: string[] = [];
  let left = bytes;
  for (const line of lines) {
    const short = shortened(line, longest);
    left -= bytesOf(short);
    if (left < 0 || first.length >= (lines.length > most ? most - 1 : most)) break;
    first.push(short);
  }
  if (first.length === lines.length) return first;
  return [...first, `and ${lines.length - first.length} more`];
}
