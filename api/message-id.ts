/**
 * The id of a message. Without a key from the client it is a random UUID. With one, it is a UUID derived from who sends what kind of message where
 * under which key: a retry finds its first attempt, and nobody can take an id that another person will use, which would swallow that person's
 * message as a duplicate.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Address } from '../domain/address.ts';
import type { MessageType, PlanMessage } from '../domain/messages.ts';

export function messageId(of: { by: string; target: Address; type: MessageType | PlanMessage['type'] }, key: string | undefined): string {
  if (key === undefined) return randomUUID();
  const { by, target, type } = of;
  const bytes = createHash('sha256')
    .update(JSON.stringify(['rolewave-message', by, target.plan, target.wave ?? null, target.package ?? null, type, key]))
    .digest()
    .subarray(0, 16);
  // Version 8 (RFC 9562): the application defines the bits.
  bytes[6] = (Number(bytes[6]) & 0x0f) | 0x80;
  bytes[8] = (Number(bytes[8]) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
