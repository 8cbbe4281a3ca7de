/** The rollback preview as text for anyone who has to decide. */
import type { RollbackPreviewLine, RollbackPreviewView } from '../domain/views/rollback-preview.ts';
import { count, printable } from './printable.ts';
import { dependencyText } from './proposal.ts';
import { targetText } from './target.ts';
import { lengthText } from './times.ts';
import type { PackageTarget } from './target.ts';

/** The whole of it. `nowMs`: real time. `isProposed`: a rollback waits for an answer already. */
export function previewWords(preview: RollbackPreviewView, target: PackageTarget, nowMs: number, isProposed: boolean): string {
  const { cut, dependencies, dependencyCheck, systems } = preview;
  return [
    `Rollback of ${targetText(target)}, ${asOfText(preview)}.`,
    ...systems.filter(({ asOf, why }) => asOf === 'ledger' && why !== undefined && preview.asOf === 'mixed').map(notAsked),
    ...section('Would be revoked', preview.revoked.map(lostText(nowMs))),
    ...section(
      `Used in the last ${lengthText(Math.round((nowMs - preview.sinceMs) / 60_000) * 60_000)}`,
      systems.filter(({ revoked }) => revoked > 0).map(usageText),
    ),
    ...section('Would be restored', preview.restored.map(lineText)),
    ...section('Would stay', preview.kept.map(lineText)),
    ...section('Would not be restored', preview.notRestored.map(lineText)),
    ...section('A person must decide', preview.undecided.map(lineText)),
    ...(cut ? ['The lists are shortened. The counts are complete.'] : []),
    ...systems.flatMap(({ system, notTried }) => (notTried === undefined ? [] : [notTriedText(system, notTried)])),
    ...systems.flatMap(({ system, othersNotShown }) =>
      othersNotShown === undefined ? [] : [`Who else has the roles in ${printable(system)} is not shown: ${printable(othersNotShown)}.`],
    ),
    `Dependency check, ${printable(dependencyCheck)}${dependencies.length === 0 ? '.' : ':'}`,
    ...dependencies.map((each) => `  ${printable(dependencyText(each))}`),
    `It ${inShort(preview)}. Nothing was changed.`,
    ...(isNothing(preview.counts)
      ? []
      : [
          'Next:',
          isProposed
            ? `  rolewave decide ${targetText(target)}   shows the rollback that is proposed, and how to answer`
            : `  rolewave rollback ${targetText(target)} --reason "…"   proposes it`,
        ]),
  ].join('\n');
}

/** Two lines that accompany an open proposal. */
export function previewSummary(preview: RollbackPreviewView, target: PackageTarget): string[] {
  return [`A rollback ${inShort(preview)}, ${asOfText(preview)}.`, `In full, by person: rolewave rollback ${targetText(target)} --preview`];
}

const isNothing = ({ revoked, restored, undecided }: RollbackPreviewView['counts']) => revoked + restored + undecided === 0;

/** `would revoke 12 grants from 6 people (2 people used it), restore 1, keep 3, and leave 2 retired`. */
function inShort({ counts, revoked, cut }: RollbackPreviewView): string {
  const people = new Set(revoked.map(({ person, account }) => person || account)).size;
  const from = counts.revoked === 0 ? '' : ` from ${cut ? 'at least ' : ''}${count(people, 'person', 'people')}`;
  const used =
    counts.revoked === 0
      ? ''
      : counts.usedBy === undefined
        ? ' (usage is unknown)'
        : ` (${counts.usedBy === 0 ? 'no recent use was seen' : `${count(counts.usedBy, 'person', 'people')} used it`})`;
  const retired = counts.notRestored > 0 ? `, and leave ${counts.notRestored} retired` : '';
  const undecided = counts.undecided > 0 ? `; ${counts.undecided} need a person's decision` : '';
  return `would revoke ${count(counts.revoked, 'grant')}${from}${used}, restore ${counts.restored}${retired === '' ? ', and' : ','} keep ${counts.kept}${retired}${undecided}`;
}

function asOfText({ asOf, systems }: RollbackPreviewView): string {
  if (asOf === 'now') return 'according to the systems now';
  const why = systems.find((each) => each.why !== undefined)?.why;
  if (asOf === 'ledger') return `according to the ledger${why === undefined ? '' : ` (${printable(why)})`}: it does not include later changes by others`;
  return `according to the systems now, and to the ledger for ${systems
    .filter((each) => each.asOf === 'ledger')
    .map(({ system }) => printable(system))
    .join(', ')}`;
}

const section = (title: string, lines: string[]): string[] => (lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${printable(line)}`)]);

const whose = ({ person, account }: RollbackPreviewLine) => (person === '' ? account : person === account ? person : `${person} (${account})`);
const lineText = (line: RollbackPreviewLine) => `${whose(line)}: ${line.role} in ${line.system}${line.why ? `: ${line.why}` : ''}`;
/** People who used it recently come first: they are the ones to call. */
const lostText =
  (nowMs: number) =>
  (line: RollbackPreviewLine): string =>
    `${whose(line)}: ${line.role} in ${line.system}${line.lastUsedMs === undefined ? '' : `: USED ${agoText(nowMs - line.lastUsedMs)}`}`;

const agoText = (ms: number) => (ms < 60_000 ? 'just now' : `${lengthText(Math.floor(ms / 60_000) * 60_000)} ago`);
const notAsked = ({ system, why }: { system: string; why?: string }) => `${printable(system)} could not be read: ${printable(why ?? 'no answer')}`;

const notTriedText = (system: string, why: string) => `Whether ${printable(system)} lets this be done was not tried: ${printable(why)}.`;

function usageText({ system, usedBy, usageFrom, usageNote }: RollbackPreviewView['systems'][number]): string {
  const from = usageFrom === undefined ? '' : ` (by ${usageFrom === 'usageStatement' ? "the system's usage statement" : 'its open sessions'})`;
  const by = usedBy === undefined ? 'not known' : usedBy === 0 ? `by nobody${from}` : `by ${count(usedBy, 'person', 'people')}${from}`;
  return `${system}: ${by}${usageNote === undefined ? '' : `; ${usageNote}`}`;
}
