/** Values and comments in a plan for people. Pure. */
import { escapedInJson } from '../domain/misleading-text.ts';
import { printable } from '../domain/plan/places.ts';

/** Plain where YAML and people read it the same way, otherwise in double quotes. */
export function value(text: string): string {
  const plain = /^[A-Za-z][\w .-]*$/.test(text) && !/\s$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
  return plain ? text : escapedInJson(JSON.stringify(text));
}

export const list = (texts: string[]): string => `[${texts.map(value).join(', ')}]`;

/** A name from the database inside a comment: on one line, whatever it contains. */
export const inComment = (text: string): string => printable(text).slice(0, 200);

/** `# ` before each line. */
export const commented = (lines: string[], indent = ''): string[] => lines.map((line) => `${indent}# ${line}`.trimEnd());
