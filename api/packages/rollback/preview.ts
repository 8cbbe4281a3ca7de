/** The preview of a rollback: what the systems say, the ledger where they could not be asked, and which part comes from where. */
import type { DependencyLine } from '../../../domain/views/dependency.ts';
import type { RollbackPreviewLine, RollbackPreviewView } from '../../../domain/views/rollback-preview.ts';
import type { LiveRollbackPreview, RollbackPreviewPart } from '../../../domain/release/rollback-preview.ts';

/** One system's part, and where it comes from. */
interface Read {
  part: RollbackPreviewPart;
  asOf: 'now' | 'ledger';
  why?: string;
}

type DependenciesAnswer = Pick<RollbackPreviewView, 'dependencies' | 'dependencyCheck'>;

export function previewAnswer(
  live: LiveRollbackPreview | { why: string },
  fromLedger: RollbackPreviewPart[],
  sinceMs: number,
): Omit<RollbackPreviewView, keyof DependenciesAnswer> {
  const read = 'parts' in live ? readFrom(live, fromLedger) : fromLedger.map((part) => readInstead(part, live.why));
  const parts = read.map(({ part }) => part);
  const lines = {
    revoked: parts.flatMap(revoked),
    restored: parts.flatMap(restored),
    kept: parts.flatMap(kept),
    notRestored: parts.flatMap(notRestored),
    undecided: parts.flatMap(undecided),
  };
  const usedBy = usersOf(parts, lines.revoked);
  const counts = {
    revoked: sum(parts, 'losesCount'),
    restored: sum(parts, 'comesBackCount'),
    kept: sum(parts, 'staysCount'),
    notRestored: sum(parts, 'notRestoredCount'),
    undecided: sum(parts, 'asksCount'),
    ...(usedBy === undefined ? {} : { usedBy }),
  };
  const headings = ['revoked', 'restored', 'kept', 'notRestored', 'undecided'] as const;
  return {
    asOf: asOfAll(live, read),
    sinceMs,
    counts,
    systems: read.map(({ part: { system, losesCount, usedBy: users, usageFrom, usageNote, notTried, othersNotShown }, asOf, why }) => ({
      system,
      asOf,
      ...(why === undefined ? {} : { why }),
      revoked: losesCount,
      ...(users === undefined ? {} : { usedBy: users }),
      ...(usageFrom === undefined ? {} : { usageFrom }),
      ...(usageNote === undefined ? {} : { usageNote }),
      ...(notTried === undefined ? {} : { notTried }),
      ...(othersNotShown === undefined ? {} : { othersNotShown }),
    })),
    ...lines,
    cut: headings.some((heading) => lines[heading].length < counts[heading]),
  };
}

/** Live lines before those of an open proposal, which may be an hour old; `proposed`: its lines. */
export function dependenciesAnswer(live: LiveRollbackPreview | { why: string }, proposed: DependencyLine[] | undefined): DependenciesAnswer {
  if ('parts' in live && Array.isArray(live.dependencies)) return { dependencies: live.dependencies, dependencyCheck: 'as of now' };
  const why = 'why' in live ? live.why : Array.isArray(live.dependencies) ? '' : live.dependencies.problem;
  return proposed
    ? { dependencies: proposed, dependencyCheck: `as of the open proposal, not as of now: ${why}` }
    : { dependencies: [], dependencyCheck: `unknown: ${why}` };
}

/** A system that did not answer is shown as the ledger has it. */
function readFrom({ parts, problems }: LiveRollbackPreview, fromLedger: RollbackPreviewPart[]): Read[] {
  const instead = problems.flatMap(({ system, why }) => {
    const part = fromLedger.find((each) => each.system === system);
    return part ? [readInstead(part, why)] : [];
  });
  return [...parts.map((part): Read => ({ part, asOf: 'now' })), ...instead].sort((a, b) => (a.part.system < b.part.system ? -1 : 1));
}

/** Nothing that would be changed was tried: what the system refuses is not among its lines. */
const readInstead = (part: RollbackPreviewPart, why: string): Read => ({
  part: part.losesCount + part.comesBackCount === 0 ? part : { ...part, notTried: 'the system was not read' },
  asOf: 'ledger',
  why,
});

function asOfAll(live: LiveRollbackPreview | { why: string }, read: Read[]): 'now' | 'ledger' | 'mixed' {
  if ('why' in live) return 'ledger';
  const kinds = new Set(read.map(({ asOf }) => asOf));
  if (kinds.size > 1) return 'mixed';
  return kinds.has('ledger') || live.problems.length > 0 ? 'ledger' : 'now';
}

type PartLine = { person?: string; account: string; role: string; why?: string; lastUsedMs?: number };

const line = (system: string, { person = '', account, role, why = '', lastUsedMs }: PartLine, reason = why): RollbackPreviewLine => ({
  system,
  role,
  account,
  person,
  why: reason,
  ...(lastUsedMs === undefined ? {} : { lastUsedMs }),
});
const revoked = ({ system, loses }: RollbackPreviewPart) => loses.map((each) => line(system, each, 'granted by this release'));
const restored = ({ system, comesBack }: RollbackPreviewPart) => comesBack.map((each) => line(system, each, each.why ?? 'retired by this release'));
const kept = ({ system, stays }: RollbackPreviewPart) => stays.map((each) => line(system, each));
const notRestored = ({ system, notRestored: lines = [] }: RollbackPreviewPart) => lines.map((each) => line(system, each));
const undecided = ({ system, asks }: RollbackPreviewPart) => asks.map((each) => line(system, each));

const sum = (parts: RollbackPreviewPart[], key: 'losesCount' | 'comesBackCount' | 'staysCount' | 'notRestoredCount' | 'asksCount') =>
  parts.reduce((total, part) => total + (part[key] ?? 0), 0);

/** A person counts once, in however many systems; a list that was cut may not show all of them. Undefined where no system can tell. */
function usersOf(parts: RollbackPreviewPart[], shown: RollbackPreviewLine[]): number | undefined {
  const known = parts.flatMap(({ usedBy }) => (usedBy === undefined ? [] : [usedBy]));
  if (known.length === 0) return undefined;
  return Math.max(new Set(shown.filter(({ lastUsedMs }) => lastUsedMs !== undefined).map(({ person }) => person)).size, ...known);
}
