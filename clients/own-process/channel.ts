/**
 * What the worker and the process of a connector send to each other, in frames with their length in front. Node's own channel would do, but for this: it reads whatever
 * the other side has written before anybody may look at its size, and in one piece. A system whose answer holds one long text many times makes gigabytes of
 * a megabyte that way, in the process of everybody. So a sender counts first, and an answer comes in pieces, between which a reader does other things.
 */
import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';
import { sizeOf } from '../../domain/size-of.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';

/** Its descriptor in the process of a connector. */
export const channelAt = 3;

/** Of one message: in bytes, as `sizeOf` counts them. */
export const mostOfMessage = 64 * 2 ** 20;
const ofPiece = 256 * 2 ** 10;
/** Two bytes for a character that is not of Latin 1, and what the format adds. */
const mostBytesOf = (size: number) => 2 * size + 2 ** 20;

export class MessageTooLarge extends SystemUnavailable {
  constructor(most: number) {
    super(`what was read takes more than ${most / 2 ** 20} MB here: nothing so large is taken from a system`);
  }
}

/** By what a frame goes into the message: the keys that lead to one of its lists. */
type Path = (string | number)[];
interface Piece {
  items: unknown[];
  of: Path;
}
type Frame = ({ message: unknown } | Piece) & { more: boolean };

/** Throws MessageTooLarge, and nothing has been sent then. `message`: plain data without cycles, of objects, lists and values. */
export function send(stream: Duplex, message: unknown, most: number = mostOfMessage): void {
  if (sizeOf(message, most) > most) throw new MessageTooLarge(most);
  const pieces: Piece[] = [];
  const first = { message: withoutLongLists(message, [], pieces) };
  const frames = [first, ...pieces];
  for (const [index, frame] of frames.entries()) {
    const bytes = serialize({ ...frame, more: index < frames.length - 1 });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.byteLength);
    stream.write(length);
    stream.write(bytes);
  }
}

/** Calls `hear` with each whole message, and `refuse` once where the other side does not keep to the form or to `most`: nothing is read after that. */
export function listen(stream: Duplex, hear: (message: unknown) => void, refuse: (error: Error) => void, most: number = mostOfMessage): void {
  const mostBytes = mostBytesOf(most);
  let chunks: Buffer[] = [];
  let [waiting, needed, ofThis] = [0, 4, 0];
  let isLength = true;
  let begun: { message: unknown } | undefined;
  const take = (frame: Frame) => {
    if ('message' in frame) begun = { message: frame.message };
    else if (begun) append(begun.message, frame);
    if (frame.more || !begun) return;
    const { message } = begun;
    [begun, ofThis] = [undefined, 0];
    hear(message);
  };
  const read = (chunk: Buffer) => {
    chunks.push(chunk);
    waiting += chunk.byteLength;
    while (waiting >= needed) {
      const all = Buffer.concat(chunks);
      const part = all.subarray(0, needed);
      chunks = [all.subarray(needed)];
      waiting -= needed;
      if (isLength) {
        needed = part.readUInt32LE();
        ofThis += needed;
        if (ofThis > mostBytes) throw new MessageTooLarge(most);
      } else {
        take(deserialize(part) as Frame);
        needed = 4;
      }
      isLength = !isLength;
    }
  };
  const onData = (chunk: Buffer) => {
    try {
      read(chunk);
    } catch (error) {
      stream.removeListener('data', onData);
      stream.pause();
      refuse(error as Error);
    }
  };
  stream.on('data', onData);
}

function append(message: unknown, { items, of }: Piece): void {
  let list = message;
  for (const key of of) list = (list as Record<string | number, unknown>)[key];
  for (const item of items) (list as unknown[]).push(item);
}

/** The same, with empty lists where their items go into pieces. */
function withoutLongLists(value: unknown, of: Path, pieces: Piece[]): unknown {
  if (typeof value !== 'object' || value === null || sizeOf(value, ofPiece) <= ofPiece) return value;
  if (!Array.isArray(value)) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withoutLongLists(each, [...of, key], pieces)]));
  // The list comes before what is in its items.
  const own: Piece[] = [];
  const later: Piece[] = [];
  let [items, size] = [[] as unknown[], 0];
  for (const [index, each] of value.entries()) {
    const item = withoutLongLists(each, [...of, index], later);
    items.push(item);
    size += sizeOf(item, ofPiece);
    if (size < ofPiece) continue;
    own.push({ items, of });
    [items, size] = [[], 0];
  }
  if (items.length > 0) own.push({ items, of });
  pieces.push(...own, ...later);
  return [];
}
