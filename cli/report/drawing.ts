/** Writes what `charts/` worked out into the page, and says once per package what its marks mean. */
import { symbol, symbolCircle, symbolSquare, symbolTriangle, type SymbolType } from 'd3-shape';
import { svg, type SvgNode } from '../../charts/svg.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** Names of elements and attributes are those of charts/svg.ts; every value and text is escaped. */
export const drawn = ({ name, attributes, children }: SvgNode): Html =>
  html`<${name}${Object.entries(attributes).map(([key, value]) => html` ${key}="${value}"`)}>${children.map((child) => (typeof child === 'string' ? child : drawn(child)))}</${name}>`;

const mark = (kind: string, shape: SymbolType): SvgNode =>
  svg('path', { class: `chart-mark chart-${kind}`, transform: 'translate(7,7)', d: symbol(shape, 36).digits(1)() ?? '' });
const level = (kind: string): SvgNode => svg('line', { class: kind, x1: 0, x2: 14, y1: 7, y2: 7 });
const upright = (kind: string): SvgNode => svg('line', { class: kind, x1: 7, x2: 7, y1: 0, y2: 14 });

const meanings: [SvgNode, string][] = [
  [mark('healthy', symbolCircle), 'healthy'],
  [mark('learning', symbolCircle), 'too early to tell'],
  [mark('tune', symbolTriangle), 'needs tuning'],
  [mark('rollback', symbolSquare), 'rollback'],
  [svg('path', { class: 'chart-mark chart-nothing', d: 'M4 4l6 6m0 -6l-6 6' }), 'no data, or could not be read'],
  [level('chart-limit chart-tune'), 'bound: tune'],
  [level('chart-limit chart-rollback'), 'bound: roll back'],
  [level('chart-limit chart-before'), 'value before go-live'],
  [upright('chart-tuned'), 'tuned'],
  [upright('chart-end'), 'end of watch'],
  [svg('rect', { class: 'chart-early', x: 0, y: 1, width: 14, height: 12 }), 'not judged yet'],
];

export const legend = (): Html =>
  html`<ul class="legend">
    ${meanings.map(([what, words]) => html`<li>${drawn({ ...svg('svg', { class: 'swatch', viewBox: '0 0 14 14', 'aria-hidden': 'true' }, what) })} ${words}</li>`)}
  </ul> `;
