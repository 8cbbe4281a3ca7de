/** One change of who holds one group or role: what is needed later to tell whether it took effect. */
import { randomBytes } from 'node:crypto';

export interface Transaction {
  /** When it was begun, and what no other has. */
  nonce: string;
  did: 'added' | 'removed';
  entitlementId: string;
  accountId: string;
  /** The event that it follows. */
  after: string;
  /** The group in which its lock was. */
  lockGroupId: string;
}

const keptMs = 45 * 86_400_000;

export const newNonce = (nowMs = Date.now()): string => `${nowMs.toString(36)}.${randomBytes(12).toString('hex')}`;

/** By the clock of the machine that began it. */
export const begunMs = (nonce: string): number => Number.parseInt(nonce.split('.')[0] ?? '', 36);

/** What is known of it by then may be gone. */
export const isForgotten = (nonce: string, nowMs = Date.now()): boolean => nowMs - begunMs(nonce) > keptMs;

export const transactionText = ({ nonce, did, entitlementId, accountId, after, lockGroupId }: Transaction): string =>
  [nonce, did, entitlementId, accountId, after, lockGroupId].map(encodeURIComponent).join('/');

/** undefined: no transaction of Keycloak. */
export function readTransaction(text: string): Transaction | undefined {
  const parts = text.split('/');
  const [nonce = '', did = '', entitlementId = '', accountId = '', after = '', lockGroupId = ''] = parts.map(decoded);
  if (parts.length !== 6 || !/^[0-9a-z]{8,10}\.[0-9a-f]{24}$/.test(nonce) || (did !== 'added' && did !== 'removed')) return undefined;
  return { nonce, did, entitlementId, accountId, after, lockGroupId };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
