/** Distinguished names (RFC 4514): what the server spells in different ways and means the same. */

export interface Rdn {
  /** In lower case. */
  attribute: string;
  value: string;
}

/** The parts of a DN, the entry's own first; each of one attribute or, with `+`, of several. Undefined: not a DN. */
export function parseDn(dn: string): Rdn[][] | undefined {
  if (dn.trim() === '') return [];
  const parts: Rdn[][] = [[]];
  let at = 0;
  for (;;) {
    const [named] = /^ *([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+) *= */.exec(dn.slice(at)) ?? [];
    if (named === undefined) return undefined;
    at += named.length;
    const value = valueAt(dn, at);
    if (!value) return undefined;
    parts.at(-1)?.push({ attribute: named.split('=')[0]?.trim().toLowerCase() ?? '', value: value.text });
    at = value.end;
    if (at >= dn.length) return parts;
    if (dn[at] !== '+') parts.push([]);
    at += 1;
  }
}

/** Printable ASCII but `"+,;<>\\`: most values have nothing else, and need not be read byte by byte. */
const plainText = /[ !#-*\--:=?-[\]-~]*/y;

/** Up to the next separator that is not escaped. */
function valueAt(dn: string, start: number): { text: string; end: number } | undefined {
  plainText.lastIndex = start;
  const [plain = ''] = plainText.exec(dn) ?? [];
  const end = start + plain.length;
  if (end === dn.length || ',;+'.includes(dn[end] ?? '')) return { text: plain.trimEnd(), end };
  return anyValueAt(dn, start);
}

function anyValueAt(dn: string, start: number): { text: string; end: number } | undefined {
  const bytes: number[] = [];
  // Spaces at the end count where they are escaped, and nowhere else.
  let kept = 0;
  let at = start;
  for (; at < dn.length && !',;+'.includes(dn[at] ?? ''); at++) {
    const char = String.fromCodePoint(dn.codePointAt(at) ?? 0);
    if (char === '\\') {
      const hex = /^[0-9a-f]{2}/i.exec(dn.slice(at + 1, at + 3))?.[0];
      const next = dn.codePointAt(at + 1);
      if (next === undefined) return undefined;
      const escaped = String.fromCodePoint(next);
      bytes.push(...(hex === undefined ? Buffer.from(escaped) : [Number.parseInt(hex, 16)]));
      at += hex?.length ?? escaped.length;
      kept = bytes.length;
    } else if (char === '"' || char === '\0' || char === '<' || char === '>') return undefined;
    else {
      bytes.push(...Buffer.from(char));
      at += char.length - 1;
      if (char !== ' ') kept = bytes.length;
    }
  }
  return { text: Buffer.from(bytes.slice(0, kept)).toString('utf8'), end: at };
}

export const formatDn = (parts: Rdn[][]): string =>
  parts.map((part) => part.map(({ attribute, value }) => `${attribute}=${escapeDnValue(value)}`).join('+')).join(',');

export function escapeDnValue(value: string): string {
  const inside = value
    .replaceAll(/[\\,+"<>;=]/g, String.raw`\$&`)
    .replaceAll('\0', String.raw`\00`)
    .replace(/^[ #]/, String.raw`\$&`);
  return value.length > 1 && value.endsWith(' ') ? `${inside.slice(0, -1)}\\ ` : inside;
}

/**
 * A DN that is written in one way only but for its case: names and values of letters, digits and a few signs, with single spaces inside. The tens of thousands of
 * members of a group are compared many times, and nothing else may run meanwhile.
 */
const plainDn = /^[A-Za-z][A-Za-z0-9-]*=[\w.@'-]+(?: [\w.@'-]+)*(?:,[A-Za-z][A-Za-z0-9-]*=[\w.@'-]+(?: [\w.@'-]+)*)*$/;

/** Of other DNs, the keys that were made last. */
const known = new Map<string, string>();
const [mostKnown, longestKnown] = [20_000, 300];

/** The same for all spellings of one DN; a text that is no DN is its own. For comparing only. */
export function dnKey(dn: string): string {
  if (plainDn.test(dn)) return dn.toLowerCase();
  const found = known.get(dn);
  if (found !== undefined) return found;
  const key = keyOf(dn);
  if (known.size >= mostKnown) known.clear();
  if (dn.length <= longestKnown) known.set(dn, key);
  return key;
}

function keyOf(dn: string): string {
  const parts = parseDn(dn);
  if (!parts) return dn;
  return parts
    .map((part) =>
      part
        .map(({ attribute, value }) => `${attribute}=${escapeDnValue(valueKey(value))}`)
        .toSorted()
        .join('+'),
    )
    .join(',');
}

/** Most attributes that name an entry ignore case and repeated spaces. */
export const valueKey = (value: string): string => value.normalize('NFKC').toLowerCase().trim().replaceAll(/ +/g, ' ');

/** Whether the entry is below the base, or is it; both as keys. */
export const isUnder = (key: string, base: string): boolean => base === '' || key === base || key.endsWith(`,${base}`);
