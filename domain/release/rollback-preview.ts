/** What a rollback would do in one system, for a person to see before deciding: the rollback's own decisions, told instead of carried out. */
import { byPair, pairKey, type Actual, type LedgerEntry } from './ledger.ts';
import type { PreviewContent } from '../access/preview.ts';
import type { DependencyLine } from './receipt.ts';
import { receiptFrom, type Undo } from './rollback.ts';

/** Lists are cut at `linesShown` entries; the counts are whole. */
export interface RollbackPreviewPart {
  system: string;
  /** Access that would be taken, the most lately used first. `lastUsedMs`: real time, when it was last used within what was asked; absent: not, or not known. */
  loses: { person: string; account: string; role: string; lastUsedMs?: number }[];
  losesCount: number;
  /** People who would lose access that they used since then; undefined where the system cannot tell. */
  usedBy?: number;
  /** Old access that would come back. */
  comesBack: { person: string; account: string; role: string }[];
  comesBackCount: number;
  /** What stays, and why. `person`: absent where the account is nobody's of this release. */
  stays: { person?: string; account: string; role: string; why: string }[];
  staysCount: number;
  /** What a person has to decide, because it could not be confirmed. */
  asks: { person?: string; account: string; role: string; why: string }[];
  asksCount: number;
  /** Where it was read how the access is used: the plan's usage statement, or open sessions. */
  usageFrom?: UsageSource;
  /** What keeps use from being known, or from being known better. */
  usageNote?: string;
}

/** What the workflow `rollbackPreview` answers. */
export interface LiveRollbackPreview {
  parts: RollbackPreviewPart[];
  /** Systems that could not be asked, and why. */
  problems: { system: string; why: string }[];
  dependencies: DependencyLine[] | { problem: string };
}

export const usageSources = ['usage statement', 'open sessions'] as const;
export type UsageSource = (typeof usageSources)[number];

export const linesShown = 200;

/** One entry of the ledger and what the rollback would do about it. */
export interface Decided {
  entry: LedgerEntry;
  decision: Undo;
}

/** Who used it; `role` absent: which role cannot be told, so it stands for every role of the account. */
export interface Usage {
  uses: { role?: string; account: string; atMs: number }[] | undefined;
  from?: UsageSource;
  note?: string;
}

/**
 * `content`: signed preview of the system; `decided`: all entries of this release in it; `now`: the reading that they were decided on; `claimed`: pairs
 * that other packages need.
 */
export function rollbackPreview(
  content: PreviewContent,
  decided: Decided[],
  now: Actual,
  claimed: { role: string; account: string }[],
  usage: Usage,
): RollbackPreviewPart {
  const lastUse = lastUseOf(usage.uses ?? []);
  const loses = decided
    .filter(({ decision }) => decision.do === 'revoke')
    .map(({ entry }) => {
      const lastUsedMs = lastUse(entry);
      return { ...who(entry), ...(lastUsedMs === undefined ? {} : { lastUsedMs }) };
    })
    .sort((a, b) => (b.lastUsedMs ?? 0) - (a.lastUsedMs ?? 0) || byPerson(a, b));
  const comesBack = decided
    .filter(({ decision }) => decision.do === 'restore' && decision.grants.length > 0)
    .map(({ entry }) => who(entry))
    .sort(byPerson);
  const asks = decided.flatMap(({ entry, decision }) => (decision.do === 'ask' ? [{ ...who(entry), why: decision.why }] : [])).sort(byPerson);
  const stays = whatStays(content, decided, now, claimed);
  return {
    system: content.system,
    loses: loses.slice(0, linesShown),
    losesCount: loses.length,
    ...(usage.uses === undefined ? {} : { usedBy: new Set(loses.filter(({ lastUsedMs }) => lastUsedMs !== undefined).map(({ person }) => person)).size }),
    comesBack: comesBack.slice(0, linesShown),
    comesBackCount: comesBack.length,
    stays: stays.slice(0, linesShown),
    staysCount: stays.length,
    asks: asks.slice(0, linesShown),
    asksCount: asks.length,
    ...(usage.from === undefined ? {} : { usageFrom: usage.from }),
    ...(usage.note === undefined ? {} : { usageNote: usage.note }),
  };
}

/** The lines of the receipt that the rollback would leave, if every deed succeeds. */
function whatStays(content: PreviewContent, decided: Decided[], now: Actual, claimed: { role: string; account: string }[]): RollbackPreviewPart['stays'] {
  const receipt = receiptFrom(content, decided.map(afterwards), grantsAfterwards(decided, now), { claimed, check: '' });
  const people = new Map([...content.people, ...decided.map(({ entry }) => entry)].map(({ account, person }) => [account, person]));
  const named = ({ role, account, why }: { role: string; account: string; why: string }) => {
    const person = people.get(account);
    return { ...(person === undefined ? {} : { person }), account, role, why };
  };
  return [...receipt.kept.map(named), ...receipt.notRestored.map((line) => named({ ...line, why: `old access that is not restored: ${line.why}` }))];
}

/** The entry as the rollback would leave it. */
function afterwards({ entry, decision }: Decided): LedgerEntry {
  const { why: _, ...rest } = entry;
  switch (decision.do) {
    case 'revoke':
      return { ...rest, outcome: 'revoked' };
    case 'keep':
      return decision.wasThere ? { ...rest, outcome: 'preexisting' } : { ...rest, outcome: 'kept', why: decision.why };
    case 'gone':
      return { ...rest, outcome: decision.byUs ? 'revoked' : 'gone' };
    case 'restore':
      return { ...rest, outcome: 'restored' };
    case 'notRestored':
      return { ...rest, outcome: 'notRestored', why: decision.why };
    case 'ask':
    case 'nothing':
      return entry;
  }
}

function grantsAfterwards(decided: Decided[], now: Actual): Actual {
  const decisions = decided.map(({ decision }) => decision);
  const revoked = new Set(decisions.flatMap((decision) => (decision.do === 'revoke' ? [grantKey(decision.grant)] : [])));
  const restored = decisions.flatMap((decision) => (decision.do === 'restore' ? decision.grants : []));
  return { ...now, grants: [...now.grants.filter((grant) => !revoked.has(grantKey(grant))), ...restored] };
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
const grantKey = (grant: { role: string; account: string; grantor?: string }) => `${pairKey(grant)}\0${grant.grantor ?? ''}`;
const personKey = (line: { person: string; account: string; role: string }) => `${line.person}\0${line.account}\0${line.role}`;
const byPerson = (a: { person: string; account: string; role: string }, b: { person: string; account: string; role: string }) =>
  personKey(a) < personKey(b) ? -1 : 1;
