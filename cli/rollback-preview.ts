/** What a rollback would do, as the endpoint answers it, in words for whoever has to decide. */
import { durationText } from '../domain/time/duration.ts';
import type { RollbackPreviewLine, RollbackPreviewView } from '../domain/views/rollback-preview.ts';
import { count, printable } from './printable.ts';
import { dependencyText } from './proposal.ts';
import { targetText } from './target.ts';
import type { PackageTarget } from './target.ts';

/** The whole of it. `nowMs`: real time. */
export function previewWords(preview: RollbackPreviewView, target: PackageTarget, nowMs: number): string {
  const { cut, dependencies, dependencyCheck, systems } = preview;
  return [
    `Rollback of ${targetText(target)}, ${asOfText(preview)}.`,
    ...systems.filter(({ asOf, why }) => asOf === 'ledger' && why !== undefined && preview.asOf === 'mixed').map(notAsked),
    ...section('Would be taken away', preview.revoked.map(lostText(nowMs))),
    ...section(
      `Used in the last ${durationText(Math.round((nowMs - preview.sinceMs) / 60_000) * 60_000)}`,
      systems.filter(({ revoked }) => revoked > 0).map(usageText),
    ),
    ...section('Would come back', preview.restored.map(lineText)),
    ...section('Would stay', preview.kept.map(lineText)),
    ...section('A person must decide', preview.undecided.map(lineText)),
    ...(cut ? ['The lists are shortened; the counts are not.'] : []),
    `Dependency check, ${printable(dependencyCheck)}${dependencies.length === 0 ? '.' : ':'}`,
    ...dependencies.map((each) => `  ${printable(dependencyText(each))}`),
    `It ${inShort(preview)}. Nothing was changed.`,
    ...(isNothing(preview.counts)
      ? []
      : [
          'Next:',
          `  rolewave rollback ${targetText(target)} --reason "…"   proposes it`,
          `  rolewave decide ${targetText(target)}   shows what is proposed already`,
        ]),
  ].join('\n');
}

/** One or two lines beside an open proposal. */
export function previewSummary(preview: RollbackPreviewView, target: PackageTarget): string[] {
  return [`A rollback ${inShort(preview)}, ${asOfText(preview)}.`, `In full, by person: rolewave rollback ${targetText(target)} --preview`];
}

const isNothing = ({ revoked, restored, undecided }: RollbackPreviewView['counts']) => revoked + restored + undecided === 0;

/** `would take 12 grants from 6 people (2 of them used theirs lately), give 1 back, and leave 3`. */
function inShort({ counts, revoked, cut }: RollbackPreviewView): string {
  const people = new Set(revoked.map(({ person, account }) => person || account)).size;
  const from = counts.revoked === 0 ? '' : ` from ${cut ? 'at least ' : ''}${count(people, 'person', 'people')}`;
  const used =
    counts.revoked === 0
      ? ''
      : counts.usedBy === undefined
        ? ' (whether they use it cannot be seen)'
        : ` (${counts.usedBy === 0 ? 'nobody was seen to use it' : `${count(counts.usedBy, 'person', 'people')} used it`})`;
  const undecided = counts.undecided > 0 ? `; ${counts.undecided} cannot be told` : '';
  return `would take ${count(counts.revoked, 'grant')} away${from}${used}, give ${counts.restored} back, and leave ${counts.kept}${undecided}`;
}

function asOfText({ asOf, systems }: RollbackPreviewView): string {
  if (asOf === 'now') return 'as the systems hold it now';
  const why = systems.find((each) => each.why !== undefined)?.why;
  if (asOf === 'ledger') return `as the ledger knows it${why === undefined ? '' : ` (${printable(why)})`}: what others changed since is not in it`;
  return `as the systems hold it now, and as the ledger knows it for ${systems
    .filter((each) => each.asOf === 'ledger')
    .map(({ system }) => printable(system))
    .join(', ')}`;
}

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${printable(line)}`)]);

const whose = ({ person, account }: RollbackPreviewLine) => (person === '' ? account : person === account ? person : `${person} (${account})`);
const lineText = (line: RollbackPreviewLine) => `${whose(line)}: ${line.role} in ${line.system}${line.why ? `: ${line.why}` : ''}`;
/** Who used it lately comes first in the list; those are the people to call. */
const lostText =
  (nowMs: number) =>
  (line: RollbackPreviewLine): string =>
    `${whose(line)}: ${line.role} in ${line.system}${line.lastUsedMs === undefined ? '' : `: USED ${agoText(nowMs - line.lastUsedMs)}`}`;

const agoText = (ms: number) => (ms < 60_000 ? 'just now' : `${durationText(Math.floor(ms / 60_000) * 60_000)} ago`);
const notAsked = ({ system, why }: { system: string; why?: string }) => `${printable(system)} could not be asked: ${printable(why ?? 'no answer')}`;

function usageText({ system, usedBy, usageFrom, usageNote }: RollbackPreviewView['systems'][number]): string {
  const from = usageFrom === undefined ? '' : `, by the ${usageFrom === 'usageStatement' ? "plan's usage statement" : 'open sessions'}`;
  const by = usedBy === undefined ? 'cannot be seen' : usedBy === 0 ? `by nobody${from}` : `by ${count(usedBy, 'person', 'people')}${from}`;
  return `${system}: ${by}${usageNote === undefined ? '' : `; ${usageNote}`}`;
}
