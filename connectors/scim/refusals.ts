/**
 * What the server refused a moment ago. SCIM cannot be asked beforehand whether it would do something, so that a refusal comes when the change has been told
 * already: then the call is tried again, and this time the refusal is known before anything is told. It is forgotten soon, because people fix what was refused.
 */
import type { Transaction } from './transactions.ts';
import { statusWords, type Answer } from './statuses.ts';

export interface Refusals {
  /** Why this would be refused. */
  of(change: Transaction): string | undefined;
  refused(change: Transaction, answer: Answer): void;
  /** The server answered that it was done, and it was not. Someone else may have been at work, so that it counts from the second time on. */
  ignored(change: Transaction): void;
}

const rememberedMs = 300_000;
const most = 10_000;
/** These are about the entitlement or the server, and not about the user. */
const ofEntitlement = new Set([403, 405, 413, 501]);

export function refusals(): Refusals {
  const known = new Map<string, { why: string; times: number; untilMs: number }>();
  const keyOf = ({ direction, entitlementId, userId }: Transaction) => JSON.stringify([direction, entitlementId, userId]);
  const sharedKeyOf = ({ entitlementId }: Transaction) => JSON.stringify([entitlementId]);
  const remember = (key: string, why: string) => {
    const times = (lately(key)?.times ?? 0) + 1;
    known.delete(key);
    known.set(key, { why, times, untilMs: Date.now() + rememberedMs });
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
  };
  const lately = (key: string) => [known.get(key)].find((each) => each !== undefined && each.untilMs > Date.now());
  return {
    of: (change) =>
      lately(sharedKeyOf(change))?.why ?? [lately(keyOf(change))].find((each) => each !== undefined && (each.times > 1 || each.why !== notDone(change)))?.why,
    refused: (change, answer) => remember(ofEntitlement.has(answer.status) ? sharedKeyOf(change) : keyOf(change), statusWords(answer)),
    ignored: (change) => remember(keyOf(change), notDone(change)),
  };
}

const notDone = ({ direction }: Transaction): string =>
  direction === 'add'
    ? 'the SCIM server answered that it was done, and reading it again does not show it. Check that the server shows members of groups and attributes of users to Rolewave'
    : 'the SCIM server answered that it was done, and reading it again shows it as before';
