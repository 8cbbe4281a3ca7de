/** The Markdown that the engine's UI shows for a running wave or package. No personal data: counts, states and team names only. */
import type { PackageView, WavePackageView, WaveView } from '../domain/views.ts';

/** The engine's UI (2.42) cuts off the last line: one that shows nothing. */
const lastLine = ['', '\u00A0'];

export function waveDetails(view: WaveView): string {
  const rows = view.packages.map(
    (entry) =>
      `| ${entry.package} | ${entry.state} | ${entry.nextAction} | ${entry.goLiveMs === undefined ? 'no date' : day(entry.goLiveMs)} | ${waitsFor(entry)} |`,
  );
  return [
    `**${view.stage}** · revision ${view.revision}`,
    '',
    '| package | state | next | go-live | waits for |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...lastLine,
  ].join('\n');
}

/** Only the subject of each open line: who must act is a person, and stays out of the engine. */
function waitsFor(entry: WavePackageView): string {
  const subjects = [...new Set(entry.needs.map((need) => need.split(':')[0]))].join(', ');
  return subjects || (entry.heldBack ? 'a new date' : '–');
}

export function packageDetails(view: PackageView): string {
  const { watch, grants, lastVerdict, proposal } = view;
  const rows = [
    ['state', `**${view.state}** → ${view.nextAction}`],
    ['watch', watch.paused === undefined ? `day ${watch.day} of ${watch.days}, ${watch.looks} checks` : `paused on day ${watch.day} of ${watch.days}`],
    [
      'access',
      `${grants.created} given, ${grants.preexisting} had it, ${grants.legacyRetired} old retired, ${grants.failed} failed, ${grants.unknown} unknown`,
    ],
    ['last verdict', lastVerdict ? `${lastVerdict.kind}: ${lastVerdict.why}` : 'none yet'],
    ['proposed', proposal ? `${proposal.kind}${proposal.held ? ' (held)' : ''}` : '–'],
    ['tunes', String(view.tunes.length)],
  ];
  if (view.receiptLine) rows.push(['receipt', view.receiptLine]);
  return ['| | |', '| --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`), ...lastLine].join('\n');
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
