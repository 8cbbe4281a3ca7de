/** Characters that nobody sees, or that turn the direction of what follows: a name with one reads as another name. */
import { codePoint, misleading } from '../misleading-text.ts';

const lineBreak = /[\n\r\t]/;

/** Of a text of a plan: the first of them, with its place and what to do. Undefined: there is none. `isName`: it stands in one line. */
export function unseenCharacter(text: string, isName: boolean): string | undefined {
  const found = misleading.exec(text) ?? (isName ? lineBreak.exec(text) : null);
  if (!found) return undefined;
  const place = (text.slice(0, found.index).match(/[^]/gu)?.length ?? 0) + 1;
  return `its character ${place} is ${codePoint(found[0])}, which nobody sees or which turns what follows; write it without`;
}
