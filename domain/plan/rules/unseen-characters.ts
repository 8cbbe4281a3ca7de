/** Characters that nobody sees, or that turn the direction of what follows: a name with one reads as another name. */
import { codePoint, misleading } from '../../free-text.ts';
import type { DraftPlan, Finding, Path } from '../places.ts';

const lineBreak = /[\n\r\t]/;

/** The first of each text. */
export function* unseenCharacters(plan: DraftPlan): Generator<Finding> {
  yield* within(plan, []);
}

function* within(value: unknown, path: Path): Generator<Finding> {
  if (typeof value === 'string') {
    const found = misleading.exec(value) ?? (path.at(-1) === 'name' ? lineBreak.exec(value) : null);
    if (found) yield { path, say: () => mistake(found[0], [...value.slice(0, found.index)].length + 1) };
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* within(item, [...path, index]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* within(item, [...path, key]);
  }
}

function mistake(character: string, place: number): string {
  return `its character ${place} is ${codePoint(character)}, which nobody sees or which turns what follows: write it without`;
}
