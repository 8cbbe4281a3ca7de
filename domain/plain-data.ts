/**
 * What may come in as data: plain JSON whose texts can be stored and digested. PostgreSQL takes no NUL, a digest takes no half of a surrogate pair, and
 * data that is nested without end cannot be read at all. One such character in a reason must not stop what would have recorded it.
 */

const deepest = 24;

/** Why it is not plain, with the place: `body.reason holds a NUL character`. Undefined: it is. Needs no more of the stack however deep the data is. */
export function plainMistake(value: unknown, name = 'it'): string | undefined {
  const open: { at: unknown; path: string; depth: number }[] = [{ at: value, path: '', depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { at, path, depth } = next;
    const where = path === '' ? name : path;
    if (depth > deepest) return `${where.slice(0, 200)} is nested more than ${deepest} levels deep`;
    const why = typeof at === 'string' ? textMistake(at) : typeof at === 'number' && !Number.isFinite(at) ? 'is not a number' : undefined;
    if (why !== undefined) return `${where} ${why}`;
    if (typeof at !== 'object' || at === null) continue;
    for (const [key, inner] of Object.entries(at)) {
      const wrongKey = textMistake(key);
      if (wrongKey !== undefined) return `a key of ${where} ${wrongKey}`;
      open.push({ at: inner, path: path === '' ? key.slice(0, 60) : `${path}.${key.slice(0, 60)}`, depth: depth + 1 });
    }
  }
  return undefined;
}

function textMistake(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character: send it without';
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair, which is no character: send it as UTF-8';
}

/** The text with what cannot be stored replaced by U+FFFD: for texts of systems, and for texts that were shortened in the middle of a character. */
export const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

/** As `storable`, for every text in plain data. */
export function storableData<T>(value: T): T {
  if (typeof value === 'string') return storable(value) as T;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => storableData(item)) as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storable(key), storableData(item as unknown)])) as T;
}

/** Its first so many characters, without half of one at the end. */
export const shortened = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…` : text);
