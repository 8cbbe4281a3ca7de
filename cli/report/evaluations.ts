/** The watch: one chart per metric, then each evaluation with its verdict in words. */
import { entryOf } from '../../domain/entry-of.ts';
import { driftMetric } from '../../domain/watch/measurement.ts';
import { readingOf } from '../../domain/watch/readings.ts';
import { driftText, numberText, unitText, verdictWords } from '../../domain/watch/verdict-words.ts';
import { capital, count } from '../printable.ts';
import { metricChart } from '../../charts/metric-chart.ts';
import { drawn, legend } from './drawing.ts';
import type { ReportData, ReportedPackage } from './data.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import { html } from './html.ts';
import type { Html, Part } from './html.ts';
import { metricsOf } from './verdicts.ts';
import { table, when } from './words.ts';

const purposes: Record<EvaluationView['purpose'], string> = {
  scheduled: '',
  first: 'first evaluation',
  'on-demand': 'on demand',
  weekly: 'weekly',
  'after-tune': 'after a tune',
};
const driftLinesShown = 20;

export function evaluationsSection(data: ReportData, entry: ReportedPackage, id: string): Html {
  const { running, inPlan, evaluations } = entry;
  if (!running) return html`<p class="empty">Not released, so nothing has been watched.</p>`;
  if (evaluations.length === 0) return html`<p class="empty">No evaluation yet.</p>`;
  const metrics = metricsOf(evaluations);
  const charts = metrics.map((metric, index) => {
    const said =
      metric === driftMetric ? 'people whose access differs from what was reviewed' : data.plan?.metrics.find((known) => known.id === metric)?.description;
    const unit = unitOf(metric, evaluations);
    const description = said === undefined || unit === '' ? said : `${said} (${unit})`;
    const { drawing, words } = metricChart({
      metric,
      evaluations,
      watched: inPlan?.watch.metrics.find((watched) => watched.metric === metric),
      baseline: entryOf(running.baseline ?? {}, metric),
      startMs: running.watch.startMs,
      endMs: running.watch.endMs,
      tunedAtMs: running.tunes.map(({ atMs }) => atMs),
    });
    const [named, told] = [`${id}-chart-${index + 1}-name`, `${id}-chart-${index + 1}-words`];
    return html`<figure class="figure">
      <figcaption>
        <strong id="${named}">${metric === driftMetric ? 'Access drift' : metric}</strong
        >${description !== undefined && html` <span class="id">${description}</span>`}
      </figcaption>
      ${drawn({ ...drawing, attributes: { ...drawing.attributes, 'aria-labelledby': `${named} ${told}` } })}
      <p class="words" id="${told}">${words}</p>
    </figure>`;
  });
  return html`<div class="charts">${charts}</div>
    ${legend()}
    ${table(
      `Evaluations (${evaluations.length})`,
      [{ name: 'Evaluation', number: true }, 'Due', ...metrics.map((metric) => ({ name: metric, number: true })), 'Verdict', 'Why'],
      rowsOf(evaluations).map((row) => evaluationRow(row, metrics)),
    )}
    ${driftLines(evaluations)}`;
}

/** As its last value has it. */
function unitOf(metric: string, evaluations: EvaluationView[]): string {
  const last = evaluations.map((evaluation) => readingOf(metric, evaluation)).findLast(({ kind }) => kind === 'value');
  return unitText(last?.kind === 'value' ? last.unit : undefined).trim();
}

/** Healthy weekly evaluations after the watch share one row. */
function rowsOf(evaluations: EvaluationView[]): EvaluationView[][] {
  const rows: EvaluationView[][] = [];
  const quiet = ({ purpose, verdict }: EvaluationView): boolean => purpose === 'weekly' && verdict.kind === 'healthy';
  for (const evaluation of evaluations) {
    const row = rows.at(-1);
    if (row && quiet(evaluation) && row.every(quiet)) row.push(evaluation);
    else rows.push([evaluation]);
  }
  return rows;
}

function evaluationRow(evaluations: EvaluationView[], metrics: string[]): Part[] {
  const [first] = evaluations;
  const last = evaluations.at(-1);
  if (!first || !last) return [];
  const one = evaluations.length === 1;
  const purpose = one ? purposes[last.purpose] : 'weekly';
  return [
    one ? last.number : `${first.number}–${last.number}`,
    html`${!one && html`${when(first.dueMs)} to `}${when(last.dueMs)}${purpose && html` <span class="id">${purpose}</span>`}`,
    ...metrics.map((metric) => (one ? valueText(metric, last) : rangeText(metric, evaluations))),
    html`<span class="verdict ${last.verdict.kind}">${verdictWords[last.verdict.kind]}</span>`,
    one ? capital(last.verdict.why) : `All ${evaluations.length} healthy. The last one: ${last.verdict.why}`,
  ];
}

function rangeText(metric: string, evaluations: EvaluationView[]): Part {
  const values = evaluations.map((evaluation) => readingOf(metric, evaluation)).flatMap((reading) => (reading.kind === 'value' ? [reading.value] : []));
  const [low, high] = [numberText(Math.min(...values)), numberText(Math.max(...values))];
  return values.length === 0 ? 'no data' : low === high ? low : `${low}–${high}`;
}

function valueText(metric: string, evaluation: EvaluationView): Part {
  const reading = readingOf(metric, evaluation);
  if (reading.kind === 'error') return 'could not be read';
  if (reading.kind === 'noData') return 'no data';
  const samples = reading.n === undefined ? '' : ` n=${reading.n}`;
  return html`${numberText(reading.value)}${samples && html`<span class="id">${samples}</span>`}`;
}

function driftLines(evaluations: EvaluationView[]): Html | undefined {
  const drifted = evaluations.filter((evaluation) => evaluation.driftLines.length > 0);
  if (drifted.length === 0) return undefined;
  return html`<h4>What had drifted</h4>
    <ul>
      ${drifted.map(
        (evaluation) =>
          html`<li>
            Evaluation ${evaluation.number}, ${when(evaluation.dueMs)}: ${driftText(evaluation.drift) || 'no drift'}
            <ul>
              ${evaluation.driftLines.slice(0, driftLinesShown).map((line) => html`<li>${line}</li>`)}${evaluation.driftLines.length > driftLinesShown && html`<li>and ${count(evaluation.driftLines.length - driftLinesShown, 'more line')}</li>`}
            </ul>
          </li>`,
      )}
    </ul>
    ${evaluations.some(({ linesLeftOut }) => linesLeftOut) && html`<p class="note">Differences of older evaluations are on record and not listed here.</p>`}`;
}
