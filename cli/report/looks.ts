/** The watch: one chart per metric, then each look with its verdict in words. */
import { driftMetric } from '../../domain/watch/measurement.ts';
import { readingOf } from '../../domain/watch/verdict.ts';
import { driftText, numberText } from '../../domain/watch/verdict-words.ts';
import { capital, count } from '../printable.ts';
import { chart, legend } from './chart.ts';
import type { RecordedLook, ReportData, ReportedPackage } from './data.ts';
import { html } from './html.ts';
import type { Html, Part } from './html.ts';
import { judgedLooks, metricsOf, verdictWords } from './verdicts.ts';
import type { JudgedLook } from './verdicts.ts';
import { table, when } from './words.ts';

const purposes: Record<RecordedLook['purpose'], string> = {
  scheduled: '',
  'first-check': 'first check',
  'on-demand': 'asked for',
  weekly: 'weekly',
  'after-tune': 'after the tune',
};
const driftLinesShown = 20;

export function looksSection(data: ReportData, entry: ReportedPackage, id: string): Html {
  const { running, inPlan } = entry;
  if (!running) return html`<p class="empty">Not released: nothing has been watched.</p>`;
  const judged = judgedLooks(entry, data.events);
  if (judged.length === 0) return html`<p class="empty">No look has been taken yet.</p>`;
  const metrics = metricsOf(entry);
  const charts = metrics.map((metric, index) => {
    const description =
      metric === driftMetric ? 'holders that differ from who was reviewed' : data.plan?.metrics.find((known) => known.id === metric)?.description;
    return chart({
      metric,
      judged,
      watched: inPlan?.watch.metrics.find((watched) => watched.metric === metric),
      baseline: running.baseline?.[metric],
      startMs: running.watch.startMs,
      endMs: running.watch.endMs,
      tunedAtMs: running.tunes.map(({ atMs }) => atMs),
      id: `${id}-chart-${index + 1}`,
      ...(description === undefined ? {} : { description }),
    });
  });
  return html`<div class="charts">${charts}</div>
    ${legend()}
    ${table(
      `Looks (${judged.length})`,
      [{ name: 'Look', number: true }, 'Due', ...metrics.map((metric) => ({ name: metric, number: true })), 'Verdict', 'Why'],
      rowsOf(judged).map((looks) => lookRow(looks, metrics)),
    )}
    ${driftLines(judged)}`;
}

/** Quiet weeks after the watch are one row: a year of them says no more than the first and the last. */
function rowsOf(judged: JudgedLook[]): JudgedLook[][] {
  const rows: JudgedLook[][] = [];
  const quiet = ({ look, kind }: JudgedLook): boolean => look.purpose === 'weekly' && kind === 'healthy';
  for (const entry of judged) {
    const row = rows.at(-1);
    if (row && quiet(entry) && row.every(quiet)) row.push(entry);
    else rows.push([entry]);
  }
  return rows;
}

function lookRow(looks: JudgedLook[], metrics: string[]): Part[] {
  const [first] = looks;
  const last = looks.at(-1);
  if (!first || !last) return [];
  const one = looks.length === 1;
  const purpose = one ? purposes[last.look.purpose] : 'weekly';
  return [
    one ? last.look.number : `${first.look.number}–${last.look.number}`,
    html`${!one && html`${when(first.look.dueMs)} to `}${when(last.look.dueMs)}${purpose && html` <span class="id">${purpose}</span>`}`,
    ...metrics.map((metric) => (one ? valueText(metric, last.look) : rangeText(metric, looks))),
    last.kind ? html`<span class="verdict ${last.kind}">${verdictWords[last.kind]}</span>` : '–',
    one ? capital(last.why) : `All ${looks.length} alike. The last: ${last.why}`,
  ];
}

function rangeText(metric: string, looks: JudgedLook[]): Part {
  const values = looks.map(({ look }) => readingOf(metric, look)).flatMap((reading) => (reading.kind === 'value' ? [reading.value] : []));
  const [low, high] = [numberText(Math.min(...values)), numberText(Math.max(...values))];
  return values.length === 0 ? 'no data' : low === high ? low : `${low}–${high}`;
}

function valueText(metric: string, look: RecordedLook): Part {
  const reading = readingOf(metric, look);
  if (reading.kind === 'error') return 'not readable';
  if (reading.kind === 'noData') return 'no data';
  const samples = reading.n === undefined ? '' : ` n=${reading.n}`;
  return html`${numberText(reading.value)}${samples && html`<span class="id">${samples}</span>`}`;
}

function driftLines(judged: JudgedLook[]): Html | undefined {
  const drifted = judged.filter(({ look }) => look.driftLines.length > 0);
  if (drifted.length === 0) return undefined;
  return html`<h4>What had drifted</h4>
    <ul>
      ${drifted.map(
        ({ look }) =>
          html`<li>
            Look ${look.number}, ${when(look.dueMs)}: ${driftText(look.drift) || 'no drift'}
            <ul>
              ${look.driftLines.slice(0, driftLinesShown).map((line) => html`<li>${line}</li>`)}${look.driftLines.length > driftLinesShown && html`<li>and ${count(look.driftLines.length - driftLinesShown, 'more line')}</li>`}
            </ul>
          </li>`,
      )}
    </ul>`;
}
