/**
 * One small chart: a metric over the evaluations, its bounds as lines, each point by its verdict. It uses shapes as well as colors, for people and
 * printers that cannot tell colors apart. The table of evaluations contains the same data.
 */
import type { Bound, WatchedMetric } from '../../domain/plan/schema.ts';
import { driftMetric } from '../../domain/watch/measurement.ts';
import type { EvaluationView } from '../../domain/views/evaluation.ts';
import type { Measurement, VerdictKind } from '../../domain/watch/measurement.ts';
import { boundOf, readingOf } from '../../domain/watch/verdict.ts';
import { numberText, timesText, verdictWords } from '../../domain/watch/verdict-words.ts';
import { count } from '../printable.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import { verdictOn } from './verdicts.ts';
import { shortDay } from './words.ts';

export interface ChartInput {
  metric: string;
  description?: string;
  evaluations: EvaluationView[];
  /** Undefined: measured but not judged. */
  watched?: WatchedMetric | undefined;
  baseline?: number | undefined;
  startMs: number;
  endMs: number;
  tunedAtMs: number[];
  /** Unique in the page. */
  id: string;
}

interface Line {
  value: number;
  kind: 'tune' | 'rollback' | 'before';
  label: string;
}
interface Point {
  atMs: number;
  reading: Measurement;
  verdict?: VerdictKind | undefined;
}

const width = 360;
const height = 158;
const left = 36;
const right = 12;
const top = 8;
const bottom = 34;

export function chart(input: ChartInput): Html {
  const points = input.evaluations.map((evaluation) => ({
    atMs: evaluation.dueMs,
    reading: readingOf(input.metric, evaluation),
    verdict: verdictOn(input.metric, evaluation),
  }));
  const lines = boundLines(input);
  const words = inWords(input.metric, points, lines);
  const name = input.metric === driftMetric ? 'Access drift' : input.metric;
  const svg =
    points.length === 0
      ? html`<p class="empty">No evaluation yet.</p>`
      : html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${input.id}-name ${input.id}-words">${drawing(input, points, lines)}</svg>`;
  return html`<figure class="chart">
    <figcaption>
      <strong id="${input.id}-name">${name}</strong>${input.description !== undefined && html` <span class="id">${input.description}</span>`}
    </figcaption>
    ${svg}
    <p class="words" id="${input.id}-words">${words}</p>
  </figure> `;
}

/** The lines that a value is compared with. A relative bound has no line where there was no value before go-live. */
export function boundLines({ watched, baseline }: Pick<ChartInput, 'watched' | 'baseline'>): Line[] {
  if (!watched) return [];
  const lines = (['tune', 'rollback'] as const).flatMap((kind) => linesOf(kind, boundOf(watched, kind), baseline));
  const relative = [watched.tune, watched.rollback].some((bound) => bound?.aboveBaselineTimes !== undefined || bound?.belowBaselineTimes !== undefined);
  return relative && baseline !== undefined ? [...lines, { value: baseline, kind: 'before', label: `before go-live ${numberText(baseline)}` }] : lines;
}

function linesOf(kind: 'tune' | 'rollback', bound: Bound, baseline: number | undefined): Line[] {
  const word = kind === 'tune' ? 'tune' : 'roll back';
  const absolute = (['above', 'below'] as const).flatMap((side) => {
    const value = bound[side];
    return value === undefined ? [] : [{ value, kind, label: `${word} ${side} ${numberText(value)}` }];
  });
  const relative = (['above', 'below'] as const).flatMap((side) => {
    const times = bound[`${side}BaselineTimes`];
    if (times === undefined || baseline === undefined) return [];
    return [{ value: times * baseline, kind, label: `${word} ${side} ${numberText(times * baseline)} (${timesText(times)} × before)` }];
  });
  return [...absolute, ...relative];
}

function drawing({ metric, watched, startMs, endMs, tunedAtMs, evaluations }: ChartInput, points: Point[], lines: Line[]): Html {
  const values = points.flatMap(({ reading }) => (reading.kind === 'value' ? [reading.value] : []));
  const { low, high, ticks } = scale([...values, ...lines.map(({ value }) => value)], metric === driftMetric);
  const at = places(points.map(({ atMs }) => atMs));
  const x = (ms: number): number => round(left + at(ms) * (width - left - right));
  const y = (value: number): number => round(height - bottom - ((value - low) / (high - low)) * (height - bottom - top));
  const floor = height - bottom;
  const firstMs = points[0]?.atMs ?? startMs;
  const lastMs = points.at(-1)?.atMs ?? endMs;
  const early = judgedAfter(points, watched);
  const judgedFrom = x(Math.min(lastMs, startMs + early)) - 4;
  const vertical = (kind: string, at: number): Html => html`<line class="${kind}" x1="${at}" x2="${at}" y1="${top}" y2="${floor}"></line>`;
  const across = (kind: string, value: number): Html =>
    html`<line class="${kind}" x1="${left}" x2="${width - right}" y1="${y(value)}" y2="${y(value)}"></line>`;
  const below = (at: number, anchor: string, text: string): Html => html`<text x="${at}" y="${height - 18}" text-anchor="${anchor}">${text}</text>`;
  return html`${early > 0 && judgedFrom > left && html`<rect class="early" x="${left}" y="${top}" width="${round(judgedFrom - left)}" height="${floor - top}"></rect>`}
  ${ticks.map((tick) => html`${across('grid', tick)}<text x="${left - 5}" y="${y(tick) + 3}" text-anchor="end">${tickText(tick)}</text>`)}
  ${endMs < lastMs && vertical('end', x(endMs) + 4)} ${tunedAtMs.map((ms) => vertical('tuned', x(ms)))}
  ${lines.map(({ value, kind }) => across(`bound ${kind}`, value))}
  ${runsOf(points).map((run) => html`<polyline class="trace" points="${run.map(({ atMs, value }) => `${x(atMs)},${y(value)}`).join(' ')}"></polyline>`)}
  ${points.map(({ atMs, reading, verdict }, index) => mark(x(atMs), reading.kind === 'value' ? y(reading.value) : floor, reading, verdict, evaluations[index]?.number ?? 0))}
  ${below(left, 'start', shortDay(firstMs))}${points.length > 1 && below(width - right, 'end', shortDay(lastMs))}
  ${endMs < lastMs && x(endMs) - left > 85 && width - right - x(endMs) > 90 && below(x(endMs), 'middle', `${shortDay(endMs)}: end of watch`)}`;
}

/** How long after go-live it is not judged: until the plan says so, and until an evaluation covers its lookback. */
function judgedAfter(points: Point[], watched: WatchedMetric | undefined): number {
  const { atMs, reading } = points.findLast((point) => point.reading.toMs !== undefined) ?? {};
  const covered = atMs === undefined || reading?.toMs === undefined ? 0 : atMs - reading.toMs + (reading.lookbackMs ?? 0);
  return Math.max(watched?.from ?? 0, covered);
}

/**
 * Each evaluation gets the same width, from 0 to 1, so that a year of weekly evaluations does not squeeze the two weeks of the watch. An instant between two
 * evaluations is placed between them. Instants are in ascending order.
 */
function places(instants: number[]): (ms: number) => number {
  const last = instants.length - 1;
  return (ms) => {
    const next = instants.findIndex((instant) => instant >= ms);
    if (last < 1 || next === -1) return last < 1 ? 0.5 : 1;
    const [before, after] = [instants[next - 1], instants[next]];
    if (before === undefined || after === undefined || after === before) return next / last;
    return (next - 1 + (ms - before) / (after - before)) / last;
  };
}

/** Short enough to fit next to the axis. */
const tickText = (value: number): string => {
  if (Math.abs(value) >= 1e6) return `${numberText(value / 1e6)}M`;
  return Math.abs(value) >= 1e4 ? `${numberText(value / 1e3)}k` : numberText(value);
};

/** Runs of consecutive values, split where a value is missing. */
function runsOf(points: Point[]): { atMs: number; value: number }[][] {
  const runs: { atMs: number; value: number }[][] = [[]];
  for (const { atMs, reading } of points) {
    if (reading.kind === 'value') runs.at(-1)?.push({ atMs, value: reading.value });
    else runs.push([]);
  }
  return runs.filter((run) => run.length > 1);
}

function mark(x: number, y: number, reading: Measurement, verdict: VerdictKind | undefined, number: number): Html {
  const said = reading.kind === 'value' ? numberText(reading.value) : reading.kind === 'error' ? 'could not be read' : 'no data';
  const title = html`<title>Evaluation ${number}: ${said}${verdict && `, ${verdictWords[verdict].toLowerCase()}`}</title>`;
  if (reading.kind !== 'value')
    return html`<path class="mark ${reading.kind === 'error' ? 'error' : 'noData'}" d="M${x - 3} ${y - 3}l6 6m0 -6l-6 6">${title}</path>`;
  return html`<path class="mark ${verdict ?? 'none'}" d="${shapes[verdict ?? 'learning']?.(x, y) ?? circle(x, y)}">${title}</path>`;
}

const circle = (x: number, y: number): string => `M${x - 3.6} ${y}a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0 -7.2 0z`;
const triangle = (x: number, y: number): string => `M${x} ${y - 5}l5 9h-10z`;
const square = (x: number, y: number): string => `M${x - 4} ${y - 4}h8v8h-8z`;
const shapes: Partial<Record<VerdictKind, (x: number, y: number) => string>> = { tune: triangle, noBenefit: triangle, rollback: square };

/** What the marks mean, once per package. */
export const legend = (): Html => {
  const swatch = (inside: Html): Html => html`<svg class="swatch" viewBox="0 0 14 14" aria-hidden="true">${inside}</svg>`;
  const shape = (kind: VerdictKind): Html => swatch(html`<path class="mark ${kind}" d="${(shapes[kind] ?? circle)(7, 7)}"></path>`);
  return html`<ul class="legend">
    <li>${shape('healthy')} healthy</li>
    <li>${shape('learning')} too early to tell</li>
    <li>${shape('tune')} needs tuning</li>
    <li>${shape('rollback')} rollback</li>
    <li>${swatch(html`<path class="mark error" d="M4 4l6 6m0 -6l-6 6"></path>`)} no data, or could not be read</li>
    <li>${swatch(html`<line class="bound tune" x1="0" x2="14" y1="7" y2="7"></line>`)} bound: tune</li>
    <li>${swatch(html`<line class="bound rollback" x1="0" x2="14" y1="7" y2="7"></line>`)} bound: roll back</li>
    <li>${swatch(html`<line class="tuned" x1="7" x2="7" y1="0" y2="14"></line>`)} tuned</li>
    <li>${swatch(html`<line class="end" x1="7" x2="7" y1="0" y2="14"></line>`)} end of watch</li>
    <li>${swatch(html`<rect class="early" x="0" y="1" width="14" height="12"></rect>`)} not judged yet</li>
  </ul> `;
};

/** Round numbers around all values. Zero is always included, because a cut axis exaggerates small changes. */
export function scale(values: number[], whole: boolean): { low: number; high: number; ticks: number[] } {
  const finite = values.filter(Number.isFinite);
  const lowest = Math.min(0, ...finite);
  const highest = Math.max(0, ...finite);
  const span = highest - lowest || 1;
  const rough = span / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const nice = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough) ?? rough;
  const step = whole ? Math.max(1, nice) : nice;
  const low = Math.floor(lowest / step) * step;
  const high = Math.max(low + step, Math.ceil((highest + span * 0.04) / step) * step);
  const ticks = Array.from({ length: Math.min(12, Math.round((high - low) / step) + 1) }, (_, index) => low + index * step);
  return { low, high, ticks };
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** The chart as text, for screen readers. */
export function inWords(metric: string, points: Point[], lines: Line[]): string {
  const bounds = lines.length === 0 ? '' : ` Bounds: ${lines.map(({ label }) => label).join(', ')}.`;
  if (points.length === 0) return bounds.trim();
  const values = points.flatMap(({ reading }) => (reading.kind === 'value' ? [reading.value] : []));
  const without = [
    counted(points, 'noData', 'without data'),
    counted(points, 'error', metric === driftMetric ? 'in which access could not be read' : 'that could not be read'),
  ].filter(Boolean);
  const last = points.findLast(({ reading }) => reading.kind === 'value');
  const lastVerdict = last?.verdict === undefined ? '' : `, ${verdictWords[last.verdict].toLowerCase()}`;
  const range =
    values.length === 0
      ? ''
      : `, from ${numberText(Math.min(...values))} to ${numberText(Math.max(...values))}, last ${last?.reading.kind === 'value' ? numberText(last.reading.value) : ''}${lastVerdict}`;
  return `${count(points.length, 'evaluation')}${range}${without.length > 0 ? `; ${without.join(', ')}` : ''}.${bounds}`;
}

function counted(points: Point[], kind: Measurement['kind'], words: string): string {
  const number = points.filter(({ reading }) => reading.kind === kind).length;
  return number === 0 ? '' : `${number} ${words}`;
}
