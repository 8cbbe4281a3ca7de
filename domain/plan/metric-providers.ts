/**
 * Where a metric's value comes from: what a plan says about each kind of provider. The provider itself is a folder of the same name in telemetry/,
 * listed in telemetry/providers.ts.
 */
import { z } from 'zod';
import { id, text } from './fields.ts';

const sql = z.strictObject({
  kind: z.literal('sql'),
  /** The system that is asked. */
  system: id,
  /**
   * One SELECT that returns one row: `count` for a rate, `count` and `of` for a ratio, `value` for a gauge. May use :from and :to (the range that is
   * measured, timestamptz), :people (accounts, text[]) and :package.
   */
  query: text,
});
/** Always the same answer, in the metric's own unit: for trying a plan before its telemetry exists. Without a value there is no data. */
const fixed = z.strictObject({ kind: z.literal('fixed'), value: z.number().optional(), n: z.int().min(0).optional() });

export const metricProviderSchema = z.discriminatedUnion('kind', [sql, fixed]);
export type MetricProvider = z.output<typeof metricProviderSchema>;
export type MetricProviderKind = MetricProvider['kind'];

/** The system of the plan that a provider queries; undefined where it queries none. */
export const systemAsked = (provider: MetricProvider): string | undefined => ('system' in provider ? provider.system : undefined);
