/** The Markdown that Temporal's UI shows for a running wave or package. No personal data: only counts, states and team names. */
import { blockerSubject } from '../../domain/blockers.ts';
import { inMarkdown } from '../../domain/free-text.ts';
import type { ProposalView } from '../../domain/views/proposal.ts';
import type { CarriedPackageView, CarriedWavePackageView, CarriedWaveView } from '../../domain/views/texts.ts';

/** Temporal's UI (2.42) cuts off the last line, so this one shows nothing. */
const lastLine = ['', '\u00A0'];

export function waveDetails(view: CarriedWaveView): string {
  const rows = view.packages.map(
    (entry) =>
      `| ${entry.package} | ${entry.state} | ${entry.nextAction} | ${entry.goLiveMs === undefined ? 'no date' : day(entry.goLiveMs)} | ${waitsFor(entry)} |`,
  );
  return [
    `**${view.stage}** · revision ${view.revision}${requestsText(view)}`,
    '',
    '| package | state | next | go-live | waits for |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...lastLine,
  ].join('\n');
}

/** Only the subject of each open line. Who must act is personal data, and stays out of Temporal. */
function waitsFor(entry: CarriedWavePackageView): string {
  const subjects = [...new Set(entry.blockers.map(blockerSubject))].join(', ');
  return subjects || (entry.heldBack ? 'a new date' : '–');
}

export function packageDetails(view: CarriedPackageView): string {
  const { watch, grants, lastVerdict, proposal } = view;
  const rows = [
    ['state', `**${view.state}** → ${view.nextAction}`],
    [
      'watch',
      watch.paused === undefined ? `day ${watch.day} of ${watch.days}, ${watch.evaluations} evaluations` : `paused on day ${watch.day} of ${watch.days}`,
    ],
    [
      'access',
      `${grants.created} granted, ${grants.preexisting} already had it, ${grants.legacyRetired} legacy retired, ${grants.failed} failed, ${grants.unknown} unknown`,
    ],
    ['last verdict', lastVerdict ? `${lastVerdict.kind}: ${inMarkdown(lastVerdict.why)}` : 'none yet'],
    ['proposed', proposal ? `${proposal.kind}${decisionsSoFar(proposal)}` : '–'],
    ['tunes', String(view.tunes.length)],
  ];
  if (view.requests) rows.push(['people', `${view.requests.length} ${view.requests.length === 1 ? 'request' : 'requests'} open`]);
  if (view.supersededBy !== undefined) rows.push(['superseded', `by the release of ${view.supersededBy}`]);
  if (view.change) rows.push(['change', view.change]);
  if (view.receiptLine) rows.push(['receipt', inMarkdown(view.receiptLine)]);
  return ['| | |', '| --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`), ...lastLine].join('\n');
}

const requestsText = ({ requests = [] }: CarriedWaveView) =>
  requests.length === 0 ? '' : ` · ${requests.length} ${requests.length === 1 ? 'request' : 'requests'} open`;

/** Without names. The endpoint shows who approved. */
function decisionsSoFar({ frozen, untilMs, blackout, approvedBy = [] }: ProposalView): string {
  if (frozen) return untilMs === undefined ? ' (frozen)' : ` (frozen until ${day(untilMs)})`;
  const parts = [
    approvedBy.length > 0 ? `approved by ${approvedBy.length === 1 ? 'one person' : 'two people'}` : '',
    blackout ? `deferred by blackout ${blackout.id} until ${day(blackout.untilMs)}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
