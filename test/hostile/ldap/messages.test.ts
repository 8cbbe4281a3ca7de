import { expect, test } from 'vitest';
import { messageReader } from './messages.ts';

test('messages are whole, however their bytes arrive, also long ones', () => {
  const messages = [Buffer.from([0x30, 3, 1, 2, 3]), Buffer.concat([Buffer.from([0x30, 0x82, 1, 0]), Buffer.alloc(256, 7)]), Buffer.from([0x30, 0])];
  const all = Buffer.concat(messages);
  for (let size = 1; size <= all.length; size++) {
    const [read, found] = [messageReader(), [] as Buffer[]];
    for (let at = 0; at < all.length; at += size) found.push(...read(all.subarray(at, at + size)));
    expect(found).toEqual(messages);
  }
});
