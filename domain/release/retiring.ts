/** Retiring legacy access, and revoking what earlier releases granted and this one drops: exactly what was signed (R1), and nothing that another package claims. */
import { isOfAnotherPackage, claimantOf, keptFor, type Claim } from './claims.ts';
import { newEntry, next, type Fact, type LedgerFact, type SwitchTerms } from './facts.ts';
import {
  byIdentity,
  byPair,
  grantKey,
  identified,
  pairKey,
  refusalLines,
  stillHeld,
  without,
  type Actual,
  type BeforeGrant,
  type Held,
  type LedgerEntry,
  type PairOfIds,
} from './ledger.ts';
import { lastHolderText } from './last-holders.ts';
import { grantsToDrop, type ReleaseChange } from './release-change.ts';
import type { ReleaseKey } from './releases.ts';
import type { PreviewContent } from './signed-preview.ts';

/** The legacy grants of the signed preview, and those of its dropped grants that the ledgers of earlier releases show as theirs. */
export function signedRetirements({ before, legacy, drop = [] }: PreviewContent, releaseChange: ReleaseChange | undefined): BeforeGrant[] {
  const old = new Set(legacy.map(({ role }) => role));
  const made = new Set(releaseChange?.earlier.flatMap((entry) => entry.made.map(grantKey)));
  return [...before.filter(({ role }) => old.has(role)), ...drop.filter((grant) => made.has(grantKey(grant)))];
}

/**
 * People who keep their legacy access for now: nothing of what the release grants them is proven to be there, or some of it was refused or could not be
 * confirmed. `contents`: of all systems of the release. `ledger`: of the release, in all of them.
 */
export function withoutProof(contents: Iterable<Pick<PreviewContent, 'entitlements' | 'people'>>, ledger: readonly LedgerEntry[]): ReadonlySet<string> {
  const wanted = Map.groupBy(
    ledger.filter(({ kind, withdrawn }) => kind === 'grant' && !withdrawn),
    ({ person }) => person,
  );
  const isProven = (person: string) => {
    const entries = wanted.get(person) ?? [];
    return entries.some(({ outcome }) => held.has(outcome)) && !entries.some(({ outcome }) => open.has(outcome));
  };
  const waiting = new Set<string>();
  for (const { entitlements, people } of contents) if (entitlements.length > 0) for (const { person } of people) if (!isProven(person)) waiting.add(person);
  return waiting;
}

/**
 * Legacy access that such people keep: nothing was done about it yet. What a release drops of earlier ones is not legacy access, and does not wait. `switched`: roles
 * that go only by a switch of the person, whatever was done about them.
 */
export function keepsLegacy(
  { legacy }: Pick<PreviewContent, 'legacy'>,
  waiting: ReadonlySet<string>,
  switched: ReadonlySet<string> = new Set(),
): (entry: LedgerEntry) => boolean {
  const roles = new Set(legacy.map(({ role }) => role));
  return (entry) => waiting.has(entry.person) && (switched.has(entry.role) || (isUntouched(entry) && roles.has(entry.role)));
}

/** Nothing was done about it, or a switch that could not be finished gave it back. */
export const isUntouched = ({ facts, outcome, pending, switched, switching }: LedgerEntry): boolean =>
  facts === 0 || (outcome === 'pending' && pending.length === 0 && switching === undefined && switched?.to === 'old');

/** Outcomes of a grant that is there, by this release or without it. */
const held = new Set<LedgerEntry['outcome']>(['created', 'preexisting', 'kept']);
/** Outcomes of one that may not be. */
const open = new Set<LedgerEntry['outcome']>(['pending', 'failed', 'unknown']);

/** One retirement and the grants that it revokes now, exactly as they are held. */
export interface Retirement {
  entry: LedgerEntry;
  grants: Held[];
  /** Signed, held, and made by Rolewave for another package: not this release's to revoke. */
  ofOthers?: Held[];
}

/** Claims on these decide what stays (ofOtherPackages, sorted). */
export const grantsToRetire = (retirements: Retirement[]): PairOfIds[] =>
  retirements.flatMap(({ entry, grants, ofOthers = [] }) => [identified(entry, grants), ...(ofOthers.length > 0 ? [identified(entry, ofOthers)] : [])]);

/** Grants that Rolewave made for other packages, by identity: theirs to revoke, also after they gave up their claims. `all`: entries of all releases. */
export const madeForOthers = (release: ReleaseKey, all: LedgerEntry[]): ReadonlySet<string> =>
  new Set(all.filter((entry) => isOfAnotherPackage(entry, release)).flatMap(({ made }) => made.map(grantKey)));

/**
 * What is left to retire of the signed grants: of which nothing is recorded, or which the system refused to revoke. One per (role, account).
 * `ofOthers`: madeForOthers. `isLeft`: keepsLegacy.
 */
export function toRetire(
  release: ReleaseKey,
  at: { system: string; place: string },
  signed: BeforeGrant[],
  ledger: LedgerEntry[],
  now: Actual,
  ofOthers: ReadonlySet<string>,
  isLeft: (entry: LedgerEntry) => boolean = () => false,
): Retirement[] {
  const asSigned = stillHeld(now);
  return eachPair(release, at, signed, ledger)
    .filter(({ entry }) => isOpen(entry) && !isLeft(entry))
    .map(({ entry, signed: grants }) => retirementOf(entry, asSigned(grants), ofOthers));
}

function retirementOf(entry: LedgerEntry, held: Held[], ofOthers: ReadonlySet<string>): Retirement {
  const theirs = held.filter((grant) => ofOthers.has(grantKey(grant)));
  return { entry, grants: without(held, theirs), ...(theirs.length > 0 ? { ofOthers: theirs } : {}) };
}

/** Of these, where all that is held is what Rolewave made for another package, which has given up its claim and not revoked it yet. */
export function ofOtherPackages(retirements: Retirement[], release: ReleaseKey, claims: Claim[], by: string): { ofOthers: LedgerFact[]; left: Retirement[] } {
  const claimed = byIdentity(claims.filter((claim) => isOfAnotherPackage(claim, release)));
  const isTheirs = ({ entry, grants, ofOthers }: Retirement) =>
    grants.length === 0 && ofOthers !== undefined && claimed(identified(entry, ofOthers)).length === 0;
  const why = 'granted by Rolewave for another package, which revokes it';
  return {
    ofOthers: retirements.filter(isTheirs).map(({ entry }) => next(entry, by, { did: 'kept', why })),
    left: retirements.filter((one) => !isTheirs(one)),
  };
}

/**
 * Legacy access to retire again: signed to be retired, and held again in any form. Not what was kept for another package or restored by a rollback. `isLeft`:
 * keepsLegacy.
 */
export function toRetireAgain(
  release: ReleaseKey,
  at: { system: string; place: string },
  content: PreviewContent,
  signed: BeforeGrant[],
  ledger: LedgerEntry[],
  now: Actual,
  ofOthers: ReadonlySet<string>,
  isLeft: (entry: LedgerEntry) => boolean = () => false,
): Retirement[] {
  const heldNow = heldAgain(content, now);
  return eachPair(release, at, signed, ledger)
    .filter(({ entry }) => !isLeft(entry) && entry.outcome !== 'kept' && entry.outcome !== 'restored' && entry.outcome !== 'notRestored')
    .map(({ entry, signed: [first] }) => retirementOf(entry, heldNow(first ?? entry), ofOthers))
    .filter(({ entry, grants }) => grants.length > 0 || isOpen(entry));
}

const isOpen = ({ outcome, pending }: LedgerEntry) => pending.length === 0 && (outcome === 'pending' || outcome === 'failed');

function eachPair(
  release: ReleaseKey,
  at: { system: string; place: string },
  signed: BeforeGrant[],
  ledger: LedgerEntry[],
): { entry: LedgerEntry; signed: BeforeGrant[] }[] {
  const entries = byPair(ledger.filter(({ kind }) => kind === 'retire'));
  return [...Map.groupBy(signed, pairKey).values()].flatMap((grants) => {
    const [first] = grants;
    return first ? [{ entry: entries(first)[0] ?? newEntry(release, { ...at, kind: 'retire', ...first }), signed: grants }] : [];
  });
}

/**
 * Signed retirements that are held again, by pair: the role and account that were signed, whatever they are called now, and not others of the same names. Of
 * dropped access exactly the signed grants: what others granted since is theirs.
 */
export function heldAgain({ drop = [] }: PreviewContent, now: Actual): (pair: PairOfIds) => Held[] {
  const dropped = byIdentity(drop);
  const grants = new Set(drop.map(grantKey));
  return byIdentity(now.grants.filter((grant) => dropped(grant).length === 0 || grants.has(grantKey(grant))));
}

/** What the site keeps every retirement away from: why nothing of an account is revoked, and roles that would be left without a holder. */
export interface Untouched {
  untouched?(grant: { account: string }): string | undefined;
  leftEmpty?: ReadonlySet<string>;
}

/** Splits retirements: those that stay because another package needs the grant or the site says so, those where nothing is held now, and those to revoke. */
export function sorted(
  all: Retirement[],
  release: ReleaseKey,
  claims: Claim[],
  by: string,
  { untouched, leftEmpty }: Untouched = {},
): { settled: LedgerFact[]; revoke: Retirement[] } {
  const others = byIdentity(claims.filter((claim) => isOfAnotherPackage(claim, release)));
  const settled: LedgerFact[] = [];
  const revoke: Retirement[] = [];
  for (const retirement of all) {
    const { entry, grants } = retirement;
    const letBe =
      grants.length === 0
        ? undefined
        : ([entry, ...grants].map((grant) => untouched?.(grant)).find((why) => why !== undefined) ??
          ([entry, ...grants].some(({ role }) => leftEmpty?.has(role)) ? lastHolderText(entry.role) : undefined));
    const needed = others(identified(entry, grants)).map((claim) => claimantOf(claim, release));
    if (needed.length > 0) settled.push(next(entry, by, { did: 'kept', why: keptFor(needed) }));
    else if (letBe !== undefined) settled.push(next(entry, by, { did: 'kept', why: letBe }));
    // Signed, and no longer held: someone else revoked it.
    else if (grants.length === 0) settled.push(next(entry, by, { did: 'gone', grants: [] }));
    else revoke.push(retirement);
  }
  return { settled, revoke };
}

/** The system's answer to a revoke. */
export type Revoked = { outcome: 'revoked' } | { outcome: 'gone' } | { outcome: 'failed'; why: string };

/**
 * What happened to one entry whose grants were to be revoked; in this order, so that a refusal is the last word. `answers`: one per grant. A grant that was
 * gone already is another administrator's work, and nobody gives it back. `terms`: of the switch that it is a part of.
 */
export function factsOfRevoke(grants: Held[], answers: Revoked[], transaction?: string, terms?: SwitchTerms): Fact[] {
  const having = (outcome: Revoked['outcome']) => grants.filter((_, index) => answers[index]?.outcome === outcome);
  const [gone, revoked] = [having('gone'), having('revoked')];
  const facts: Fact[] = [];
  if (gone.length > 0) facts.push({ did: 'gone', grants: gone });
  if (revoked.length > 0)
    facts.push({ did: 'revoked', grants: revoked, ...(transaction === undefined ? {} : { transaction }), ...(terms ? { switch: terms } : {}) });
  const refusals = answers.filter((answer) => answer.outcome === 'failed');
  if (refusals.length > 0) facts.push({ did: 'refused', effect: 'revoke', why: refusals.map(({ why }) => why).join('; ') });
  return facts;
}

/**
 * What a tune revokes of earlier releases: for this release these grants were there before, for the package they are its own. As retirements, so that a
 * rollback of this release grants them again. `pairs`: what the tune concerns.
 */
export function earlierGrantsToRevoke(
  release: ReleaseKey,
  at: { system: string; place: string },
  { earlier }: ReleaseChange,
  ledger: LedgerEntry[],
  pairs: ReadonlySet<string>,
  now: Actual,
): Retirement[] {
  const ours = grantsToDrop(
    earlier.filter((entry) => pairs.has(pairKey(entry))),
    now,
  );
  return eachPair(release, at, ours, ledger).map(({ entry, signed }) => ({ entry, grants: without(signed, entry.taken) }));
}

/** How many of these grants are still held although they were to be revoked: they are not this release's, or another package needs them. */
export function stillGranted(ledger: LedgerEntry[], now: Actual, which: (entry: LedgerEntry) => boolean): number {
  const held = byIdentity(now.grants);
  const isHeld = (entry: LedgerEntry) => held(identified(entry, [...entry.made, ...entry.found])).length > 0;
  return ledger.filter((entry) => entry.kind === 'grant' && which(entry) && isHeld(entry)).length;
}

export function retirementCounts(ledger: LedgerEntry[]): { retired: number; kept: number; failed: number; refusals: string[] } {
  const number = (outcome: LedgerEntry['outcome']) => ledger.filter((entry) => entry.kind === 'retire' && entry.outcome === outcome).length;
  return { retired: number('revoked'), kept: number('kept'), failed: number('failed') + number('unknown'), refusals: refusalLines(ledger, 'retire') };
}
