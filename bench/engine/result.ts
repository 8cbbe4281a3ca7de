/** What a measurement returns, and how it is shown. */
import Table from 'cli-table3';

/** One line of the bench. Values are medians over `runs`. `ratio` is the median of the ratios of the runs, and the goal applies to it. */
export interface Result {
  name: string;
  product: number;
  /** The bare workflow's value, or the budget. */
  baseline: number;
  ratio: number;
  /** Such as `<=1.25` or `>=0.7`. */
  goal: string;
  unit: string;
  runs: number;
}

export interface Pair {
  product: number;
  baseline: number;
}

export function compared(name: string, unit: string, goal: string, pairs: Pair[]): Result {
  const of = (value: (pair: Pair) => number) => Number(median(pairs.map(value)).toPrecision(4));
  return {
    name,
    product: of(({ product }) => product),
    baseline: of(({ baseline }) => baseline),
    ratio: of(({ product, baseline }) => product / baseline),
    goal,
    unit,
    runs: pairs.length,
  };
}

/** An absolute limit that does not depend on the bare workflow. It takes the place of the bare workflow's value. */
export function budget(name: string, unit: string, limit: number, products: number[]): Result {
  return compared(
    `${name}, budget`,
    unit,
    '<=1',
    products.map((product) => ({ product, baseline: limit })),
  );
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

export function isMet({ goal, ratio }: Result): boolean {
  const [, relation, bound] = /^([<>]=)([\d.]+)$/.exec(goal) ?? [];
  return relation === '<=' ? ratio <= Number(bound) : ratio >= Number(bound);
}

export function table(results: Result[]): string {
  const shown = new Table({ head: ['', 'product', 'bare or budget', 'ratio', 'goal', '', 'runs'], style: { head: [], border: [] } });
  for (const each of results) {
    const { name, product, baseline, ratio, goal, unit, runs } = each;
    shown.push([name, `${product} ${unit}`, `${baseline} ${unit}`, ratio, goal, isMet(each) ? 'met' : 'missed', runs]);
  }
  return shown.toString();
}
