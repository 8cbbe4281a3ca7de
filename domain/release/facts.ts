/**
 * Facts: everything that happened to one grant of one release, in order and never overwritten. `entriesFrom` derives from them what the release did and still
 * owes; nothing else decides it.
 *
 * An effect is written before it is committed, with the system's identity of its transaction. It counts from when the system is known to have committed it.
 */
import { keptFor } from './claims.ts';
import { each, without, type GrantKey, type Held, type LedgerEntry, type LedgerOutcome, type PendingEffect } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';

export type Fact =
  | { did: 'granted'; grants: Held[]; transaction?: string }
  /** Our own grant (kind `grant`), or legacy access (kind `retire`). `switch`: the person is switched to other access by it. */
  | { did: 'revoked'; grants: Held[]; transaction?: string; switch?: SwitchTerms }
  /** A switch that took this first has ended, read back: the person holds the new access, or what they held before it, or has lost both. */
  | { did: 'switched'; to: SwitchEnd }
  /** Legacy access. `grants`: what was revoked; `as`: what is held instead, where the system tells. */
  | { did: 'restored'; grants: Held[]; as: Held[]; notes: string[]; transaction?: string }
  /** The system refused; `why` in its words. */
  | { did: 'refused'; effect: 'grant' | 'revoke' | 'restore'; why: string }
  /** It was held already, so nothing was granted. */
  | { did: 'found'; grants: Held[] }
  /** No longer held, and this release did not revoke it. */
  | { did: 'gone'; grants: Held[]; why?: string }
  /** Should be held and is not, or nobody can tell. */
  | { did: 'unconfirmed'; why: string }
  /** Stays for other packages; it is not this release's to revoke. */
  | { did: 'kept'; why: string }
  /** A rollback keeps it for the claim of a person (domain/authority/access-claims.ts), and owes its revocation until the claim has ended. */
  | { did: 'claimed'; claim: string; why: string }
  /** A grant that Rolewave made belongs to its claims: the release that leaves hands it on. */
  | { did: 'handedOn'; grants: Held[]; to: ReleaseKey; name: string }
  | { did: 'takenOver'; grants: Held[]; from: ReleaseKey }
  | { did: 'notRestored'; why: string }
  /** A rollback cannot decide it, and says so to the person who gave this approval. */
  | { did: 'asked'; why: string; approval: string }
  /** What is held stays as it is, and is not this release's any more. `approval`: by which the person who was asked answered so. */
  | { did: 'left'; why: string; approval?: string }
  /** A tune decided that the person no longer gets it. `dropped`: nobody of this release does, people who join its cohort later included. */
  | { did: 'withdrawn'; dropped?: true };

/** What the person holds at the end. `neither`: a rollback whose old access does not come back, as it was signed or because it is gone. */
export type SwitchEnd = 'new' | 'old' | 'neither';

/** `withinMs`: how long the person may hold neither access. `atOnce`: the other access came in the same transaction. */
export interface SwitchTerms {
  withinMs: number;
  atOnce?: true;
}

/** A fact and where it belongs. `by`: the step (marks.ts); `number`: 1, 2, … within its key. */
export interface LedgerFact extends GrantKey {
  person: string;
  place: string;
  number: number;
  by: string;
  fact: Fact;
}

/** As the store has it. `committed`: of a fact with a transaction; undefined while that is not known. */
export interface RecordedFact extends LedgerFact {
  committed?: boolean;
  atMs: number;
}

/** Another writer was first, or another package needs the grant now: read again and decide again. Nothing was recorded. */
export class LedgerMoved extends Error {
  override readonly name = 'LedgerMoved';
}

/** Shared by thousands of entries: a list of an entry is replaced, never changed. */
const none: never[] = Object.freeze<never[]>([]) as never[];

/** An entry of which nothing has happened yet. */
export const newEntry = (
  { plan, wave, package: id }: ReleaseKey,
  { system, kind, role, account, person, place }: Omit<GrantKey, keyof ReleaseKey> & { person: string; place: string },
): LedgerEntry => ({
  plan,
  wave,
  package: id,
  system,
  kind,
  role,
  account,
  person,
  place,
  outcome: 'pending',
  found: none,
  made: none,
  taken: none,
  granted: false,
  withdrawn: false,
  pending: none,
  steps: none,
  facts: 0,
  updatedAtMs: 0,
});

/** The next fact of an entry; `ahead`: after so many others that are not yet in it. */
export const next = (
  { plan, wave, package: id, system, kind, role, account, person, place, facts }: LedgerEntry,
  by: string,
  fact: Fact,
  ahead = 0,
): LedgerFact => ({
  plan,
  wave,
  package: id,
  system,
  kind,
  role,
  account,
  person,
  place,
  number: facts + ahead + 1,
  by,
  fact,
});

/** Several facts of one entry, in order. */
export const inOrder = (entry: LedgerEntry, by: string, facts: Fact[]): LedgerFact[] => facts.map((fact, index) => next(entry, by, fact, index));

/** The entry after one more fact that counts at once; undefined: of which nothing had happened yet. */
export const after = (entry: LedgerEntry | undefined, fact: LedgerFact, atMs = entry?.updatedAtMs ?? 0): LedgerEntry =>
  evolve(entry ? { ...entry } : newEntry(fact, fact), fact, atMs, true);

/** Folds facts that are sorted by key and number; none of them is kept. */
export const entriesFrom = (facts: Iterable<RecordedFact>): LedgerEntry[] => foldInto([], facts);

/** Goes on folding: `entries` are those of the facts before, and answered with these. */
export function foldInto(entries: LedgerEntry[], facts: Iterable<RecordedFact>): LedgerEntry[] {
  let last = entries.at(-1);
  for (const fact of facts) {
    if (!last || !sameKey(last, fact)) entries.push((last = newEntry(fact, fact)));
    evolve(last, fact, fact.atMs, fact.committed);
  }
  return entries;
}

const sameKey = (a: GrantKey, b: GrantKey) =>
  a.role === b.role &&
  a.account === b.account &&
  a.kind === b.kind &&
  a.system === b.system &&
  a.package === b.package &&
  a.wave === b.wave &&
  a.plan === b.plan;

/** Changes the entry that it is given, and answers it: of thousands that are folded, nobody needs the earlier states. */
function evolve(entry: LedgerEntry, { fact, by, number, place }: LedgerFact, atMs: number, committed: boolean | undefined): LedgerEntry {
  if (place !== entry.place) move(entry, place);
  entry.facts = number;
  entry.updatedAtMs = atMs;
  if (entry.asked !== undefined) delete entry.asked;
  if (entry.claimed !== undefined) delete entry.claimed;
  if (!('transaction' in fact) || fact.transaction === undefined || committed === true) {
    change(entry, fact, by, atMs);
    if (entry.heldSinceMs === undefined && (fact.did === 'granted' || fact.did === 'found' || fact.did === 'takenOver')) entry.heldSinceMs = atMs;
    if (entry.pending.length > 0) entry.pending = unanswered(entry.pending, fact);
    return entry;
  }
  // The transaction did not take effect: nothing happened.
  if (committed === false) return entry;
  const { transaction, did, grants } = fact;
  // It may have been taken.
  if (did === 'revoked' && fact.switch && !fact.switch.atOnce) begun(entry, fact.switch, atMs);
  entry.outcome = 'pending';
  entry.pending = [...entry.pending, { transaction, did, by, grants }];
  return entry;
}

/** An effect in another server than the earlier ones: grants that were made there are not this server's. What was taken there is still owed. */
function move(entry: LedgerEntry, place: string): void {
  entry.place = place;
  if (entry.kind === 'grant') entry.made = entry.pending = none;
}

/** Effects that nobody knows the outcome of yet, once this fact is known. Nothing is granted while something of the pair is held. */
function unanswered(pending: PendingEffect[], fact: Fact): PendingEffect[] {
  switch (fact.did) {
    case 'granted':
      return [];
    case 'found':
      return pending.filter(({ grants }) => without(grants, fact.grants).length < grants.length);
    case 'revoked':
    case 'restored':
    case 'gone':
      return pending.filter(({ grants }) => without(grants, fact.grants).length > 0);
    case 'left':
      return [];
    case 'switched':
    case 'asked':
    case 'refused':
    case 'unconfirmed':
    case 'kept':
    case 'claimed':
    case 'handedOn':
    case 'takenOver':
    case 'notRestored':
    case 'withdrawn':
      return pending;
  }
}

function change(entry: LedgerEntry, fact: Fact, by: string, atMs: number): void {
  const isGrant = entry.kind === 'grant';
  const { made, taken } = entry;
  switch (fact.did) {
    case 'granted':
      // What is read back and known to be this release's own was granted in an earlier step.
      if (without(fact.grants, made).length > 0) entry.steps = withStep(entry.steps, by, 'granted');
      entry.made = together(made, fact.grants);
      entry.granted = true;
      return become(entry, 'created');
    case 'revoked':
      entry.steps = withStep(entry.steps, by, 'revoked');
      if (isGrant) entry.made = without(made, fact.grants);
      else entry.taken = together(taken, fact.grants);
      if (fact.switch?.atOnce) ended(entry, isGrant ? 'old' : 'new', 0, fact.switch.withinMs);
      else if (fact.switch) begun(entry, fact.switch, atMs);
      return become(entry, 'revoked');
    case 'switched':
      if (entry.switching) ended(entry, fact.to, Math.max(0, atMs - entry.switching.sinceMs), entry.switching.withinMs);
      delete entry.switching;
      // The person has it as before, and it is still to be retired.
      return !isGrant && fact.to === 'old' && entry.outcome === 'restored' ? become(entry, 'pending') : undefined;
    case 'restored':
      entry.steps = withStep(entry.steps, by, 'restored');
      entry.taken = without(taken, fact.grants);
      return become(entry, 'restored', fact.notes.length > 0 ? fact.notes.join('; ') : undefined);
    case 'refused':
      return become(entry, afterRefusal(entry, fact.effect), fact.why);
    case 'found':
      entry.found = fact.grants;
      return become(entry, made.length > 0 ? 'created' : 'preexisting');
    case 'gone':
      if (!isGrant) return become(entry, taken.length > 0 ? 'revoked' : 'gone', fact.why);
      entry.made = without(made, fact.grants);
      entry.found = without(entry.found, fact.grants);
      return entry.made.length > 0 ? undefined : become(entry, 'gone', fact.why);
    case 'unconfirmed':
      return become(entry, 'unknown', fact.why);
    case 'kept':
      return become(entry, 'kept', fact.why);
    case 'claimed':
      entry.claimed = fact.claim;
      return become(entry, 'kept', fact.why);
    case 'handedOn':
      entry.made = without(made, fact.grants);
      return become(entry, 'kept', keptFor([fact.name]));
    case 'takenOver':
      entry.made = together(made, fact.grants);
      entry.granted = true;
      return become(entry, 'created');
    case 'notRestored':
      return become(entry, 'notRestored', fact.why);
    case 'asked':
      entry.asked = fact.approval;
      return become(entry, entry.pending.length > 0 ? 'unknown' : afterRefusal(entry, isGrant ? 'revoke' : 'restore'), fact.why);
    case 'left':
      if (isGrant) entry.made = none;
      else entry.taken = none;
      return become(entry, isGrant ? 'kept' : 'notRestored', fact.why);
    case 'withdrawn':
      entry.withdrawn = true;
      if (fact.dropped) entry.dropped = true;
      return made.length === 0 && neverHeld.has(entry.outcome) ? become(entry, 'withdrawn') : undefined;
  }
}

/** Its number is that of the fact, which `evolve` has set. */
function begun(entry: LedgerEntry, { withinMs }: SwitchTerms, sinceMs: number): void {
  entry.switching ??= { sinceMs, withinMs, fact: entry.facts };
}

/** Of several switches of one person, the longest counts. */
function ended(entry: LedgerEntry, to: SwitchEnd, withoutMs: number, withinMs: number): void {
  const { withoutMs: before = 0, isLate = false } = entry.switched ?? {};
  entry.switched = { to, withoutMs: Math.max(before, withoutMs), isLate: isLate || withoutMs > withinMs };
}

type Steps = LedgerEntry['steps'];

/** What followed these steps last: thousands of entries have the same steps, and share one list of them. */
const followed = new WeakMap<Steps, Steps>();

function withStep(steps: Steps, by: string, did: Steps[number]['did']): Steps {
  const known = followed.get(steps);
  const last = known?.at(-1);
  if (known && last?.by === by && last.did === did) return known;
  const longer = [...steps, { by, did }];
  followed.set(steps, longer);
  return longer;
}

/** A new outcome comes with its own reason, or with none. */
function become(entry: LedgerEntry, outcome: LedgerOutcome, why?: string): void {
  entry.outcome = outcome;
  if (why !== undefined) entry.why = why;
  else if (entry.why !== undefined) delete entry.why;
}

const together = (before: Held[], more: Held[]): Held[] => each(before.length === 0 ? more : [...before, ...more]);
const neverHeld = new Set<LedgerOutcome>(['pending', 'failed', 'unknown']);

function afterRefusal(entry: LedgerEntry, effect: 'grant' | 'revoke' | 'restore'): LedgerOutcome {
  if (effect === 'restore') return 'revoked';
  if (effect === 'revoke' && entry.kind === 'grant') return 'created';
  return 'failed';
}
