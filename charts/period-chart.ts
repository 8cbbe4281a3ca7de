/**
 * One number over the periods of a report, as bars on a line of time. Each bar may have parts, which are told apart by their shade and by their order. A period
 * of which nothing is known has a cross and no bar. Below it stands the same in words.
 */
import { scaleLinear } from 'd3-scale';
import { dayText, stretchText } from './days.ts';
import { round, svg, type SvgNode } from './svg.ts';

export type BarKind = 'plain' | 'ok' | 'tune' | 'nothing';

export interface Bar {
  fromMs: number;
  /** Not included. */
  untilMs: number;
  /** From the bottom up. Undefined: not known; empty: none. */
  parts: readonly { value: number; kind: BarKind }[] | undefined;
  /** What it says, such as '75 %' or '3 of 4'. */
  words: string;
}

export interface PeriodChartInput {
  bars: readonly Bar[];
  /** The top of the axis, for shares; left out, the highest bar decides. */
  highest?: number;
  /** As the axis says a value. */
  axis: (value: number) => string;
  /** Over the bar; left out where it says no more than the axis. */
  label?: (bar: Bar) => string;
  width?: number;
  height?: number;
}

export interface PeriodChart {
  drawing: SvgNode;
  /** The same as text. */
  words: string;
}

const margin = { top: 16, right: 8, bottom: 20, left: 38 };
/** Room that a date or a number takes. */
const labelWidth = 44;

export function periodChart({ bars, highest, axis, label, width = 360, height = 132 }: PeriodChartInput): PeriodChart {
  const total = ({ parts = [] }: Bar) => parts.reduce((sum, { value }) => sum + value, 0);
  const floor = height - margin.bottom;
  const top = highest ?? Math.max(0, ...bars.map(total));
  const y = scaleLinear([0, top === 0 ? 1 : top], [floor, margin.top]);
  if (highest === undefined) y.nice(3);
  const step = (width - margin.left - margin.right) / Math.max(1, bars.length);
  const wide = Math.min(step * 0.7, 36);
  const middle = (index: number) => margin.left + step * (index + 0.5);
  // So many that none touches the next one; the last period always has its date.
  const every = Math.max(1, Math.ceil(labelWidth / step));
  const isLabeled = (index: number) => (bars.length - 1 - index) % every === 0;
  const ticks = [...new Set(y.ticks(3).map(axis))].map((text) => ({ text, value: y.ticks(3).find((tick) => axis(tick) === text) ?? 0 }));
  const drawing = svg(
    'svg',
    { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img' },
    ...ticks.flatMap(({ text, value }) => [
      svg('line', { class: 'chart-grid', x1: margin.left, x2: width - margin.right, y1: round(y(value)), y2: round(y(value)) }),
      svg('text', { class: 'chart-label', x: margin.left - 5, y: round(y(value) + 3.5), 'text-anchor': 'end' }, text),
    ]),
    ...bars.flatMap((bar, index) => drawn(bar, { x: middle(index), wide, y, floor })),
    ...bars.flatMap((bar, index) =>
      isLabeled(index)
        ? [
            svg('text', { class: 'chart-label', x: round(middle(index)), y: height - 5, 'text-anchor': 'middle' }, dayText(bar.fromMs)),
            label !== undefined &&
              total(bar) > 0 &&
              svg('text', { class: 'chart-label chart-value', x: round(middle(index)), y: round(y(total(bar)) - 4), 'text-anchor': 'middle' }, label(bar)),
          ].filter((node) => node !== false)
        : [],
    ),
  );
  return { drawing, words: inWords(bars) };
}

interface Room {
  /** The middle of the bar. */
  x: number;
  wide: number;
  y: (value: number) => number;
  floor: number;
}

function drawn({ fromMs, untilMs, parts, words }: Bar, { x, wide, y, floor }: Room): SvgNode[] {
  const title = svg('title', {}, `${stretchText(fromMs, untilMs)}: ${words}`);
  if (!parts) return [svg('path', { class: 'chart-nothing', d: `M${round(x - 3)} ${round(floor - 9)}l6 6m0 -6l-6 6` }, title)];
  let below = 0;
  const rects = parts
    .filter(({ value }) => value > 0)
    .map(({ value, kind }) => {
      const from = round(y(below));
      below += value;
      const to = round(y(below));
      return svg('rect', { class: `chart-bar chart-bar-${kind}`, x: round(x - wide / 2), width: round(wide), y: to, height: Math.max(0.5, round(from - to)) });
    });
  // None is a line on the floor: it is known, and no bar would look as if it were not.
  const none = rects.length === 0 ? [svg('line', { class: 'chart-none', x1: round(x - wide / 2), x2: round(x + wide / 2), y1: floor, y2: floor })] : rects;
  return [svg('g', {}, title, ...none)];
}

function inWords(bars: readonly Bar[]): string {
  if (bars.every(({ parts }) => parts === undefined)) return 'No data.';
  return `${bars.map(({ fromMs, untilMs, words }) => `${stretchText(fromMs, untilMs)}: ${words}`).join('; ')}.`;
}
