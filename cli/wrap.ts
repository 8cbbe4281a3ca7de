/** Breaks long lines between words. */
import { stripVTControlCharacters } from 'node:util';

/** The lines of one line of text, each at most `width` columns wide; only a word that is longer than that goes past. `hanging` begins every line but the first. */
export function wrapped(text: string, width: number, hanging = '', measure: (text: string) => number = columnsOf): string[] {
  const [, indent = '', rest = ''] = /^( *)(.*)$/s.exec(text) ?? [];
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of rest.split(' ')) {
    if (!isEmpty && measure(`${line} ${word}`) > width) {
      lines.push(line.trimEnd());
      line = `${hanging}${word}`;
    } else line = isEmpty ? `${line}${word}` : `${line} ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

const columnsOf = (text: string): number => stripVTControlCharacters(text).length;

/** For a terminal. A line that is to be copied stays whole, however long it is. */
export function wrappedForTerminal(text: string, width: number): string {
  if (!(width > 20)) return text;
  return text
    .split('\n')
    .flatMap((line) =>
      columnsOf(line) <= width || toCopy.test(stripVTControlCharacters(line)) ? [line] : wrapped(line, width, `${/^ */.exec(line)?.[0] ?? ''}  `),
    )
    .join('\n');
}

/** A command, an address, or a single word. */
const toCopy = /^\s*(→ )?(\S+ )?(npx |npm run -s )?rolewave |^\s*\S+$/;
