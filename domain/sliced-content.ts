/** Size, text and digest of content whose lists are long, in slices. Of its own lists, not of those within their items. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import canonicalize from 'canonicalize';
import { sizeOf } from './size-of.ts';
import { inSlices, type Sliced } from './slices.ts';

/** As `sizeOf`. Stops where it is more than `most`. */
export function* sizing(content: object, most = Infinity): Sliced<number> {
  let size = sizeOf({});
  for (const [key, value] of Object.entries(content) as [string, unknown][]) {
    size += key.length;
    if (!Array.isArray(value)) size += sizeOf(value, most);
    else {
      size += sizeOf([]);
      for (const slice of inSlices(value as unknown[])) {
        for (const item of slice) size += sizeOf(item, most);
        if (size > most) return size;
        yield;
      }
    }
    if (size > most) return size;
  }
  return size;
}

/** As `JSON.stringify`. */
export function* stringifying(content: object): Sliced<string> {
  let text = '';
  for (const part of partsOf(content, Object.keys(content), JSON.stringify)) {
    text += part;
    yield;
  }
  return text;
}

/** As `sha256Hex` (canonical.ts): the same digest. */
export function* digesting(content: object): Sliced<string> {
  const hash = sha256.create();
  // By UTF-16 code units, as RFC 8785 has it.
  for (const part of partsOf(content, Object.keys(content).sort(), canonicalize)) {
    hash.update(utf8ToBytes(part));
    yield;
  }
  return bytesToHex(hash.digest());
}

/** `textOf`: of a value, or undefined where it has none. */
function* partsOf(content: object, keys: string[], textOf: (value: unknown) => string | undefined): Generator<string, undefined, undefined> {
  let isFirst = true;
  yield '{';
  for (const key of keys) {
    const value = (content as Record<string, unknown>)[key];
    const short = Array.isArray(value) ? '' : textOf(value);
    if (short === undefined) continue;
    yield `${isFirst ? '' : ','}${JSON.stringify(key)}:`;
    isFirst = false;
    if (!Array.isArray(value)) {
      yield short;
      continue;
    }
    let before = '[';
    for (const slice of inSlices(value as unknown[])) {
      yield `${before}${(textOf(slice) ?? '').slice(1, -1)}`;
      before = ',';
    }
    yield value.length === 0 ? '[]' : ']';
  }
  yield '}';
}
