/** The columns that a query returns, read from its text as far as that goes: what runs decides, and this only lets a mistake be named before anything runs. */
import { isSilent, piecesOf, type Piece } from './query.ts';

export interface Column {
  name: string;
  /** Without its name, in the order of the text, spaces and comments included. */
  expression: Piece[];
}

const ends = new Set(['from', 'where', 'group', 'having', 'window', 'order', 'limit', 'offset', 'fetch', 'for', 'union', 'intersect', 'except']);
const opens = new Set(['(', '[']);
const closes = new Set([')', ']']);

/** Undefined where the text does not tell: `*`, `values`, an expression without a name. */
export function columnsIn(query: string): Column[] | undefined {
  const columns = itemsIn(query)?.map(columnOf);
  return columns?.every((column) => column !== undefined) ? columns : undefined;
}

/** The entries between the query's own SELECT and its FROM; those of subqueries and of WITH are in brackets. */
function itemsIn(query: string): Piece[][] | undefined {
  const items: Piece[][] = [];
  let item: Piece[] | undefined;
  let depth = 0;
  let last = '';
  for (const piece of piecesOf(query)) {
    const word = piece.kind === 'word' ? piece.text.toLowerCase() : '';
    if (closes.has(piece.text)) depth--;
    if (depth === 0 && item === undefined) {
      if (word === 'select') item = [];
      else if (word === 'values' || word === 'table') return undefined;
    } else if (depth === 0 && item && (piece.kind === 'end' || (ends.has(word) && last !== 'distinct'))) break;
    else if (depth === 0 && item && piece.text === ',') {
      items.push(item);
      item = [];
    } else item?.push(piece);
    if (opens.has(piece.text)) depth++;
    if (!isSilent(piece)) last = word || piece.text;
  }
  return item === undefined ? undefined : [...items, item];
}

function columnOf(item: Piece[]): Column | undefined {
  const said = item.filter((piece) => !isSilent(piece));
  const [last, before] = [said.at(-1), said.at(-2)];
  const name = last && nameOf(last);
  if (!last || name === undefined) return undefined;
  if (before?.text.toLowerCase() === 'as') return { name, expression: upTo(item, before) };
  // A column by its own name, `value` or `t.value`.
  if (said.length === 1 || (said.length === 3 && before?.text === '.')) return { name, expression: item };
  return undefined;
}

const upTo = (item: Piece[], piece: Piece): Piece[] => item.slice(0, item.indexOf(piece));

function nameOf({ kind, text }: Piece): string | undefined {
  if (kind === 'word') return text.toLowerCase();
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : undefined;
}

/** What is counted or summed, and under which condition: a division in there is the statement's own business. */
const own = new Set(['count', 'sum', 'filter', 'where']);

/** Whether the expression divides, averages or makes a percentage of what it counts. */
export function divides(expression: Piece[]): boolean {
  const said = outside(expression, own).filter((piece) => !isSilent(piece));
  return said.some(({ text }, index) => {
    const isPercent = text === '*' && [said[index - 1], said[index + 1]].some((piece) => Number(piece?.text) === 100);
    return text === '/' || isPercent || text.toLowerCase() === 'avg';
  });
}

/** Whether it divides whole numbers by whole numbers, which PostgreSQL answers with a whole number. */
export function dividesWholeNumbers(expression: Piece[]): boolean {
  const said = outside(expression, own).filter((piece) => !isSilent(piece));
  const counts = said.filter(({ text }) => text.toLowerCase() === 'count').length;
  const isFraction = said.some(({ kind, text }) => text === '::' || text.toLowerCase() === 'cast' || (kind === 'number' && text.includes('.')));
  return counts > 0 && said.some(({ text }) => text === '/') && !isFraction;
}

/** The pieces that are not in brackets after one of these words. */
function outside(expression: Piece[], words: ReadonlySet<string>): Piece[] {
  const left: Piece[] = [];
  let skipped = 0;
  let last = '';
  for (const piece of expression) {
    if (skipped > 0) skipped += opens.has(piece.text) ? 1 : closes.has(piece.text) ? -1 : 0;
    else if (piece.text === '(' && words.has(last)) skipped = 1;
    else left.push(piece);
    if (!isSilent(piece)) last = piece.text.toLowerCase();
  }
  return left;
}

/** `a::float8 / nullif(b, 0)` → a and b, without what the division needed; undefined where it is no division at its top. */
export function dividend(expression: Piece[]): { count: string; of: string } | undefined {
  let depth = 0;
  const at = expression.findLastIndex((piece) => {
    depth += closes.has(piece.text) ? 1 : opens.has(piece.text) ? -1 : 0;
    return depth === 0 && piece.text === '/';
  });
  if (at === -1) return undefined;
  const [count, of] = [expression.slice(0, at), expression.slice(at + 1)].map((side) => withoutMeans(textOf(side)));
  return count && of ? { count, of } : undefined;
}

export const textOf = (expression: Piece[]): string =>
  expression
    .map(({ text }) => text)
    .join('')
    .trim();

function withoutMeans(side: string): string {
  const bare = side
    .replace(/^100(\.0*)?\s*\*\s*/, '')
    .replace(/\s*\*\s*100(\.0*)?$/, '')
    .replace(/::\s*(double precision|float\d?|real|numeric|decimal)\s*$/i, '')
    .trim();
  return /^nullif\s*\(([^]*),\s*0\s*\)$/i.exec(bare)?.[1]?.trim() ?? bare;
}
