/** Metrics: each has a time base and a unit, and its statement returns what its kind is made of. */
import { durationText } from '../../time/duration.ts';
import { columnsOf, columnsText } from '../../watch/time-base.ts';
import { entriesOf, quote } from '../places.ts';
import type { Draft, DraftPlan, Finding, Path } from '../places.ts';
import { namesIn } from '../query.ts';
import { columnsIn, dividend, divides, dividesWholeNumbers, textOf, type Column } from '../select-list.ts';
import type { Metric } from '../schema.ts';
import type { Rule } from './rule.ts';

export const metricLimits = { lookbackMs: 366 * 86_400_000 } as const;

function* metrics(plan: DraftPlan): Generator<Finding> {
  for (const [index, metric] of entriesOf(plan.metrics)) {
    const path: Path = ['metrics', index];
    yield* timeBase(metric, path);
    const { provider } = metric;
    if (provider?.kind === 'sql' && provider.query !== undefined) {
      yield* columns(metric, provider.query, [...path, 'provider', 'query']);
      yield* ranges(metric, provider.query, path);
    }
    if (provider?.kind === 'fixed' && provider.value !== undefined) yield* fixedValue(metric, provider.value, [...path, 'provider', 'value']);
  }
}

function* timeBase({ id, kind, per, lookback, delay }: Draft<Metric>, path: Path): Generator<Finding> {
  if (per !== undefined && kind !== undefined && kind !== 'rate')
    yield { path: [...path, 'per'], say: () => `metric ${quote(id)} is a ${kind}, which is divided by no days: remove per, or write kind: rate` };
  for (const [key, length] of [
    ['lookback', lookback],
    ['delay', delay],
  ] as const) {
    if (length !== undefined && length > metricLimits.lookbackMs)
      yield { path: [...path, key], say: () => `metric ${quote(id)}: a ${key} of ${durationText(length)} is too long; it is at most 366d` };
  }
}

/** What its statement returns, as far as its text tells; the provider checks it again when it runs. */
function* columns({ id, kind }: Draft<Metric>, query: string, path: Path): Generator<Finding> {
  const found = readable(() => columnsIn(query));
  if (!found) return;
  const returned = found.map(({ name }) => `\`${name}\``).join(' and ');
  const names = found.map(({ name }) => name);
  if (kind === undefined) {
    if (names.includes('value'))
      yield {
        path,
        say: () => `metric ${quote(id)} returns ${returned}, and Rolewave divides now: ${rewrites(found)}. Keep \`value\` for a gauge, a state at an instant`,
      };
    return;
  }
  const wanted = columnsOf[kind];
  if (names.length !== wanted.length || wanted.some((name) => !names.includes(name))) {
    const rewrite = kind === 'gauge' ? undefined : rewriteAs(kind, found);
    yield {
      path,
      say: () =>
        `metric ${quote(id)} is a ${kind}, which returns ${columnsText(kind)}, and its query returns ${returned}${rewrite === undefined ? '' : `: write ${rewrite}`}`,
    };
    return;
  }
  for (const { name, expression } of found) {
    if (kind !== 'gauge' && divides(expression))
      yield {
        path,
        say: () =>
          `metric ${quote(id)}: \`${name}\` is ${quote(textOf(expression))}, and Rolewave divides: return whole numbers, the ${kind === 'rate' ? 'rows that are counted' : 'part in `count` and the whole in `of`'}`,
      };
    if (kind === 'gauge' && dividesWholeNumbers(expression))
      yield {
        path,
        say: () =>
          `metric ${quote(id)}: ${quote(textOf(expression))} divides whole numbers, which PostgreSQL rounds down: write kind: ratio and return \`count\` and \`of\`, or cast one of them (::float8)`,
      };
  }
}

/** Both forms that the old one can have meant. */
function rewrites(found: Column[]): string {
  const ratio = rewriteAs('ratio', found);
  const value = found.find(({ name }) => name === 'value');
  const asRatio = `as a ratio write ${ratio ?? 'the two numbers that it divides as `count` and `of`'}`;
  return value && divides(value.expression) ? asRatio : `as a rate write ${rewriteAs('rate', found)}`;
}

function rewriteAs(kind: 'rate' | 'ratio', found: Column[]): string | undefined {
  const value = found.find(({ name }) => name === 'value');
  if (!value) return undefined;
  if (kind === 'rate') return `select ${textOf(value.expression)} as count …`;
  const parts = dividend(value.expression);
  return parts && `select ${parts.count} as count, ${parts.of} as of …`;
}

/** A count without a range counts the same rows at every evaluation; a range that no statement looks at is a promise that nobody keeps. */
function* ranges({ id, kind, lookback }: Draft<Metric>, query: string, path: Path): Generator<Finding> {
  const named = readable(() => namesIn(query));
  if (!named) return;
  const at = [...path, 'provider', 'query'];
  const missing = ['from', 'to'].filter((name) => !named.has(name)).map((name) => `:${name}`);
  if ((kind === 'rate' || kind === 'ratio') && missing.length > 0)
    yield {
      path: at,
      say: () =>
        `metric ${quote(id)} is a ${kind}, which is measured over a range, and its query does not use ${missing.join(' and ')}: count only rows with at > :from and at <= :to`,
    };
  if (kind !== 'gauge') return;
  if (named.has('from') && lookback === undefined)
    yield {
      path: at,
      say: () =>
        `metric ${quote(id)} is a gauge, a state at an instant, and its query uses :from: write how far back it looks, such as lookback: 7d, or make it a rate or a ratio`,
    };
  if (!named.has('from') && lookback !== undefined)
    yield { path: [...path, 'lookback'], say: () => `metric ${quote(id)} has a lookback, and its query does not use :from: use it, or remove lookback` };
}

function* fixedValue({ id, kind }: Draft<Metric>, value: number, path: Path): Generator<Finding> {
  if (kind === 'ratio' && (value < 0 || value > 1))
    yield { path, say: () => `metric ${quote(id)} is a ratio, which lies between 0 and 1, and always answers ${value}` };
  if (kind === 'rate' && value < 0) yield { path, say: () => `metric ${quote(id)} is a rate, which is never below 0, and always answers ${value}` };
}

/** What is not one readable statement is the business of the rule on queries. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export const metricRules: Rule[] = [metrics];
