/**
 * Changes that were sent, or may still be. SCIM has no place for a mark that would tell later whether a change took effect; what can be told is when it can no
 * longer come: a change is sent within seconds of its decision or never, and its answer is waited for so long and no longer.
 */
import { randomBytes } from 'node:crypto';

/** One PATCH, for one entitlement of one user. */
export interface Transaction {
  direction: 'add' | 'remove';
  entitlementId: string;
  userId: string;
}

/** It is sent until then, or never. */
const usualSentWithinMs = 20_000;
/** A server may go on with a request whose answer nobody waits for any more. */
const usualSettleMs = 30_000;
/** Of another process, which may have died: sent, answered or given up, and settled, by clocks that differ a little. */
const usualElsewhereMs = 180_000;

const thisProcess = randomBytes(9).toString('hex');
/** By nonce: until when a change of this process may still come. */
const underWay = new Map<string, number>();

export interface Begun {
  /** What is written down. */
  text: string;
  /** Not sent after it. */
  latestMs: number;
  /** Nothing more will come of it, unless it was lost. */
  end(): void;
  /** It was sent, and whether it was done is not known. */
  lost(): void;
}

/** Where they are not the usual ones, for tests. */
export interface Limits {
  sentWithinMs?: number | undefined;
  settleMs?: number | undefined;
  /** After which nothing comes any more of what another process began. */
  elsewhereMs?: number | undefined;
  /** Waits between readings of what was changed. */
  readAgainMs?: number[] | undefined;
}

export function begin({ direction, entitlementId, userId }: Transaction, { sentWithinMs = usualSentWithinMs, settleMs = usualSettleMs }: Limits = {}): Begun {
  const nowMs = Date.now();
  for (const [nonce, untilMs] of underWay) if (untilMs < nowMs) underWay.delete(nonce);
  const nonce = `${thisProcess}.${nowMs.toString(36)}.${randomBytes(6).toString('hex')}`;
  underWay.set(nonce, Infinity);
  let isLost = false;
  return {
    text: JSON.stringify([direction, entitlementId, userId, nonce]),
    latestMs: nowMs + sentWithinMs,
    end: () => {
      if (!isLost) underWay.delete(nonce);
    },
    lost: () => {
      isLost = true;
      underWay.set(nonce, Date.now() + settleMs);
    },
  };
}

/** undefined: no transaction of this kind of system. */
export function readTransaction(text: string): (Transaction & { nonce: string }) | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const parts: unknown = JSON.parse(text);
    if (!Array.isArray(parts) || parts.length !== 4 || !parts.every((part) => typeof part === 'string')) return undefined;
    const [direction = '', entitlementId = '', userId = '', nonce = ''] = parts;
    return direction === 'add' || direction === 'remove' ? { direction, entitlementId, userId, nonce } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it may still take effect. */
export function mayStillCome(nonce: string, { elsewhereMs = usualElsewhereMs }: Limits = {}, nowMs = Date.now()): boolean {
  const [process, begun = ''] = nonce.split('.');
  if (process === thisProcess) return (underWay.get(nonce) ?? 0) > nowMs;
  const begunMs = Number.parseInt(begun, 36);
  return Number.isFinite(begunMs) && begunMs + elsewhereMs > nowMs;
}
