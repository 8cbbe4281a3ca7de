/**
 * What Rolewave leaves in a group: one value for each change, put into the group by the same modify that changes its members. It tells later whether that
 * modify took effect, and a second modify with the same value is refused as a whole. A change that was given up is marked so that it can never take effect.
 */
import { randomBytes } from 'node:crypto';

const prefix = 'rolewave:';
const keptMs = 45 * 86_400_000;

/** One modify of one group. */
export interface Transaction {
  groupId: string;
  /** When it was begun, and what no other has. */
  nonce: string;
}

export const newNonce = (nowMs = Date.now()): string => `${nowMs.toString(36)}.${randomBytes(12).toString('hex')}`;
export const transactionText = ({ groupId, nonce }: Transaction): string => `${groupId}/${nonce}`;

/** undefined: no transaction of a directory. */
export function readTransaction(text: string): Transaction | undefined {
  const [, groupId, nonce] = /^([0-9a-f-]{36})\/([0-9a-z]{8,10}\.[0-9a-f]{24})$/.exec(text) ?? [];
  return groupId === undefined || nonce === undefined ? undefined : { groupId, nonce };
}

export const markerOf = (nonce: string): string => `${prefix}${nonce}`;
export const givenUp = (nonce: string): string => `${prefix}${nonce}:given-up`;

/** Any value of ours. */
export const isMarker = (value: string): boolean => value.startsWith(prefix);

/** The nonce of a change that took effect. */
export const nonceIn = (value: string): string | undefined => /^rolewave:([0-9a-z]{8,10}\.[0-9a-f]{24})$/.exec(value)?.[1];

const begunMs = (nonce: string): number => Number.parseInt(nonce.split('.')[0] ?? '', 36);
/** So long ago that its marker may be gone. */
export const isForgotten = (nonce: string, nowMs = Date.now()): boolean => nowMs - begunMs(nonce) > keptMs;

/** Of the values of a group, ours that nobody asks about any more. */
export const outdated = (values: string[], nowMs = Date.now()): string[] =>
  values.filter((value) => {
    const [, nonce] = /^rolewave:([0-9a-z]{8,10}\.[0-9a-f]{24})(?::given-up)?$/.exec(value) ?? [];
    return nonce !== undefined && isForgotten(nonce, nowMs);
  });
