import { expect, test } from 'vitest';
import { stretchText } from './days.ts';
import { periodChart, type Bar } from './period-chart.ts';
import type { SvgNode } from './svg.ts';

const week = 7 * 86_400_000;
const start = Date.parse('2026-04-06');
const bar = (index: number, parts: Bar['parts'], words: string): Bar => ({ fromMs: start + index * week, untilMs: start + (index + 1) * week, parts, words });
const plain = (value: number) => [{ value, kind: 'plain' as const }];
const all = (node: SvgNode): SvgNode[] => [node, ...node.children.flatMap((child) => (typeof child === 'string' ? [] : all(child)))];
const ofClass = (drawing: SvgNode, name: string) => all(drawing).filter(({ attributes }) => String(attributes['class']).split(' ').includes(name));
const heights = (drawing: SvgNode) => ofClass(drawing, 'chart-bar').map(({ attributes }) => Number(attributes['height']));

test('a bar is as high as its number, on an axis that begins at zero', () => {
  const { drawing } = periodChart({ bars: [bar(0, plain(0.5), '50 %'), bar(1, plain(1), '100 %')], highest: 1, axis: (value) => `${value * 100} %` });
  const [half, full] = heights(drawing);
  expect(full).toBeCloseTo(2 * half!, 0);
});

test('a period of which nothing is known is a cross, and one with none is a line: neither is a bar', () => {
  const { drawing, words } = periodChart({ bars: [bar(0, undefined, 'no data'), bar(1, plain(0), 'none'), bar(2, [], 'none')], axis: String });
  expect([ofClass(drawing, 'chart-nothing'), ofClass(drawing, 'chart-none'), ofClass(drawing, 'chart-bar')].map(({ length }) => length)).toEqual([1, 2, 0]);
  expect(words).toBe('6 to 12 Apr: no data; 13 to 19 Apr: none; 20 to 26 Apr: none.');
});

test('parts stand on each other in their order', () => {
  const { drawing } = periodChart({
    bars: [
      bar(
        0,
        [
          { value: 3, kind: 'ok' },
          { value: 1, kind: 'tune' },
        ],
        '3 healthy',
      ),
    ],
    axis: String,
  });
  const [lower, upper] = ofClass(drawing, 'chart-bar').map(({ attributes }) => attributes);
  expect(Number(upper!['y']) + Number(upper!['height'])).toBeCloseTo(Number(lower!['y']), 0);
});

test('of many periods only so many have a date that none touches the next one, and the last one has', () => {
  const bars = Array.from({ length: 26 }, (_, index) => bar(index, plain(1), '1'));
  const labels = ofClass(periodChart({ bars, axis: String, width: 360 }).drawing, 'chart-label').filter(
    ({ attributes }) => attributes['text-anchor'] === 'middle',
  );
  const places = labels.map(({ attributes }) => Number(attributes['x']));
  expect(places.every((place, index) => index === 0 || place - places[index - 1]! >= 44)).toBe(true);
  expect(labels.at(-1)?.children).toEqual(['28 Sep']);
});

test('nothing at all is said in words, too', () => {
  expect(periodChart({ bars: [bar(0, undefined, 'no data')], axis: String }).words).toBe('No data.');
});

test.each([
  ['2026-04-06', '2026-04-13', '6 to 12 Apr'],
  ['2026-04-27', '2026-05-04', '27 Apr to 3 May'],
  ['2026-04-01', '2026-05-01', 'Apr 2026'],
  ['2026-04-01', '2026-04-08', '1 to 7 Apr'],
  ['2026-04-20', '2026-04-21', '20 Apr'],
])('from %s until %s is %s', (from, until, text) => {
  expect(stretchText(Date.parse(from), Date.parse(until))).toBe(text);
});
