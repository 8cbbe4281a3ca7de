/**
 * From a file's text to plain data, with the place of everything in it. A plan is one YAML document of plain maps, lists and values. Anything that
 * could do harm (deep nesting, aliases that multiply, tags, binary, keys such as `__proto__`) is refused quickly and in one sentence.
 */
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser } from 'yaml';
import type { CST, Document, Node } from 'yaml';
import { printable, quote } from './places.ts';
import type { Finding, Path } from './places.ts';
import { unseenCharacter } from './unseen-characters.ts';
import { numberText } from '../number-text.ts';

/**
 * A plan for ten thousand people fits well. `tokens` are words and signs; past `tokensAtLeast` each must average two characters, as in any text
 * that a person wrote: files of nothing but brackets or keys take seconds to read.
 */
export const limits = { bytes: 2 * 1024 * 1024, tokensAtLeast: 200_000, tokens: 600_000, depth: 64, expanded: 600_000, syntaxErrors: 20 } as const;

/** Where a value is, and what is inside it. Offsets count UTF-16 units of the text. */
export interface Place {
  offset: number;
  /** A number, `true` and the like as the file has it: `00012345` is read as 12345. */
  written?: string;
  entries?: Map<string, { keyOffset: number; place: Place }>;
  items?: Place[];
}

export interface Source {
  value: unknown;
  place: Place;
  findings: Finding[];
  lines: LineCounter;
}
/** Not a plan: nothing inside was read. */
export interface Unreadable {
  unreadable: { offset: number; message: string }[];
  lines: LineCounter;
}

/** A file of which nothing was read. */
export function unreadable(message: string): Unreadable {
  const lines = new LineCounter();
  lines.addNewLine(0);
  return { unreadable: [{ offset: 0, message }], lines };
}

class Refusal extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

export function readSource(text: string): Source | Unreadable {
  const lines = new LineCounter();
  lines.addNewLine(0);
  try {
    refuseUnfitText(text, lines);
    const document = compose(text, lines);
    const builder = new Builder();
    const built = builder.build(document.contents, []);
    return { value: built.value, place: built.place, findings: builder.findings, lines };
  } catch (problem) {
    if (problem instanceof SyntaxErrors) return { unreadable: problem.errors, lines };
    if (problem instanceof Refusal) return { unreadable: [{ offset: problem.offset, message: problem.message }], lines };
    // The depth is limited above; this covers what the limits miss.
    if (problem instanceof RangeError) return { unreadable: [{ offset: 0, message: 'the file is nested too deeply to be read' }], lines };
    throw problem;
  }
}

function refuseUnfitText(text: string, lines: LineCounter): void {
  // UTF-8 is never shorter than UTF-16 counts units.
  if (text.length > limits.bytes) throw new Refusal(0, tooLarge);
  // oxlint-disable-next-line no-control-regex -- finds control characters
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.exec(text);
  if (strange) {
    for (let at = text.indexOf('\n'); at !== -1 && at < strange.index; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
    const code = strange[0].charCodeAt(0);
    if (code === 0) throw new Refusal(strange.index, 'the file is binary, not text: it contains a NUL byte; a plan is a YAML file in UTF-8');
    if (code >= 0xd800) throw new Refusal(strange.index, 'the file is not valid UTF-8 here; save it as UTF-8');
    throw new Refusal(strange.index, `the file contains the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}; a plan is plain text`);
  }
  if (text.trim() === '') throw new Refusal(0, emptyFile);
}

export const tooLarge = `the file is larger than ${limits.bytes / 1024 / 1024} MiB, the limit for a plan`;
const emptyFile = 'the file is empty; a plan starts with a line such as plan: role-packages';

class SyntaxErrors extends Error {
  readonly errors: { offset: number; message: string }[];
  constructor(errors: { offset: number; message: string }[]) {
    super('not well-formed YAML');
    this.errors = errors;
  }
}

/** The one document of the text. Limits are checked during reading, because a file of brackets takes minutes to read to its end. */
function compose(text: string, lines: LineCounter): Document.Parsed {
  const errors: { offset: number; message: string }[] = [];
  const report = (offset: number, message: string) => {
    errors.push({ offset, message: `this is not well-formed YAML: ${short(message)}` });
    if (errors.length >= limits.syntaxErrors) throw new SyntaxErrors(errors);
  };
  const composer = new Composer({ uniqueKeys: false, version: '1.2', schema: 'core' });
  // Left alone, the composer collects a million errors, each with its stack.
  Object.assign(composer, {
    onError: (source: number | [number, number] | { offset: number }, _code: string, message: string, warning?: boolean) => {
      if (!warning) report(typeof source === 'number' ? source : Array.isArray(source) ? source[0] : source.offset, message);
    },
  });
  let first: Document.Parsed | undefined;
  for (const document of composer.compose(boundedTokens(text, lines, report), true, text.length)) {
    if (first) throw new Refusal(document.range[0], 'the file holds more than one YAML document; a plan is one document without a second ---');
    first = document;
    for (const { pos, message } of document.errors) report(pos[0], message);
  }
  if (errors.length > 0) throw new SyntaxErrors(errors);
  if (!first?.contents || (isScalar(first.contents) && first.contents.value === null)) throw new Refusal(0, emptyFile);
  return first;
}

function* boundedTokens(text: string, lines: LineCounter, report: (offset: number, message: string) => void) {
  const parser = new Parser(lines.addNewLine);
  function* passed(tokens: Iterable<CST.Token>) {
    for (const token of tokens) {
      if (token.type === 'error') report(token.offset, token.message);
      else yield token;
    }
  }
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > limits.tokensAtLeast && (count > limits.tokens || parser.offset < 2 * count)) {
      throw new Refusal(parser.offset, `the file has ${numberText(count)} words and signs up to here, which is over the limit for a plan`);
    }
    if (parser.stack.length > limits.depth)
      throw new Refusal(parser.offset, `the file is nested more than ${limits.depth} levels deep here; a plan needs fewer than a dozen`);
    yield* passed(parser.next(lexeme));
  }
  yield* passed(parser.end());
}

/** The parser's message, which repeats text of the file. */
const short = (message: string) => printable(message.charAt(0).toLowerCase() + message.slice(1, 160)).trimEnd();

interface Built {
  value: unknown;
  place: Place;
  size: number;
}

/** Turns nodes into data. An alias refers to the data that was built before, so nothing is copied; its size counts every time. */
class Builder {
  readonly findings: Finding[] = [];
  private readonly anchors = new Map<string, Built>();
  private total = 0;

  build(node: Node | null, path: Path): Built {
    const built = this.plain(node, path);
    this.total += 1;
    const anchor = node && !isAlias(node) ? (node as { anchor?: string }).anchor : undefined;
    if (anchor) this.anchors.set(anchor, built);
    return built;
  }

  private plain(node: Node | null, path: Path): Built {
    const offset = node?.range?.[0] ?? 0;
    const tag = (node as { tag?: string } | null)?.tag;
    if (node && !isAlias(node) && tag) this.find(path, `the tag ${tagText(tag)} is not allowed in a plan; write the plain value`);
    if (isAlias(node)) return this.aliased(node.source, offset, path);
    if (isSeq(node)) {
      const built = node.items.map((item, index) => this.build(item as Node, [...path, index]));
      return { value: built.map(({ value }) => value), place: { offset, items: built.map(({ place }) => place) }, size: sizeOf(built) };
    }
    if (isMap(node)) return this.map(node.items as { key: Node; value: Node | null }[], offset, path);
    const value = isScalar(node) ? node.value : null;
    if (typeof value === 'string') {
      const unseen = /\p{Surrogate}/u.test(value) ? 'this text contains half a character; write it without' : unseenCharacter(value, path.at(-1) === 'name');
      if (unseen !== undefined) this.find(path, unseen);
    }
    const written = isScalar(node) && typeof value !== 'string' && node.source !== undefined ? { written: node.source } : {};
    return {
      value: typeof value === 'bigint' ? Number(value) : value,
      place: { offset, ...written },
      size: 1 + (typeof value === 'string' ? value.length >> 6 : 0),
    };
  }

  private aliased(name: string, offset: number, path: Path): Built {
    const target = this.anchors.get(name);
    if (!target) {
      this.find(path, `*${name} refers to nothing: there is no finished &${name} before it`);
      return { value: null, place: { offset }, size: 1 };
    }
    this.total += target.size;
    if (this.total > limits.expanded)
      throw new Refusal(offset, `the aliases of this file multiply to more than ${numberText(limits.expanded)} values; write out what is needed`);
    return { value: target.value, place: { ...target.place, offset }, size: target.size };
  }

  private map(pairs: { key: Node; value: Node | null }[], offset: number, path: Path): Built {
    const value = Object.create(null) as Record<string, unknown>;
    const entries = new Map<string, { keyOffset: number; place: Place }>();
    const sizes: Built[] = [];
    for (const { key, value: node } of pairs) {
      const keyOffset = key?.range?.[0] ?? offset;
      const name = isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))) : undefined;
      const keyTag = (key as { tag?: string } | null)?.tag;
      const refusal =
        refusedKey(name) ??
        (keyTag ? `the tag ${tagText(keyTag)} is not allowed in a plan` : undefined) ??
        (entries.has(name ?? '') ? `the key ${quote(name)} appears twice here; keep one` : undefined);
      if (name === undefined || refusal) {
        const at = [...path, name ?? ''];
        if (name !== undefined && !entries.has(name)) entries.set(name, { keyOffset, place: { offset: keyOffset } });
        this.findings.push({ path: name === undefined ? path : at, offset: keyOffset, say: () => refusal ?? 'a key must be plain text' });
        continue;
      }
      const built = this.build(node, [...path, name]);
      if (node === null) built.place.offset = keyOffset;
      sizes.push(built);
      value[name] = built.value;
      entries.set(name, { keyOffset, place: built.place });
    }
    return { value, place: { offset, entries }, size: sizeOf(sizes) };
  }

  private find(path: Path, message: string): void {
    this.findings.push({ path, say: () => message });
  }
}

const tagText = (tag: string) => quote(tag.replace('tag:yaml.org,2002:', '!!'));
const sizeOf = (parts: Built[]) => parts.reduce((sum, { size }) => sum + size, 1);

function refusedKey(name: string | undefined): string | undefined {
  if (name === '<<') return 'merge keys (<<) are not read; write the keys out, or use an alias for a whole value';
  if (name === '__proto__') return `the key '${name}' is not allowed in a plan`;
  return undefined;
}

/** The value at this path as the file has it; undefined for text, lists and groups of keys. */
export function writtenAt(place: Place, path: Path): string | undefined {
  let found: Place | undefined = place;
  for (const step of path) found = typeof step === 'string' ? found?.entries?.get(step)?.place : found?.items?.[step];
  return found?.written;
}

/** Line and column of the finding, both from 1: the place of the deepest part of its path that the file has. */
export function positionOf(source: Pick<Source, 'place' | 'lines'>, finding: Pick<Finding, 'path' | 'key' | 'offset'>): { line: number; column: number } {
  if (finding.offset !== undefined) return position(source.lines, finding.offset);
  const { path, key = false } = finding;
  let place = source.place;
  let offset = place.offset;
  for (const [index, step] of path.entries()) {
    const entry = typeof step === 'string' ? place.entries?.get(step) : undefined;
    const next = entry?.place ?? (typeof step === 'number' ? place.items?.[step] : undefined);
    if (!next) break;
    place = next;
    offset = key && index === path.length - 1 && entry ? entry.keyOffset : next.offset;
  }
  return position(source.lines, offset);
}

export function position(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
