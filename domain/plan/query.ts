/**
 * The queries in a plan: which parameters each kind may name (`:from`), and how they become PostgreSQL's numbered ones, outside of string
 * literals, quoted identifiers, comments, dollar quotes and casts. Each is one read-only statement.
 */
import { refusedCall } from './refused-calls.ts';

export interface QueryForm {
  /** Its name in messages. */
  what: string;
  answers: string;
  /** Parameters that a query may name, each with its type, so that the server never has to guess. */
  parameters: Record<string, string>;
}

export const metricForm: QueryForm = {
  what: 'a metric',
  answers: 'the columns of its kind',
  parameters: { from: 'timestamptz', to: 'timestamptz', people: 'text[]', package: 'text' },
};
export const cohortForm: QueryForm = {
  what: 'the statement of a cohort',
  answers: 'the column `account`',
  parameters: { people: 'text[]', package: 'text' },
};
export const usageForm: QueryForm = {
  what: 'a usage statement',
  answers: 'the columns `account`, `role` and `at`',
  parameters: { from: 'timestamptz', to: 'timestamptz', people: 'text[]', roles: 'text[]' },
};

/**
 * The pieces of SQL that are never rewritten, and those that may be. Order matters: earlier ones win. A string with a prefix (E'…') takes
 * backslash escapes; an identifier is taken whole, so that the `$` in `a$1` is no parameter.
 */
const pieces = [
  { kind: 'quiet', form: /--[^\n\r]*/y },
  { kind: 'escapes', form: /[eE]'(?:[^'\\]|\\[^]|'')*'/y },
  { kind: 'quiet', form: /'(?:[^']|'')*'/y },
  { kind: 'quiet', form: /"(?:[^"]|"")*"/y },
  { kind: 'word', form: /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y },
  { kind: 'quiet', form: /::|:=/y },
  { kind: 'parameter', form: /:[A-Za-z_]\w*/y },
  { kind: 'position', form: /\$\d+/y },
  { kind: 'end', form: /;/y },
  // Servers before 15 read 1e'…' as a number and a string with escapes.
  { kind: 'number', form: /\d[\w.]*(?!')/y },
  { kind: 'space', form: /\s+/y },
] as const;

export interface Numbered {
  sql: string;
  /** The parameters by name, in the order of their numbers. */
  used: string[];
  /** Where each piece of `sql` begins, there and in the query. */
  origins: { at: number; from: number }[];
}

/**
 * Throws an Error that says what to fix in the query. What returns can be put between brackets in a longer statement: no piece of it closes a bracket that
 * it did not open.
 */
export function numbered(query: string, { what, answers, parameters }: QueryForm): Numbered {
  const names = Object.keys(parameters)
    .map((name) => `:${name}`)
    .join(', ');
  const used: string[] = [];
  const origins: Numbered['origins'] = [];
  const brackets = new Brackets();
  let sql = '';
  let from = 0;
  let first: string | undefined;
  let ended = false;
  let before: Piece | undefined;
  for (const piece of piecesOf(query)) {
    const at = from;
    from += piece.text.length;
    const silent = isSilent(piece);
    if (ended && !silent && piece.kind !== 'end') throw new Error(`the query has several statements: ${what} must be one SELECT`);
    if (piece.kind === 'end') {
      ended = true;
      continue;
    }
    if (!silent) {
      if (piece.text !== '(') first ??= piece.text.toLowerCase();
      refuseMisread(before, piece);
      const call = refusedCall(before, piece);
      if (call !== undefined)
        throw new Error(`the query uses ${call}: ${what} only reads the application's own tables. Read a column or table of that name through a view`);
      before = piece;
    }
    brackets.take(piece.text);
    if (piece.kind === 'position') throw new Error(`the query uses ${piece.text}: name its parameters instead (${names})`);
    const name = piece.kind === 'parameter' ? piece.text.slice(1) : '';
    const isKnown = Object.hasOwn(parameters, name);
    // In brackets an unknown one may be the upper bound of an array slice: a[1:n].
    if (piece.kind === 'parameter' && !isKnown && !brackets.inSlice())
      throw new Error(
        `the query uses ${piece.text}, which does not exist: use ${names}${name === 'start' ? '. How far back it counts is the lookback of the metric' : ''}`,
      );
    origins.push({ at: sql.length, from: at });
    if (!isKnown) {
      sql += piece.text;
      continue;
    }
    if (!used.includes(name)) used.push(name);
    sql += `$${used.indexOf(name) + 1}::pg_catalog.${parameters[name]}`;
  }
  if (first === undefined) throw new Error(`the query is empty: ${what} must be one SELECT with ${answers}`);
  if (!['select', 'with', 'values', 'table'].includes(first)) throw new Error(`the query begins with '${first}': ${what} must be one SELECT that only reads`);
  brackets.end();
  return { sql, used, origins };
}

/** Where in the query the character at `at` of its `sql` was written; lines and columns from 1, columns in characters. */
export function placeIn(query: string, { origins }: Pick<Numbered, 'origins'>, at: number): { line: number; column: number } | undefined {
  const index = origins.findLastIndex((origin) => origin.at <= at);
  const origin = origins[index];
  if (!origin) return undefined;
  const next = origins[index + 1]?.from ?? query.length;
  const written = query.slice(0, Math.min(origin.from + at - origin.at, Math.max(origin.from, next - 1)));
  const line = written.split('\n').length;
  return { line, column: Array.from(written.slice(written.lastIndexOf('\n') + 1)).length + 1 };
}

/** Round and square brackets: each closes the last one that was opened. */
class Brackets {
  readonly #open: string[] = [];

  take(text: string): void {
    if (text === '(' || text === '[') this.#open.push(text);
    if (text !== ')' && text !== ']') return;
    const opened = this.#open.pop();
    if (opened !== (text === ')' ? '(' : '[')) throw new Error(`the query has a closing ${text} without an opening ${text === ')' ? '(' : '['}`);
  }

  inSlice(): boolean {
    return this.#open.includes('[');
  }

  end(): void {
    const [left] = this.#open;
    if (left !== undefined) throw new Error(`the query has an opening ${left} without a closing ${left === '(' ? ')' : ']'}`);
  }
}

/** What PostgreSQL might read otherwise than this file does. */
function refuseMisread(before: Piece | undefined, piece: Piece): void {
  // A string goes on in the next line, and there, too, a backslash would escape a quote.
  if (before?.kind === 'escapes' && piece.text.startsWith("'")) throw new Error("the query has two strings after each other: write E'…' as one");
  if (before?.text === '&' && piece.text.startsWith('"')) throw new Error('the query has a name with Unicode escapes (U&"…"): write the name itself');
}

/** The parameters that the query names, known or not. */
export const namesIn = (query: string): Set<string> => new Set([...piecesOf(query)].flatMap(({ kind, text }) => (kind === 'parameter' ? [text.slice(1)] : [])));

export interface Piece {
  kind: (typeof pieces)[number]['kind'] | 'comment' | 'other';
  text: string;
}

export function* piecesOf(sql: string): Generator<Piece> {
  let at = 0;
  while (at < sql.length) {
    const piece = nextPiece(sql, at);
    yield piece;
    at += piece.text.length;
  }
}

export const isSilent = ({ kind }: Piece): boolean => kind === 'space' || kind === 'comment';

function nextPiece(sql: string, at: number): Piece {
  if (sql.startsWith('/*', at)) return { kind: 'comment', text: blockComment(sql, at) };
  if (sql[at] === '$') {
    const quoted = dollarQuoted(sql, at);
    if (quoted !== undefined) return { kind: 'quiet', text: quoted };
  }
  for (const { kind, form } of pieces) {
    // Without its end it is no name before a string.
    if (kind === 'word' && /^[eE]'/.test(sql.slice(at, at + 2))) throw new Error('the query has an opening single quote without a closing one');
    form.lastIndex = at;
    const text = form.exec(sql)?.[0];
    if (text !== undefined) return { kind: text.startsWith('--') ? 'comment' : kind, text };
  }
  const text = sql.charAt(at);
  if (text === '\0') throw new Error('the query has a NUL character');
  if (text === `'` || text === '"') throw new Error(`the query has an opening ${text === '"' ? 'double' : 'single'} quote without a closing one`);
  return { kind: 'other', text };
}

const openingDollar = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;

/** `$$…$$` or `$name$…$name$`; undefined where none begins. */
function dollarQuoted(sql: string, start: number): string | undefined {
  openingDollar.lastIndex = start;
  const opening = openingDollar.exec(sql)?.[0];
  if (opening === undefined) return undefined;
  const end = sql.indexOf(opening, start + opening.length);
  if (end === -1) throw new Error(`the query has an opening ${opening} without a closing one`);
  return sql.slice(start, end + opening.length);
}

/** PostgreSQL's block comments nest. */
function blockComment(sql: string, start: number): string {
  let depth = 0;
  for (let at = start; at < sql.length; at++) {
    if (sql.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (sql.startsWith('*/', at)) {
      depth--;
      at++;
      if (depth === 0) return sql.slice(start, at + 1);
    }
  }
  throw new Error('the query has a comment /* without a closing */');
}
