/** The three forms of an answer: text for people; JSON for people and programs, with times they can read; and JSON as the endpoint has it. */
import { escapedInJson } from '../domain/misleading-text.ts';
import { durationText } from '../domain/time/duration.ts';

export type Output = 'text' | 'json' | 'line';

export const outputOf = ({ json, output }: { json?: boolean; output?: string }): Output => (json === true ? 'line' : output === 'json' ? 'json' : 'text');

/** The same data for programs; on a terminal, nothing is hidden or turned around. */
export const jsonText = (value: unknown, output: Output): string =>
  escapedInJson(output === 'line' ? JSON.stringify(value) : JSON.stringify(readable('', value), null, 2));

/** Fields of views that hold how long something takes; every other one that ends in `Ms` is an instant. A test holds this against the views. */
export const durations: ReadonlySet<string> = new Set(['ageMs', 'dayMs', 'tookMs', 'timeboxMs', 'byMs of tune', 'longestMs of switched']);

/** `goLiveMs: 1775606400000` becomes `goLive: '2026-04-08T00:00:00.000Z'`, and `tookMs: 2400000` becomes `took: '40m'`. */
function readable(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => readable(name, item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (!/[a-z]Ms$/.test(key) || typeof inner !== 'number') return [key, readable(key, inner)];
      const isDuration = durations.has(key) || durations.has(`${key} of ${name}`);
      return [key.slice(0, -2), isDuration ? durationText(inner) : new Date(inner).toISOString()];
    }),
  );
}
