/**
 * One metric over the watch of a package: its values on a line of time, its bounds, the value before go-live, and each evaluation by its verdict. It says with
 * shapes what it says with colors. Below it stands the same in words, for those who do not see it.
 */
import { scaleLinear } from 'd3-scale';
import { line, symbol, symbolCircle, symbolSquare, symbolTriangle, type SymbolType } from 'd3-shape';
import type { Bound, WatchedMetric } from '../domain/plan/schema.ts';
import type { EvaluationView } from '../domain/views/evaluation.ts';
import { driftMetric } from '../domain/watch/drift-metric.ts';
import type { Measurement, VerdictKind } from '../domain/watch/measurement.ts';
import { numberText, timesText, verdictWords } from '../domain/watch/verdict-words.ts';
import { boundOf, readingOf } from '../domain/watch/readings.ts';
import { dayText } from './days.ts';
import { round, svg, type SvgNode } from './svg.ts';

export interface MetricChart {
  drawing: SvgNode;
  /** The same as text. */
  words: string;
}

export interface MetricChartInput {
  metric: string;
  evaluations: readonly EvaluationView[];
  /** Undefined: measured, and not judged. */
  watched?: (Pick<WatchedMetric, 'metric' | 'tune' | 'rollback'> & Partial<Pick<WatchedMetric, 'from'>>) | undefined;
  baseline?: number | undefined;
  startMs: number;
  endMs: number;
  tunedAtMs?: readonly number[];
  /** Pixels of the drawing's own grid; it is scaled to the room that it has. */
  width?: number;
  height?: number;
}

export interface Limit {
  value: number;
  kind: 'tune' | 'rollback' | 'before';
  words: string;
}

interface Point {
  number: number;
  atMs: number;
  reading: Measurement;
  verdict: VerdictKind | undefined;
}

const margin = { top: 8, right: 10, bottom: 20, left: 38 };

export function metricChart({
  metric,
  evaluations,
  watched,
  baseline,
  startMs,
  endMs,
  tunedAtMs = [],
  width = 360,
  height = 132,
}: MetricChartInput): MetricChart {
  const points = evaluations.map((each): Point => ({
    number: each.number,
    atMs: each.dueMs,
    reading: readingOf(metric, each),
    verdict: each.verdict.metrics.find((one) => one.metric === metric)?.verdict,
  }));
  const limits = limitsOf(watched, baseline);
  const values = points.flatMap(({ reading }) => (reading.kind === 'value' ? [reading.value] : []));
  const floor = height - margin.bottom;
  // Zero is always there: an axis that is cut makes small changes look large.
  const highest = Math.max(0, ...values, ...limits.map(({ value }) => value));
  const y = scaleLinear([Math.min(0, ...values), highest === 0 ? 1 : highest * 1.06], [floor, margin.top]).nice(3);
  const lastMs = Math.max(endMs, points.at(-1)?.atMs ?? endMs);
  const x = placeOf(
    points.map(({ atMs }) => atMs),
    { startMs, endMs, lastMs, left: margin.left, right: width - margin.right },
  );
  const at = (ms: number) => round(x(ms));
  const judgedFromMs = Math.min(lastMs, judgedFrom(points, watched, startMs));
  const upright = (kind: string, ms: number, words: string) =>
    svg('line', { class: kind, x1: at(ms), x2: at(ms), y1: margin.top, y2: floor }, svg('title', {}, words));
  const on = (value: number) => round(y(value));
  const ticks = y.ticks(3).filter((tick) => metric !== driftMetric || Number.isInteger(tick));
  const across = (kind: string, value: number, ...children: SvgNode[]) =>
    svg('line', { class: kind, x1: margin.left, x2: width - margin.right, y1: on(value), y2: on(value) }, ...children);
  const below = (ms: number, anchor: string, text: string) => svg('text', { class: 'chart-label', x: at(ms), y: height - 5, 'text-anchor': anchor }, text);
  const trace = line<Point>()
    .defined(({ reading }) => reading.kind === 'value')
    .x(({ atMs }) => at(atMs))
    .y(({ reading }) => (reading.kind === 'value' ? on(reading.value) : floor))
    .digits(1);
  const drawing = svg(
    'svg',
    { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img' },
    judgedFromMs > startMs &&
      svg(
        'rect',
        { class: 'chart-early', x: margin.left, y: margin.top, width: round(at(judgedFromMs) - margin.left), height: floor - margin.top },
        svg('title', {}, `not judged before ${dayText(judgedFromMs)}`),
      ),
    ...ticks.flatMap((tick) => [
      across('chart-grid', tick),
      svg('text', { class: 'chart-label', x: margin.left - 5, y: on(tick) + 3.5, 'text-anchor': 'end' }, shortNumber(tick)),
    ]),
    ...limits.map(({ kind, value, words }) => across(`chart-limit chart-${kind}`, value, svg('title', {}, words))),
    endMs < lastMs && upright('chart-end', endMs, `end of watch, ${dayText(endMs)}`),
    ...tunedAtMs.filter((ms) => ms >= startMs && ms <= lastMs).map((ms) => upright('chart-tuned', ms, 'tuned')),
    svg('path', { class: 'chart-line', d: trace(points) ?? '' }),
    ...points.map((point) => mark(point, at(point.atMs), point.reading.kind === 'value' ? on(point.reading.value) : floor)),
    below(startMs, 'start', dayText(startMs)),
    endMs < lastMs && hasRoom(at(endMs), width) && below(endMs, 'middle', `${dayText(endMs)}, end of watch`),
    below(lastMs, 'end', endMs < lastMs ? dayText(lastMs) : `${dayText(endMs)}, end of watch`),
  );
  return { drawing, words: inWords(metric, points, limits) };
}

/** For a label between those at both ends. */
const hasRoom = (x: number, width: number): boolean => x - margin.left > 95 && width - margin.right - x > 95;

interface Span {
  startMs: number;
  endMs: number;
  lastMs: number;
  left: number;
  right: number;
}

/**
 * Time from left to right. Once a package has been watched for longer after its watch than during it, each evaluation has the same room instead, so that a year
 * of weekly evaluations does not squeeze the two weeks of the watch.
 */
function placeOf(instants: readonly number[], { startMs, endMs, lastMs, left, right }: Span): (ms: number) => number {
  if (lastMs - endMs <= endMs - startMs) return scaleLinear([startMs, lastMs], [left, right]);
  const stops = [...new Set([startMs, ...instants.filter((ms) => ms > startMs)])];
  const step = (right - left) / (stops.length - 1);
  return scaleLinear(
    stops,
    stops.map((_, index) => left + index * step),
  );
}

/** Not before the plan says so, nor before an evaluation covers its lookback. */
function judgedFrom(points: readonly Point[], watched: MetricChartInput['watched'], startMs: number): number {
  const last = points.findLast(({ reading }) => reading.toMs !== undefined && reading.lookbackMs !== undefined);
  const covered = last?.reading.toMs === undefined ? 0 : last.atMs - last.reading.toMs + (last.reading.lookbackMs ?? 0);
  return startMs + Math.max(watched?.from ?? 0, covered);
}

/** What a value is compared with. A relative bound has no line where there was no value before go-live. */
export function limitsOf(watched: MetricChartInput['watched'], baseline: number | undefined): Limit[] {
  if (!watched) return [];
  const limits = (['tune', 'rollback'] as const).flatMap((kind) => limitsIn(kind, boundOf(watched, kind), baseline));
  return baseline === undefined ? limits : [...limits, { value: baseline, kind: 'before', words: `before go-live ${numberText(baseline)}` }];
}

function limitsIn(kind: 'tune' | 'rollback', bound: Bound, baseline: number | undefined): Limit[] {
  const does = kind === 'tune' ? 'tune' : 'roll back';
  return (['above', 'below'] as const).flatMap((side) => {
    const times = bound[`${side}BaselineTimes`];
    const relative = times === undefined || baseline === undefined ? undefined : times * baseline;
    const said = (value: number) => `${does} ${side} ${numberText(value)}`;
    return [
      ...(bound[side] === undefined ? [] : [{ value: bound[side], kind, words: said(bound[side]) }]),
      ...(times === undefined || relative === undefined ? [] : [{ value: relative, kind, words: `${said(relative)} (${timesText(times)} × before)` }]),
    ];
  });
}

const shapes: Partial<Record<VerdictKind, SymbolType>> = { tune: symbolTriangle, noBenefit: symbolTriangle, rollback: symbolSquare };

/** A cross where there is no value: no data is never drawn as zero. */
function mark({ number, reading, verdict }: Point, x: number, y: number): SvgNode {
  const said = reading.kind === 'value' ? numberText(reading.value) : reading.kind === 'error' ? 'could not be read' : 'no data';
  const title = svg('title', {}, `Evaluation ${number}: ${said}${verdict === undefined ? '' : `, ${verdictWords[verdict].toLowerCase()}`}`);
  if (reading.kind !== 'value') return svg('path', { class: 'chart-mark chart-nothing', d: `M${round(x - 3)} ${round(y - 3)}l6 6m0 -6l-6 6` }, title);
  const shape = symbol(shapes[verdict ?? 'learning'] ?? symbolCircle, 36).digits(1);
  return svg('path', { class: `chart-mark chart-${verdict ?? 'learning'}`, transform: `translate(${x},${y})`, d: shape() ?? '' }, title);
}

function inWords(metric: string, points: Point[], limits: Limit[]): string {
  const bounds = limits.length === 0 ? '' : ` Bounds: ${limits.map(({ words }) => words).join(', ')}.`;
  if (points.length === 0) return `No evaluation yet.${bounds}`;
  const values = points.flatMap(({ reading }) => (reading.kind === 'value' ? [reading.value] : []));
  const last = points.findLast(({ reading }) => reading.kind === 'value');
  const range =
    values.length === 0
      ? ''
      : `, from ${numberText(Math.min(...values))} to ${numberText(Math.max(...values))}, last ${numberText(values.at(-1) ?? 0)}${last?.verdict === undefined ? '' : ` (${verdictWords[last.verdict].toLowerCase()})`}`;
  const without = (kind: Measurement['kind'], words: string) => {
    const count = points.filter(({ reading }) => reading.kind === kind).length;
    return count === 0 ? [] : [`${count} ${words}`];
  };
  const missing = [
    ...without('noData', 'without data'),
    ...without('error', metric === driftMetric ? 'in which access could not be read' : 'that could not be read'),
  ];
  return `${points.length} ${points.length === 1 ? 'evaluation' : 'evaluations'}${range}${missing.length > 0 ? `; ${missing.join(', ')}` : ''}.${bounds}`;
}

const shortNumber = (value: number): string => {
  if (Math.abs(value) >= 1e6) return `${numberText(value / 1e6)}M`;
  return Math.abs(value) >= 1e4 ? `${numberText(value / 1e3)}k` : numberText(value);
};
