/** People as the command prints them: by name, with the id, which is what its options take. */
import { withNames, type Names } from '../domain/people-named.ts';

/** Up to the end of the line, or of the quotation. */
const command = /(?<=^|[\s'"(])rolewave [^\n']*/gm;

/** Not in commands, which have ids; and once, however often a text passes through here. */
export function withPeople(names: Names, text: string): string {
  if (names.size === 0) return text;
  const parts: string[] = [];
  let at = 0;
  for (const { index, 0: found } of text.matchAll(command)) {
    parts.push(withNames(names, text.slice(at, index)), found);
    at = index + found.length;
  }
  return [...parts, withNames(names, text.slice(at))].join('');
}
