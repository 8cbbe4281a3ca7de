/** A small line of a metric with its bound, as wide as the watch is long: how far it is, and on which side. */
import type { BoardLine } from '../../domain/views/board.ts';
import { idInWords } from './words.ts';

const [width, height, pad] = [96, 20, 2];

export function Spark({ line, day, days }: { line: BoardLine; day: number | undefined; days: number }) {
  const numbers = line.values.filter((value) => value !== null);
  const all = [...numbers, ...(line.bound === undefined ? [] : [line.bound])];
  const [low, high] = [Math.min(0, ...all), Math.max(...all, Number.MIN_VALUE)];
  const y = (value: number) => height - pad - ((value - low) / (high - low || 1)) * (height - 2 * pad);
  // The line ends where the watch is today.
  const end = day === undefined ? width : Math.max(12, (Math.min(day, days) / Math.max(1, days)) * width);
  const x = (index: number) => (line.values.length < 2 ? end : (index / (line.values.length - 1)) * end);
  const path = line.values.flatMap((value, index) => (value === null ? [] : [`${x(index).toFixed(1)} ${y(value).toFixed(1)}`])).join('L');
  const last = numbers.at(-1);
  const text = `${idInWords(line.metric)}: ${last === undefined ? 'no data' : round(last)}${line.bound === undefined ? '' : `, bound ${round(line.bound)}`}${line.breached ? ', crossed' : ''}`;
  return (
    <svg
      class={`spark ${line.breached ? `spark-${line.breached}` : ''}`}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={text}
    >
      <title>{text}</title>
      {line.bound !== undefined && <path class="spark-bound" d={`M0 ${y(line.bound).toFixed(1)}H${width}`} />}
      {path !== '' && <path class="spark-line" d={`M${path}`} />}
      {last !== undefined && <circle class="spark-end" cx={end} cy={y(last)} r="1.75" />}
    </svg>
  );
}

const round = (value: number) => String(Math.abs(value) < 1 ? Number(value.toPrecision(2)) : Math.round(value * 10) / 10);
