/** What Temporal's UI shows of a released package, as Markdown. */
import { isEndState } from '../states.ts';
import { instantText } from '../time/instant.ts';
import { tuneText } from '../tune/tune-text.ts';
import { clearerText } from '../views/dependency.ts';
import type { ProposalView } from '../views/proposal.ts';
import type { CarriedPackageView } from '../views/texts.ts';
import { verdictWords } from '../watch/verdict-words.ts';
import { ahead, document, people, refusalTable, requestTable, shownId, table, words, type Next } from './markdown.ts';

/** What the view of a package does not say. Times are plan time. */
export interface PackageNow {
  nowMs: number;
  /** What happens without anybody's doing. */
  next?: Next | undefined;
  /** Who decides on a proposal: its owner or, where it has none, the operators. */
  deciders: string[];
  /** Who approved the release. */
  signedBy: { by: string; atMs: number }[];
}

export function packageDetails(view: CarriedPackageView, now: PackageNow): string {
  const { grants, lastVerdict, proposal, tunes, clock } = view;
  const rows: [string, string][] = [
    ['state', view.nextAction === 'None' ? `**${view.state}**` : `**${view.state}** → ${view.nextAction}`],
    ['next', nextText(view, now)],
    [
      'last verdict',
      lastVerdict
        ? `${verdictWords[lastVerdict.kind]}: ${words(lastVerdict.why)} (evaluation ${lastVerdict.evaluation}, ${instantText(lastVerdict.atMs)})`
        : 'none yet',
    ],
    ['proposed', proposal ? proposalText(proposal, now) : 'nothing'],
    ['watch', watchText(view)],
    ['next evaluation', view.watch.nextEvaluationMs === undefined ? 'none' : ahead(view.watch.nextEvaluationMs, clock)],
    [
      'access',
      `${grants.created} granted, ${grants.preexisting} already had it, ${grants.legacyRetired} legacy retired, ${grants.failed} failed, ${grants.unknown} unknown`,
    ],
    ['signed off', now.signedBy.map(({ by, atMs }) => `${people([by])} ${instantText(atMs)}`).join(', ') || 'by nobody'],
    ['tunes', tunes.length === 0 ? 'none' : tunes.slice(-3).map(tuneLine).join('; ')],
  ];
  if (view.supersededBy !== undefined) rows.push(['superseded', `by the release of ${shownId(view.supersededBy)}`]);
  if (view.change) rows.push(['change', view.change]);
  if (view.certifiedMs !== undefined) rows.push(['certified', `by the owner, ${instantText(view.certifiedMs)}`]);
  for (const { by, untilMs, keeps, overdue } of view.claims ?? [])
    rows.push(['claimed', `${people([by])} ${keeps ? 'keeps' : 'would keep'} access until ${instantText(untilMs)}${overdue ? ' (overdue)' : ''}`]);
  if (view.receiptLine) rows.push(['receipt', words(view.receiptLine)]);
  if (view.endedWhy) rows.push(['ended', words(view.endedWhy)]);
  return document([
    table('', ['', ''], rows, rows.length),
    requestTable(view.requests, now.nowMs, clock),
    dependencyTable(proposal),
    refusalTable(view.refusals),
  ]);
}

function nextText({ endedWhy, supersededBy, clock }: CarriedPackageView, { next }: PackageNow): string {
  if (endedWhy !== undefined) return 'nothing';
  if (supersededBy !== undefined) return `nothing, unless the release of ${shownId(supersededBy)} is rolled back`;
  return next ? `${words(next.summary)}, on ${ahead(next.atMs, clock)}` : 'no timer is set';
}

function watchText({ state, watch }: CarriedPackageView): string {
  if (isEndState(state)) return `ended, after ${watch.evaluations} ${watch.evaluations === 1 ? 'evaluation' : 'evaluations'}`;
  const day = `day ${watch.day} of ${watch.days}, ${watch.evaluations} ${watch.evaluations === 1 ? 'evaluation' : 'evaluations'}`;
  return watch.paused === undefined ? `${day}, until ${instantText(watch.endMs)}` : `paused on ${day}: ${words(watch.paused)}`;
}

/** What is proposed and why, since when, who has approved it, what it waits for, and who decides. */
function proposalText(proposal: ProposalView, { deciders }: PackageNow): string {
  const { kind, tune, why, proposedAtMs, frozen, untilMs, blackout, approvedBy = [], approvals = 1 } = proposal;
  const what = kind === 'question' ? 'question' : kind;
  const missing = approvals - approvedBy.length;
  return [
    `**${what}**${tune ? ` (${words(tuneText(tune))})` : ''} since ${instantText(proposedAtMs)}: ${words(why)}`,
    ...(frozen ? [untilMs === undefined ? 'frozen until someone decides' : `frozen until ${instantText(untilMs)}`] : []),
    ...(blackout ? [`deferred by blackout ${words(blackout.id)} until ${instantText(blackout.untilMs)}`] : []),
    ...(approvedBy.length > 0 ? [`approved by ${people(approvedBy)}`] : []),
    missing > 0
      ? `${people(deciders.filter((person) => !approvedBy.includes(person)))} ${approvedBy.length > 0 ? 'may approve it too' : 'decides'}`
      : 'approved, and waits for its dependency check',
  ].join(' · ');
}

const dependencyTable = (proposal: ProposalView | undefined): string[] =>
  table(
    'Dependency check of the rollback',
    ['', 'what', 'cleared by'],
    (proposal?.dependencies ?? []).map(({ line, clear, clearedBy }) => [
      clear ? 'clear' : '**open**',
      words(line),
      clear || clearedBy === undefined ? '' : words(clearerText(clearedBy)),
    ]),
    20,
  );

const tuneLine = ({ step, atMs, result }: CarriedPackageView['tunes'][number]): string => `${step} on ${instantText(atMs)}: ${words(result)}`;
