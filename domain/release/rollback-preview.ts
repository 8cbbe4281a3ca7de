/** A preview of a rollback in one system, for the people who decide: the rollback's own decisions, shown instead of carried out. */
import { shortened } from '../plain-data.ts';
import { after, next } from './facts.ts';
import { byPair, grantKey, without, type Actual, type LedgerEntry } from './ledger.ts';
import type { PreviewContent } from './signed-preview.ts';
import type { DependencyLine } from '../views/dependency.ts';
import { RoleParts } from './by-role.ts';
import { atOnce, eachOf, type Sliced } from '../slices.ts';
import { byLine, receiptFrom } from './receipt.ts';
import type { ReleaseKey } from './releases.ts';
import { decided as decidedBy, factOfDecision, factsOfRestore, handOver, type Decided, type UndoFacts } from './rollback.ts';
import type { Claim } from './claims.ts';

/** Lists are cut at `linesShown` entries; the counts are whole. */
export interface RollbackPreviewPart {
  system: string;
  /** Of this part with its lists, which the store has; they are empty here, because this goes through histories. Absent: the lists are here. */
  digest?: string;
  /** Access that would be revoked, most recently used first. `lastUsedMs`: real time of the last use within the range; absent when unused or unknown. */
  loses: { person: string; account: string; role: string; lastUsedMs?: number }[];
  losesCount: number;
  /** Why none of it was tried in the system; absent: it was, and what the system refuses is among `asks` and `notRestored`. */
  notTried?: string;
  /** People who would lose access that they have used since then; undefined where the system cannot tell. */
  usedBy?: number;
  /** Legacy access that would come back. `why`: in what other form than before. */
  comesBack: { person: string; account: string; role: string; why?: string }[];
  comesBackCount: number;
  /** What stays, and why. `person`: absent where the account belongs to nobody in this release. */
  stays: { person?: string; account: string; role: string; why: string }[];
  staysCount: number;
  /** Legacy access that the release retired and that would not come back, and why. A worker of a version before this has it under `stays`. */
  notRestored?: { person?: string; account: string; role: string; why: string }[];
  notRestoredCount?: number;
  /** Grants that a person has to decide on, because they could not be confirmed. */
  asks: { person?: string; account: string; role: string; why: string }[];
  asksCount: number;
  /** Why others who have the roles are not among `stays`; absent: they are. */
  othersNotShown?: string;
  /** The source of the usage: the system's usage statement, or open sessions. */
  usageFrom?: UsageSource;
  /** Why the usage is unknown or incomplete. */
  usageNote?: string;
}

/** The result of the workflow `rollbackPreview`. */
export interface LiveRollbackPreview {
  parts: RollbackPreviewPart[];
  /** Systems that could not be read, and why. */
  problems: { system: string; why: string }[];
  dependencies: DependencyLine[] | { problem: string };
}

export const usageSources = ['usageStatement', 'openSessions'] as const;
export type UsageSource = (typeof usageSources)[number];

export const linesShown = 200;

/** Who used it; `role` absent: the role is unknown, so the use counts for every role of the account. */
export interface Usage {
  uses: { role?: string; account: string; atMs: number }[] | undefined;
  from?: UsageSource;
  note?: string;
}

/**
 * `content`: signed preview of the system; `decided`: all entries of this release in it; `now`: the reading that they were decided on; `claimed`: pairs
 * that other packages need.
 */
export const rollbackPreview = (
  content: PreviewContent,
  decided: Decided[],
  now: Actual,
  claimed: { role: string; account: string }[],
  usage: Usage,
): RollbackPreviewPart =>
  ofRoles(content, decided, now, claimed, usage, { lastUse: lastUseOf(usage.uses ?? []), people: atOnce(peopleOf(content, decided)) }).part;

/** The same, role by role. */
export function* previewingRollback(
  content: PreviewContent,
  decided: Decided[],
  now: Actual,
  claimed: { role: string; account: string }[],
  usage: Usage,
): Sliced<RollbackPreviewPart> {
  const parts = yield* RoleParts.of(
    decided.map(({ entry }) => entry),
    now,
    content,
  );
  const own = {
    decided: yield* parts.split(decided.map((one) => ({ ...one, role: one.entry.role }))),
    before: yield* parts.split(content.before),
    others: yield* parts.split(content.others),
    claimed: yield* parts.split(claimed),
  };
  // Somebody may be known by their account only from what was done with another role.
  const known = { lastUse: lastUseOf(usage.uses ?? []), people: yield* peopleOf(content, decided) };
  const users = new Set<string>();
  let { part } = ofRoles({ ...content, before: [], others: [] }, [], { ...now, grants: [] }, [], usage, known);
  for (const of of parts.all()) {
    const these = ofRoles({ ...content, before: own.before(of), others: own.others(of) }, own.decided(of), of.now, own.claimed(of), usage, known);
    part = together(part, these.part);
    for (const user of these.users) users.add(user);
    yield;
  }
  return part.usedBy === undefined ? part : { ...part, usedBy: users.size };
}

function ofRoles(
  content: PreviewContent,
  decided: Decided[],
  now: Actual,
  claimed: { role: string; account: string }[],
  usage: Usage,
  { lastUse, people }: { lastUse: (pair: { role: string; account: string }) => number | undefined; people: ReadonlyMap<string, string> },
): { part: RollbackPreviewPart; users: Set<string> } {
  const loses = decided
    .filter(({ decision }) => decision.do === 'revoke')
    .map(({ entry }) => {
      const lastUsedMs = lastUse(entry);
      return { ...who(entry), ...(lastUsedMs === undefined ? {} : { lastUsedMs }) };
    });
  const comesBack = decided.flatMap(({ entry, decision }) =>
    decision.do === 'restore' ? [{ ...who(entry), ...(decision.note === undefined ? {} : { why: decision.note }) }] : [],
  );
  const asks = decided.flatMap(({ entry, decision }) => (decision.do === 'ask' || decision.do === 'byHand' ? [{ ...who(entry), why: decision.why }] : []));
  const { stays, notRestored } = whatStays(content, decided, now, claimed, people);
  const users = new Set(loses.filter(({ lastUsedMs }) => lastUsedMs !== undefined).map(({ person }) => person));
  const part: RollbackPreviewPart = {
    system: content.system,
    loses: firstOf(loses, byUse),
    losesCount: loses.length,
    ...(usage.uses === undefined ? {} : { usedBy: users.size }),
    comesBack: firstOf(comesBack, byPerson),
    comesBackCount: comesBack.length,
    stays: stays.slice(0, linesShown),
    staysCount: stays.length,
    notRestored: notRestored.slice(0, linesShown),
    notRestoredCount: notRestored.length,
    asks: firstOf(asks, byPerson),
    asksCount: asks.length,
    ...(usage.from === undefined ? {} : { usageFrom: usage.from }),
    ...(usage.note === undefined ? {} : { usageNote: usage.note }),
  };
  return { part, users };
}

/** What may be in a history: counts, and under which digest the store has the people. */
export const withoutPeople = (part: RollbackPreviewPart, digest: string): RollbackPreviewPart => ({
  ...part,
  digest,
  loses: [],
  comesBack: [],
  stays: [],
  ...(part.notRestored === undefined ? {} : { notRestored: [] }),
  asks: [],
  ...(part.usageNote === undefined ? {} : { usageNote: shortened(part.usageNote, 1_000) }),
  ...(part.notTried === undefined ? {} : { notTried: shortened(part.notTried, 1_000) }),
  ...(part.othersNotShown === undefined ? {} : { othersNotShown: shortened(part.othersNotShown, 1_000) }),
});

/** By account. */
function* peopleOf(content: PreviewContent, decided: Decided[]): Sliced<Map<string, string>> {
  const people = new Map<string, string>();
  yield* eachOf(content.people, ({ account, person }) => void people.set(account, person));
  yield* eachOf(decided, ({ entry: { account, person } }) => void people.set(account, person));
  return people;
}

/** The lines of the receipt if every effect succeeds. */
function whatStays(
  content: PreviewContent,
  decided: Decided[],
  now: Actual,
  claimed: { role: string; account: string }[],
  people: ReadonlyMap<string, string>,
) {
  const receipt = receiptFrom(content, decided.map(afterwards), grantsAfterwards(decided, now), { claimed, check: '' });
  const named = ({ role, account, why }: { role: string; account: string; why: string }) => {
    const person = people.get(account);
    return { ...(person === undefined ? {} : { person }), account, role, why };
  };
  return { stays: receipt.kept.map(named), notRestored: receipt.notRestored.map(named) };
}

/** The entry after the rollback if the system refuses nothing. */
function afterwards({ entry, decision }: Decided): LedgerEntry {
  const by = 'preview';
  if (decision.do === 'revoke') return after(entry, next(entry, by, { did: 'revoked', grants: decision.grants }));
  const facts =
    decision.do === 'restore'
      ? factsOfRestore(
          entry,
          decision.grants,
          decision.grants.map((grant) => ({ outcome: 'created', grant })),
          [],
          by,
        )
      : factOfDecision({ entry, decision }, by);
  return facts.reduce((state, fact) => after(state, fact), entry);
}

function grantsAfterwards(decided: Decided[], now: Actual): Actual {
  const decisions = decided.map(({ decision }) => decision);
  const revoked = new Set(decisions.flatMap((decision) => (decision.do === 'revoke' ? decision.grants.map(grantKey) : [])));
  const restored = decisions.flatMap((decision) => (decision.do === 'restore' ? decision.grants : []));
  return { ...now, grants: [...now.grants.filter((grant) => !revoked.has(grantKey(grant))), ...restored] };
}

/** The entries as they are once this release has left: what others claim is theirs. `claims`: all claims on the roles. */
export function afterHandOver(release: ReleaseKey, entries: LedgerEntry[], claims: Claim[], now: Actual): LedgerEntry[] {
  const handedOn = new Map(
    handOver(release, { own: entries, claims, others: [] }, now, 'preview').flatMap((fact) =>
      fact.fact.did === 'handedOn' ? [[entryKey(fact), fact] as const] : [],
    ),
  );
  return entries.map((entry) => {
    const fact = handedOn.get(entryKey(entry));
    return fact ? after(entry, fact) : entry;
  });
}

const entryKey = ({ system, kind, role, account }: { system: string; kind: string; role: string; account: string }) => [system, kind, role, account].join('\0');

/**
 * The preview from the ledger alone, for a system that is not read: decisions use what this release left behind instead of what the system holds now.
 * Changes by others since then show only when the systems are read. `entries`: of one system; `rejected`: legacy roles that are never restored.
 */
export function rollbackPreviewFromLedger(
  release: ReleaseKey,
  system: string,
  entries: LedgerEntry[],
  { claims, claimOn }: { claims: Claim[] } & Pick<UndoFacts, 'claimOn'>,
  rejected: ReadonlySet<string>,
): RollbackPreviewPart {
  const legacy = [...new Set(entries.filter(({ kind }) => kind === 'retire').map(({ role }) => role))];
  const content: PreviewContent = {
    plan: release.plan,
    package: release.package,
    system,
    entitlements: [],
    legacy: legacy.map((role) => ({ system, role, design: rejected.has(role) ? 'rejected' : 'accepted' }) as PreviewContent['legacy'][number]),
    people: entries.map(({ person, account }) => ({ person, account })),
    before: [],
    others: [],
    roles: [],
    conflicts: [],
  };
  const left = without(
    entries.flatMap(({ made, found }) => [...made, ...found]),
    entries.flatMap(({ taken }) => taken),
  );
  const now: Actual = { roles: [], grants: left, accounts: [], unknownAccounts: [] };
  const madeByRolewave = new Set(entries.flatMap(({ made }) => made.map(grantKey)));
  const decided = decidedBy(afterHandOver(release, entries, claims, now), { content, now, madeByRolewave, ...(claimOn ? { claimOn } : {}) });
  return rollbackPreview(content, decided, now, [], { uses: undefined, note: 'the system was not read' });
}

/**
 * Of parts of one system, each with other entries: the same as of all entries together, where these do not depend on each other. Without `usedBy`, because one
 * person may be in both.
 */
export function together(one: RollbackPreviewPart, other: RollbackPreviewPart): RollbackPreviewPart {
  const { notRestored: notHere = [], notRestoredCount: noneHere = 0 } = one;
  const { notRestored: notThere = [], notRestoredCount: noneThere = 0 } = other;
  return {
    ...one,
    loses: firstOf([...one.loses, ...other.loses], byUse),
    losesCount: one.losesCount + other.losesCount,
    comesBack: firstOf([...one.comesBack, ...other.comesBack], byPerson),
    comesBackCount: one.comesBackCount + other.comesBackCount,
    stays: firstOf([...one.stays, ...other.stays], byLine),
    staysCount: one.staysCount + other.staysCount,
    notRestored: firstOf([...notHere, ...notThere], byLine),
    notRestoredCount: noneHere + noneThere,
    asks: firstOf([...one.asks, ...other.asks], byPerson),
    asksCount: one.asksCount + other.asksCount,
  };
}

/** Of thousands, those that are shown: the others are not put in order. */
function firstOf<T>(lines: T[], inOrder: (a: T, b: T) => number): T[] {
  let first: T[] = [];
  for (let from = 0; from < lines.length; from += 2 * linesShown)
    first = [...first, ...lines.slice(from, from + 2 * linesShown)].sort(inOrder).slice(0, linesShown);
  return first;
}

function lastUseOf(uses: NonNullable<Usage['uses']>): (pair: { role: string; account: string }) => number | undefined {
  const ofRole = byPair(uses.flatMap(({ role, ...use }) => (role === undefined ? [] : [{ role, ...use }])));
  const ofAccount = Map.groupBy(
    uses.filter(({ role }) => role === undefined),
    ({ account }) => account,
  );
  return (pair) => {
    const times = [...ofRole(pair), ...(ofAccount.get(pair.account) ?? [])].map(({ atMs }) => atMs);
    return times.length === 0 ? undefined : Math.max(...times);
  };
}

const who = ({ person, account, role }: LedgerEntry) => ({ person, account, role });
type PersonLine = { person?: string; account: string; role: string };
const personKey = (line: PersonLine) => `${line.person}\0${line.account}\0${line.role}`;
const byUse = (a: Lost, b: Lost) => (b.lastUsedMs ?? 0) - (a.lastUsedMs ?? 0) || byPerson(a, b);
type Lost = RollbackPreviewPart['loses'][number];
const byPerson = (a: PersonLine, b: PersonLine) => (personKey(a) < personKey(b) ? -1 : 1);
