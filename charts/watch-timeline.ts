/** The watch of a package from its go-live to its end: its days, each evaluation by its verdict, where it is now, and the next evaluation. */
import { scaleLinear } from 'd3-scale';
import { symbol, symbolCircle, symbolSquare, symbolTriangle, type SymbolType } from 'd3-shape';
import type { VerdictKind } from '../domain/watch/measurement.ts';
import { verdictWords } from '../domain/watch/verdict-words.ts';
import { round, svg, type SvgNode } from './svg.ts';

export interface WatchTimelineInput {
  startMs: number;
  endMs: number;
  nowMs: number;
  /** Undefined: none is planned. */
  nextMs?: number | undefined;
  evaluations: readonly { number: number; dueMs: number; verdict: VerdictKind }[];
  tunedAtMs: readonly number[];
  width?: number;
}

const dayMs = 86_400_000;
const [left, right, middle, height] = [8, 8, 16, 44];
const shapes: Partial<Record<VerdictKind, SymbolType>> = { tune: symbolTriangle, noBenefit: symbolTriangle, rollback: symbolSquare };

export function watchTimeline({ startMs, endMs, nowMs, nextMs, evaluations, tunedAtMs, width = 760 }: WatchTimelineInput): SvgNode {
  const lastMs = Math.max(endMs, evaluations.at(-1)?.dueMs ?? endMs);
  const x = scaleLinear([startMs, lastMs], [left, width - right]).clamp(true);
  const at = (ms: number) => round(x(ms));
  const days = Math.round((endMs - startMs) / dayMs);
  // A label takes about sixty pixels; a watch that was over long ago is a small part of the line.
  const dayWidth = x(startMs + dayMs) - x(startMs) || 1;
  const every = [1, 2, 7, 14, 28, 91].find((step) => step * dayWidth >= 60) ?? 182;
  const ticks = Array.from({ length: Math.floor(days / every) + 1 }, (_, index) => index * every);
  const vertical = (kind: string, ms: number, ...children: SvgNode[]) =>
    svg('line', { class: kind, x1: at(ms), x2: at(ms), y1: middle - 10, y2: middle + 10 }, ...children);
  return svg(
    'svg',
    { class: 'timeline', viewBox: `0 0 ${width} ${height}`, role: 'img' },
    svg('line', { class: 'timeline-rest', x1: left, x2: width - right, y1: middle, y2: middle }),
    svg('line', { class: 'timeline-past', x1: left, x2: at(Math.min(nowMs, lastMs)), y1: middle, y2: middle }),
    ...ticks.map((day) =>
      svg(
        'text',
        { class: 'chart-label', x: at(startMs + day * dayMs), y: height - 4, 'text-anchor': anchorOf(day, days) },
        day === 0 ? 'go-live' : `day ${day}`,
      ),
    ),
    ...tunedAtMs.map((ms) => vertical('timeline-tuned', ms, svg('title', {}, 'tuned'))),
    nowMs < lastMs && vertical('timeline-now', nowMs, svg('title', {}, 'now')),
    nextMs !== undefined && svg('circle', { class: 'timeline-next', cx: at(nextMs), cy: middle, r: 3.5 }, svg('title', {}, 'next evaluation')),
    ...evaluations.map(({ number, dueMs, verdict }) =>
      svg(
        'path',
        {
          class: `chart-mark chart-${verdict}`,
          transform: `translate(${at(dueMs)},${middle})`,
          d: symbol(shapes[verdict] ?? symbolCircle, 44).digits(1)() ?? '',
        },
        svg('title', {}, `Evaluation ${number}: ${verdictWords[verdict].toLowerCase()}`),
      ),
    ),
  );
}

const anchorOf = (day: number, days: number): string => (day === 0 ? 'start' : day === days ? 'end' : 'middle');
