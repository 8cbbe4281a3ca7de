/**
 * Undoing one release: a decision per grant from what it made, what it took and what is held now (R1), by recorded identities. The receipt reports the
 * result.
 */
import type { OfRole, RoleParts } from './by-role.ts';
import { claimantOf, isOfAnotherRelease, type Claim } from './claims.ts';
import { inOrder, next, type Fact, type LedgerFact } from './facts.ts';
import {
  byIdentity,
  byPair,
  each,
  grantedBy,
  grantKey,
  identified,
  keyOf,
  pairKey,
  stillHeld,
  without,
  type Actual,
  type Held,
  type LedgerEntry,
  type PairOfIds,
} from './ledger.ts';
import { lastHolderText } from './last-holders.ts';
import type { ReleaseKey } from './releases.ts';
import type { PreviewContent } from './signed-preview.ts';

export type Undo =
  /** Revoke exactly these grants. */
  | { do: 'revoke'; grants: Held[] }
  /** `why`: this release did not make it, or it belongs to another now. */
  | { do: 'keep'; why: string }
  /** A person's claim keeps what this release made. */
  | { do: 'claimed'; claim: string; why: string }
  /** Nothing that this release made is left. */
  | { do: 'gone' }
  /** `note`: what the system said when it was tried. */
  | { do: 'restore'; grants: Held[]; note?: string }
  | { do: 'notRestored'; why: string }
  /** A person decides; it is not touched. */
  | { do: 'ask'; why: string }
  /** The person who was asked has approved again. */
  | { do: 'leave'; why: string }
  /** The site lets nobody touch it. It stays, and is not this release's any more. */
  | { do: 'letBe'; why: string }
  /** The recorded identities are another server's: a person does it, and it is not touched. */
  | { do: 'byHand'; effect: 'revoke' | 'restore'; why: string }
  | { do: 'nothing' };

/** One ledger entry and the rollback's decision on it. */
export interface Decided {
  entry: LedgerEntry;
  decision: Undo;
}

/** What decisions in one system depend on, from one reading of it. */
export interface UndoFacts {
  content: PreviewContent;
  now: Actual;
  /** Where `now` was read: identities that were recorded in another place mean nothing there. Absent where no system was read. */
  place?: string;
  /** Grants that Rolewave made for any release, by identity: they are no other administrator's. */
  madeByRolewave: ReadonlySet<string>;
  /** The claim of a person that keeps what this release granted; undefined: none does. */
  claimOn?(entry: LedgerEntry): { id: string; why: string } | undefined;
  /** Why the site lets nothing of this account be revoked; undefined: it may be. */
  untouched?(grant: { account: string }): string | undefined;
  /** Roles that this would leave without a holder, and that always keep one: a person decides. */
  leftEmpty?: ReadonlySet<string>;
  /** Why the site lets nobody have this access back; undefined: it does. */
  deniedRestore?(grant: { role: string; account: string }): string | undefined;
  /** It has run, and this is about what it kept for claims that have ended: nobody approves again, and what cannot be revoked is tried again until it is gone. */
  settles?: true;
  /** The person's approval that the rollback runs on; absent where none is: 'automatic', a tune, a preview. */
  approval?: string;
}

/** Decides on each entry of one system. */
export function decided(entries: LedgerEntry[], facts: UndoFacts): Decided[] {
  const decide = decisionsFrom(facts);
  return entries.map((entry) => ({ entry, decision: decide(entry) }));
}

/** As decisionsFrom, from what is held of the role of each entry: what is held of hundreds of thousands is never compared in one piece. */
export function decisionsByRole(facts: UndoFacts, parts: RoleParts): (entry: LedgerEntry) => Undo {
  const ofParts = new Map<OfRole, (entry: LedgerEntry) => Undo>();
  return (entry) => {
    const part = parts.of(entry);
    let decide = ofParts.get(part);
    if (!decide) ofParts.set(part, (decide = decisionsFrom({ ...facts, now: part.now })));
    return decide(entry);
  };
}

/** Decides on one entry after the other: of thousands, only the decisions of a batch need to be in memory. The same entry has the same decision. */
export function decisionsFrom({
  content,
  now,
  place,
  madeByRolewave,
  deniedRestore,
  claimOn,
  untouched,
  leftEmpty,
  settles,
  approval,
}: UndoFacts): (entry: LedgerEntry) => Undo {
  const asMade = stillHeld(now);
  const [same, held] = [byIdentity(now.grants), byPair(now.grants)];
  const legacy = new Map(content.legacy.map((role) => [role.role, role]));
  let people: Set<string> | undefined;
  const isOfPeople = (account: string) => (people ??= new Set(content.people.map((each) => each.account))).has(account);
  const isElsewhere = (entry: LedgerEntry) => place !== undefined && entry.place !== place;
  const outOfReach = new Set(now.outOfReach);
  const undoRetirement = (entry: LedgerEntry): Undo => {
    if (entry.pending.length > 0 && !isElsewhere(entry)) return inDoubt.retired;
    if (entry.taken.length === 0 && entry.pending.length === 0) return { do: 'nothing' };
    const role = legacy.get(entry.role);
    if (role?.design === 'rejected') return { do: 'notRestored', why: 'its design was rejected' };
    if (!isElsewhere(entry) && isAnyOf(outOfReach, takenOrPending(entry))) return inAnotherPart(entry, 'restore', settles);
    // Ids of another server mean nothing in this one.
    const again = isElsewhere(entry) ? held(entry) : same(entry.taken[0] ?? entry);
    const taken = takenOrPending(entry);
    const missing = missingOf(taken, again);
    if (missing.length === 0) return { do: 'notRestored', why: `${grantedBy(taken)} again in the meantime` };
    const denied = deniedRestore?.(entry);
    if (denied !== undefined) return { do: 'notRestored', why: denied };
    // Grants of earlier releases that this one dropped: what others granted of the same role stays, and is no obstacle.
    if (isElsewhere(entry)) return elsewhere(entry, 'restore', missing, again);
    if (role === undefined || !isOfPeople(entry.account)) return { do: 'restore', grants: missing };
    const others = without(again, entry.taken).filter((grant) => !madeByRolewave.has(grantKey(grant)) && !isSame(grant, entry.taken));
    return others.length > 0 ? { do: 'notRestored', why: `${grantedBy(others)} again in the meantime` } : { do: 'restore', grants: missing };
  };
  const decisionOn = (entry: LedgerEntry): Undo => {
    if (entry.kind === 'retire') return undoRetirement(entry);
    if (!isElsewhere(entry) && isAnyOf(outOfReach, madeOrPending(entry))) return inAnotherPart(entry, 'revoke', settles);
    const made = isElsewhere(entry) ? madeOrPending(entry) : [];
    if (made.length > 0) return elsewhere(entry, 'revoke', made, held(entry), settles);
    const ours = asMade(entry.made);
    const undo = settles && entry.pending.length > 0 ? undoInDoubt(entry, held(entry)) : undoGrant(entry, ours);
    const letBe = undo.do === 'revoke' && untouched ? [entry, ...ours].map(untouched).find((why) => why !== undefined) : undefined;
    if (letBe !== undefined) return { do: 'letBe', why: letBe };
    if (undo.do === 'revoke' && leftEmpty && [entry, ...ours].some(({ role }) => leftEmpty.has(role)) && !claimOn?.(entry))
      return {
        do: 'byHand',
        effect: 'revoke',
        why: `${lastHolderText(entry.role)}${settles ? '' : ', then approve again; approving again without that leaves it'}`,
      };
    const claim = undo.do === 'revoke' ? claimOn?.(entry) : undefined;
    return claim ? { do: 'claimed', claim: claim.id, why: claim.why } : undo;
  };
  const answered = (entry: LedgerEntry, decision: Undo): Undo =>
    (decision.do === 'ask' || decision.do === 'byHand') && isAnswer(entry, approval) ? { do: 'leave', why: leftAsItIs } : decision;
  return (entry) => answered(entry, decisionOn(entry));
}

/** Who approves again has read what the rollback left to them. */
const isAnswer = ({ asked }: LedgerEntry, approval: string | undefined) => asked !== undefined && approval !== undefined && asked !== approval;
const leftAsItIs = 'left as it is by the person who approved again';

/** In another server nobody can tell of what was in doubt: it counts as taken. */
const takenOrPending = ({ taken, pending }: LedgerEntry): Held[] => each([...taken, ...pending.flatMap(({ grants }) => grants)]);
const madeOrPending = ({ made, pending }: LedgerEntry): Held[] => each([...made, ...pending.flatMap(({ grants }) => grants)]);

const isAnyOf = (ids: ReadonlySet<string>, grants: Held[]): boolean => ids.size > 0 && grants.some(({ roleId }) => roleId !== undefined && ids.has(roleId));

/** What was done in another database of the server, or in one that was restored under another id since: it may still be held there. */
function inAnotherPart({ role, account }: LedgerEntry, effect: 'revoke' | 'restore', settles?: true): Undo {
  const then = settles ? '' : ', then approve again, which leaves what is held then';
  const where = 'in another database of the server than the one that the system connects to now';
  return effect === 'revoke'
    ? { do: 'byHand', effect, why: `was granted ${where}: revoke '${role}' of '${account}' there by hand if it is still held${then}` }
    : { do: 'byHand', effect, why: `was retired ${where}: grant '${role}' to '${account}' there by hand if it must come back${then}` };
}

/**
 * What was done in a server that the system no longer is (pg_upgrade, a restore from a dump, another connection). Only names are left, which say whether
 * there is anything to do, and not whose grant it is.
 */
function elsewhere({ role, account }: LedgerEntry, effect: 'revoke' | 'restore', grants: Held[], held: Held[], settles?: true): Undo {
  const why = (what: string) => `was ${what} in another server than the one that the system is now`;
  if (effect === 'revoke') {
    const same = held.filter(({ grantor }) => grants.some((grant) => grant.grantor === grantor));
    if (same.length === 0) return { do: 'gone' };
    return {
      do: 'byHand',
      effect,
      why: `${why('granted')}: '${role}' of '${account}', ${grantedBy(same)}, is left; ${settles ? byHandOnly : 'revoke it by hand if it must go, then approve again, which leaves what is held then'}`,
    };
  }
  if (held.length > 0) return { do: 'notRestored', why: `${grantedBy(held)} again in the meantime` };
  return {
    do: 'byHand',
    effect,
    why: `${why('retired')}: grant '${role}' to '${account}' by hand if it must come back, then approve again, which leaves what is held then`,
  };
}

function undoGrant(entry: LedgerEntry, ours: Held[]): Undo {
  if (entry.pending.length > 0) return inDoubt.granted;
  // With what is gone already: the system says so of each.
  if (ours.length > 0) return { do: 'revoke', grants: [...ours, ...without(entry.made, ours)] };
  if (entry.made.length > 0) return { do: 'gone' };
  if (entry.outcome === 'preexisting' || entry.found.length > 0) return entry.outcome === 'kept' ? { do: 'nothing' } : { do: 'keep', why: 'had it before' };
  return { do: 'nothing' };
}

/** Nobody approves again: what a person has revoked by hand is gone. */
const undoInDoubt = (entry: LedgerEntry, held: Held[]): Undo =>
  held.some((grant) => isSame(grant, madeOrPending(entry)))
    ? { do: 'byHand', effect: 'revoke', why: `could not be confirmed when it was revoked; ${byHandOnly}` }
    : { do: 'gone' };
const byHandOnly = 'revoke it by hand';

const inDoubt: { granted: Undo; retired: Undo } = {
  granted: {
    do: 'ask',
    why: 'could not be confirmed when it was granted; revoke it by hand if it must go, then approve again, which leaves what is held then',
  },
  retired: { do: 'ask', why: 'could not be confirmed when it was retired; correct it by hand if need be, then approve again, which leaves what is held then' },
};

/** What was taken and is not held again. With another row id it is held again where the same grantor granted it anew. */
const missingOf = (taken: Held[], held: Held[]): Held[] => taken.filter((grant) => !isSame(grant, held));
const isSame = (grant: Held, among: Held[]) =>
  among.some((one) => (one.grantorId !== undefined && grant.grantorId !== undefined ? one.grantorId === grant.grantorId : one.grantor === grant.grantor));

/** Releases that claim one of these are handed what this one made (handOver). */
export const grantsToHandOn = (own: LedgerEntry[]): PairOfIds[] => own.flatMap((entry) => (entry.made.length > 0 ? [identified(entry, entry.made)] : []));

/**
 * Before a release leaves: each grant that it made, that is still held and that another release still claims becomes that release's own. `claimants`: their
 * entries on the same grants. Who leaves last finds no claim, and revokes.
 */
export function handOver(
  release: ReleaseKey,
  { own, claims, others: claimants }: { own: LedgerEntry[]; claims: Claim[]; others: LedgerEntry[] },
  now: Actual,
  by: string,
): LedgerFact[] {
  const claimed = claims.filter((claim) => isOfAnotherRelease(claim, release));
  if (claimed.length === 0) return [];
  const [held, others] = [stillHeld(now), byIdentity(claimed)];
  const entries = new Map(claimants.filter(({ kind }) => kind === 'grant').map((entry) => [claimKey(entry), entry]));
  return own.flatMap((entry): LedgerFact[] => {
    const [heir] = others(identified(entry, entry.made));
    if (entry.kind !== 'grant' || !heir || held(entry.made).length === 0) return [];
    const to = keyOf(heir);
    const known = entries.get(claimKey(heir));
    const inheriting = known ?? { ...entry, ...to, system: heir.system, role: heir.role, account: heir.account, facts: 0 };
    return [
      next(entry, by, { did: 'handedOn', grants: entry.made, to, name: claimantOf(heir, release) }),
      next(inheriting, by, { did: 'takenOver', grants: entry.made, from: keyOf(entry) }),
    ];
  });
}

const claimKey = ({ plan, wave, package: id, system, role, account }: ReleaseKey & { system: string; role: string; account: string }) =>
  [plan, wave, id, system, pairKey({ role, account })].join('\0');

/** Facts of decisions that change no grant. `approval`: as UndoFacts has it. */
export function factOfDecision({ entry, decision }: Decided, by: string, approval?: string): LedgerFact[] {
  switch (decision.do) {
    case 'gone':
      return [next(entry, by, { did: 'gone', grants: madeOrPending(entry) })];
    case 'claimed':
      return entry.claimed === decision.claim && entry.why === decision.why
        ? []
        : [next(entry, by, { did: 'claimed', claim: decision.claim, why: decision.why })];
    case 'letBe':
      return [next(entry, by, { did: 'left', why: decision.why })];
    case 'leave':
      return approval === undefined ? [] : [next(entry, by, { did: 'left', why: decision.why, approval })];
    case 'ask':
    case 'byHand':
      if (approval !== undefined) return entry.asked === approval ? [] : [next(entry, by, { did: 'asked', why: decision.why, approval })];
      if (decision.do === 'ask') return [];
      return entry.why === decision.why ? [] : [next(entry, by, { did: 'refused', effect: decision.effect, why: decision.why })];
    case 'notRestored':
      // Of what was in doubt in another server, nobody will ever know more.
      if (entry.pending.length > 0) return [next(entry, by, { did: 'left', why: decision.why })];
      return entry.outcome === 'notRestored' && entry.why === decision.why ? [] : [next(entry, by, { did: 'notRestored', why: decision.why })];
    case 'keep':
    case 'nothing':
    case 'revoke':
    case 'restore':
      return [];
  }
}

/** The system's answer to a restore. */
export type Restored =
  | { outcome: 'created'; grant: Held; note?: string }
  | { outcome: 'preexisting'; grants: Held[]; note?: string }
  | { outcome: 'failed'; why: string; nothingThere?: true };

/**
 * What happened to one retirement whose grants were to be restored; `answers`: one per grant. Grants that Rolewave had made for another release, and that
 * were retired with this one, are that release's again: `owners` are the entries of other releases on the same pair.
 */
export function factsOfRestore(entry: LedgerEntry, grants: Held[], answers: Restored[], owners: LedgerEntry[], by: string, transaction?: string): LedgerFact[] {
  const back = grants.flatMap((grant, index) => {
    const answer = answers[index];
    if (!answer || answer.outcome === 'failed') return [];
    return [{ grant, as: answer.outcome === 'created' ? [answer.grant] : [], note: answer.note }];
  });
  const notBack = without(
    grants,
    back.map(({ grant }) => grant),
  );
  const failed = answers.filter((answer) => answer.outcome === 'failed');
  const never = failed.filter(({ nothingThere }) => nothingThere).map(({ why }) => why);
  const refusals = failed.filter(({ nothingThere }) => !nothingThere).map(({ why }) => why);
  const notes = back.flatMap(({ note }) => (note === undefined ? [] : [note]));
  const of = transaction === undefined ? {} : { transaction };
  // What was taken and need not be restored was granted anew in the meantime.
  const restored = without(entry.taken, notBack);
  const own: Fact[] = [
    ...(restored.length > 0 ? [{ did: 'restored' as const, grants: restored, as: back.flatMap(({ as }) => as), notes, ...of }] : []),
    ...(never.length > 0 ? [{ did: 'notRestored' as const, why: [...new Set(never)].join('; ') }] : []),
    ...(refusals.length > 0 ? [{ did: 'refused' as const, effect: 'restore' as const, why: refusals.join('; ') }] : []),
  ];
  const regained = owners.flatMap((owner): LedgerFact[] => {
    const theirs = back.filter(({ grant }) => owner.made.some((made) => grantKey(made) === grantKey(grant))).flatMap(({ as }) => as);
    return theirs.length > 0 ? [next(owner, by, { did: 'granted', grants: theirs, ...of })] : [];
  });
  return [...inOrder(entry, by, own), ...regained, ...standsFor(entry, grants, answers, owners, by)];
}

/**
 * Nothing but another release's grant is held in place of what was taken, and the system would not grant it again beside that (PostgreSQL up to 15 keeps
 * one grant of a pair). So that grant stands for the legacy access from now on, and is no longer the other release's to revoke.
 */
function standsFor(entry: LedgerEntry, grants: Held[], answers: Restored[], owners: LedgerEntry[], by: string): LedgerFact[] {
  const made = new Set(owners.flatMap((owner) => owner.made.map(grantKey)));
  const ofOthers = answers.filter((_, index) => grants[index] !== undefined && !made.has(grantKey(grants[index])));
  const held = ofOthers.flatMap((answer) => (answer.outcome === 'preexisting' ? answer.grants : []));
  // What others hold again, or what came back, is the legacy access itself.
  if (ofOthers.some(({ outcome }) => outcome === 'created') || held.some((grant) => !made.has(grantKey(grant)))) return [];
  const ofOwner = (owner: LedgerEntry) => held.filter((grant) => owner.made.some((one) => grantKey(one) === grantKey(grant)));
  return owners.flatMap((owner) => {
    const grants = each(ofOwner(owner));
    if (grants.length === 0) return [];
    const gone: Fact = { did: 'gone', grants, why: `stands for the access that ${claimantOf(entry, owner)} restored` };
    return inOrder(owner, by, [gone, { did: 'found', grants }]);
  });
}
