/** Granting what was signed: the wanted grants, their outcomes, and what reading back finds. Decisions depend only on the signed preview, the ledger and the system. */
import { atOnce, eachOf, type Sliced } from '../slices.ts';
import { RoleParts } from './by-role.ts';
import { inOrder, newEntry, next, type Fact, type LedgerFact } from './facts.ts';
import { byIdentity, byPair, droppedRoles, identified, knownPairs, refusalLines, stillHeld, type Actual, type Held, type LedgerEntry } from './ledger.ts';
import type { ReleaseKey } from './releases.ts';
import type { PreviewContent } from './signed-preview.ts';

/** `refusals`: the first few of those that failed, in the system's words. */
export interface GrantCounts {
  created: number;
  preexisting: number;
  failed: number;
  unknown: number;
  refusals: string[];
}

/** One grant as it was signed: the role and the account by the system's own ids, and what the role may do. */
export interface WantedGrant {
  role: string;
  account: string;
  person: string;
  roleId?: string;
  accountId?: string;
  digest?: string;
  /** Own grants, by id, that were made in a form which gives less, and are to be made plain. */
  lesser?: string[];
}

/** Every entitlement for every frozen person whose account still exists. */
export function wantedGrants({ entitlements, people, roles }: PreviewContent, now: Actual): WantedGrant[] {
  const unknown = new Set(now.unknownAccounts);
  return signedGrants({ entitlements, roles, people: people.filter(({ account }) => !unknown.has(account)) });
}

/** Every entitlement for every frozen person, whatever became of their accounts. */
export function signedGrants({ entitlements, people, roles }: Pick<PreviewContent, 'entitlements' | 'people' | 'roles'>): WantedGrant[] {
  const signed = new Map(roles.map((role) => [role.role, role]));
  return entitlements.flatMap(({ role }) => {
    const { id, digest } = signed.get(role) ?? {};
    return people.map(({ person, account, accountId }) => ({
      role,
      account,
      person,
      ...(id === undefined ? {} : { roleId: id }),
      ...(accountId === undefined ? {} : { accountId }),
      ...(digest === undefined ? {} : { digest }),
    }));
  });
}

/** What is still to be granted: the wanted grants of which nothing is recorded. */
export function toGrant(wanted: WantedGrant[], ledger: LedgerEntry[]): WantedGrant[] {
  const entryOf = grantEntries(ledger);
  return wanted.filter((grant) => isUntouched(entryOf(grant)));
}

const isUntouched = (entry: LedgerEntry | undefined) => entry === undefined || (entry.outcome === 'pending' && entry.pending.length === 0);

/** The entry of a pair in this ledger, if there is one. */
function grantEntries(ledger: LedgerEntry[]): (pair: { role: string; account: string }) => LedgerEntry | undefined {
  const entries = byPair(ledger.filter(({ kind }) => kind === 'grant'));
  return (pair) => entries(pair)[0];
}

/** An entry and the grant that is to be made for it. */
export interface Todo {
  entry: LedgerEntry;
  grant: WantedGrant;
}

/** A wanted grant with its entry, which is a new one where `ledger` has none. One by one: of thousands, only those of a batch need to be in memory. */
export function todoOf(release: ReleaseKey, at: { system: string; place: string }, ledger: LedgerEntry[]): (grant: WantedGrant) => Todo {
  const entryOf = grantEntries(ledger);
  const { system, place } = at;
  return (grant) => ({ grant, entry: entryOf(grant) ?? newEntry(release, { system, place, kind: 'grant', ...grant }) });
}

/** The system's answer to a grant. */
export type Granted = { outcome: 'created'; grant: Held } | { outcome: 'preexisting'; grants: Held[] } | { outcome: 'failed'; why: string };

export function factOfGrant(granted: Granted, transaction?: string): Fact {
  switch (granted.outcome) {
    case 'created':
      return transaction === undefined ? { did: 'granted', grants: [granted.grant] } : { did: 'granted', grants: [granted.grant], transaction };
    case 'preexisting':
      return { did: 'found', grants: granted.grants };
    case 'failed':
      return { did: 'refused', effect: 'grant', why: granted.why };
  }
}

/** What reading back finds out about grants: what should be held and is not. Of what is still in doubt (settling.ts) it says nothing. */
export function readBack(ledger: LedgerEntry[], now: Actual, by: string): LedgerFact[] {
  const held = byIdentity(now.grants);
  const asMade = stillHeld(now);
  const unknown = new Set(now.unknownAccounts);
  return ledger.flatMap((entry): LedgerFact[] => {
    if (entry.kind !== 'grant' || entry.pending.length > 0) return [];
    if (entry.outcome !== 'created' && entry.outcome !== 'preexisting') return [];
    if (asMade(entry.made).length > 0 || (entry.made.length === 0 && held(identified(entry, entry.found)).some(isOfSomebody(entry.found)))) return [];
    if (unknown.has(entry.account)) return [next(entry, by, { did: 'gone', grants: entry.made, why: 'the account is gone or locked' })];
    const why = entry.outcome === 'created' ? 'was granted, and is no longer there' : 'was there before, and is no longer there';
    // Found with somebody who left before go-live, or of whom a tune took it: nobody owes it to them, and nobody is asked.
    if (entry.withdrawn && entry.outcome === 'preexisting') return [next(entry, by, { did: 'gone', grants: [], why })];
    return [next(entry, by, { did: 'unconfirmed', why })];
  });
}

/** The same, role by role. */
export function* readingBack(ledger: LedgerEntry[], now: Actual, by: string): Sliced<LedgerFact[]> {
  const parts = yield* RoleParts.of(ledger, now);
  const facts: LedgerFact[] = [];
  for (const part of parts.all()) {
    for (const fact of readBack(part.ledger, part.now, by)) facts.push(fact);
    yield;
  }
  return facts;
}

/** Where accounts have ids, a grant without one is of a name that means nobody now: the account was renamed, and the group kept its old name. */
const isOfSomebody = (found: Held[]) => (grant: Held) => grant.accountId !== undefined || found.every(({ accountId }) => accountId === undefined);

/**
 * Grants that could not be confirmed and are held now: as they were made, or by someone else. What is not held may be granted again. `signed`: roles and
 * accounts by their ids, because another account may have the name by now.
 */
export function foundAfterAll(ledger: LedgerEntry[], signed: WantedGrant[], now: Actual, by: string): LedgerFact[] {
  const [held, signedAs] = [byIdentity(now.grants), byPair(signed)];
  const asMade = stillHeld(now);
  return ledger.flatMap((entry): LedgerFact[] => {
    if (entry.kind !== 'grant' || entry.outcome !== 'unknown') return [];
    const ours = asMade(entry.made);
    if (ours.length > 0) return [next(entry, by, { did: 'granted', grants: ours })];
    const grants = held(signedAs(entry)[0] ?? identified(entry, [...entry.made, ...entry.found]));
    return grants.length > 0 && entry.pending.length === 0 ? [next(entry, by, { did: 'found', grants })] : [];
  });
}

/**
 * Wanted grants to grant again, or that this release left out so far: nothing of the pair is held now, and no tune withdrew it or dropped the entitlement.
 * What was kept for others is theirs.
 */
export function missingGrants(wanted: WantedGrant[], ledger: LedgerEntry[], now: Actual): WantedGrant[] {
  const held = byIdentity(now.grants);
  const entryOf = grantEntries(ledger);
  const dropped = droppedRoles(ledger);
  return wanted.filter((grant) => {
    if (dropped.has(grant.role)) return false;
    const entry = entryOf(grant);
    const isWanted = entry === undefined || (!entry.withdrawn && (stillWanted.has(entry.outcome) || isUntouched(entry)));
    return isWanted && held(grant).length === 0;
  });
}

/**
 * Wanted grants that this release itself made in a form which gives less than was signed, and that are still held so: earlier versions left the form to the
 * system. What somebody else changed since is theirs, and a person decides on it.
 */
export function lesserGrants(wanted: WantedGrant[], ledger: LedgerEntry[], now: Actual): WantedGrant[] {
  const mayLack = Object.entries(now.grantOptions ?? {}).flatMap(([option, { plain }]) => (plain ? [option] : []));
  const lacks = ({ options }: Held) => mayLack.some((option) => options[option] === false);
  const [held, entryOf, asMade] = [byIdentity(now.grants), grantEntries(ledger), stillHeld(now)];
  return wanted.flatMap((grant): WantedGrant[] => {
    const entry = entryOf(grant);
    if (entry?.outcome !== 'created' || entry.withdrawn || entry.pending.length > 0) return [];
    const lesser = asMade(entry.made.filter(lacks))
      .filter(lacks)
      .flatMap(({ id }) => id ?? []);
    const isWhole = held(grant).every(({ id }) => id !== undefined && lesser.includes(id));
    return lesser.length > 0 && isWhole ? [{ ...grant, lesser }] : [];
  });
}

/** `gone`: the account was gone or locked, and is there again. */
const stillWanted = new Set<LedgerEntry['outcome']>(['created', 'preexisting', 'failed', 'unknown', 'gone']);

/**
 * What a tune takes from these pairs for good, so that no later step grants it: also what had failed, or was left out because the account was locked.
 * `dropped`: from everybody, people who join the cohort later included.
 */
export function withdrawn(
  release: ReleaseKey,
  at: { system: string; place: string },
  { entitlements, people }: Pick<PreviewContent, 'entitlements' | 'people'>,
  ledger: LedgerEntry[],
  which: (pair: { role: string; account: string; person: string }) => boolean,
  by: string,
  dropped = false,
): LedgerFact[] {
  const entryOf = grantEntries(ledger);
  return entitlements
    .flatMap(({ role }) => people.map(({ person, account }) => ({ role, account, person })))
    .filter(which)
    .map((pair) => entryOf(pair) ?? newEntry(release, { ...at, kind: 'grant', ...pair }))
    .filter((entry) => !entry.withdrawn || (dropped && !entry.dropped))
    .map((entry) => next(entry, by, dropped ? { did: 'withdrawn', dropped } : { did: 'withdrawn' }));
}

/** What is read and recorded about people who left the cohort. */
interface Leaving {
  release: ReleaseKey;
  at: { system: string; place: string };
  content: Pick<PreviewContent, 'entitlements' | 'people' | 'roles'>;
  ledger: LedgerEntry[];
  now: Actual;
  /** People. */
  left: ReadonlySet<string>;
  by: string;
}

/** For good, from people who left the cohort: what they do not have by this release. What they have is kept or revoked, as the plan says. */
export function withdrawnFromLeavers({ release, at, content, ledger, now, left, by }: Leaving): LedgerFact[] {
  const [entryOf, held, signedAs] = [grantEntries(ledger), byIdentity(now.grants), byPair(signedGrants(content))];
  const hasIt = (pair: { role: string; account: string }) => held(signedAs(pair)[0] ?? pair).length > 0 || (entryOf(pair)?.pending.length ?? 0) > 0;
  return withdrawn(release, at, content, ledger, (pair) => left.has(pair.person) && !hasIt(pair), by);
}

/**
 * At go-live: as withdrawnFromLeavers, and what they hold already is recorded as found, so that it stays theirs and the release does not concern them. What an
 * earlier attempt granted to them before they left is this release's.
 */
export function leftBeforeGranting(leaving: Leaving): LedgerFact[] {
  const { release, at, content, ledger, now, left, by } = leaving;
  const held = byIdentity(now.grants);
  const todo = todoOf(release, at, ledger);
  const gone = content.people.filter(({ person }) => left.has(person));
  const found = signedGrants({ ...content, people: gone }).flatMap((grant) => {
    const { entry } = todo(grant);
    const grants = held(grant);
    if (grants.length === 0 || entry.withdrawn || entry.granted || entry.pending.length > 0) return [];
    return inOrder(entry, by, [{ did: 'found', grants }, { did: 'withdrawn' }]);
  });
  return [...found, ...withdrawnFromLeavers(leaving)];
}

/** How many signed grants nothing is known of yet: a release is not done while there are any. */
export const unsettled = (wanted: WantedGrant[], ledger: LedgerEntry[]): number => atOnce(countingUnsettled(wanted, ledger));

/** The same, in slices. */
export function* countingUnsettled(wanted: WantedGrant[], ledger: LedgerEntry[]): Sliced<number> {
  const settled = knownPairs();
  yield* eachOf(ledger, ({ kind, outcome, role, account }) => {
    if (kind === 'grant' && outcome !== 'pending') settled.add({ role, account });
  });
  let open = 0;
  yield* eachOf(wanted, ({ role, account }) => {
    if (!settled.has({ role, account })) open += 1;
  });
  return open;
}

/** `unsettledGrants`: grants of which nothing is known count as unknown. */
export function grantCounts(ledger: LedgerEntry[], unsettledGrants = 0): GrantCounts {
  const number = (outcome: LedgerEntry['outcome']) => ledger.filter((entry) => entry.kind === 'grant' && entry.outcome === outcome).length;
  return {
    created: number('created'),
    preexisting: number('preexisting'),
    failed: number('failed'),
    unknown: number('unknown') + unsettledGrants,
    refusals: refusalLines(ledger, 'grant'),
  };
}
