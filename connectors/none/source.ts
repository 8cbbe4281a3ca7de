/** A source of measurements that asks nobody: a metric's `sql` is its answer, or a test says what each reading is. */
import type { Use } from '../connector.ts';
import { NoData } from '../telemetry-source.ts';
import type { MetricQuery, Reading, TelemetrySource } from '../telemetry-source.ts';

/**
 * Without `readings`, the metric's `sql` is read as the answer itself: `{"value": 0.9, "n": 20}`, or the words `no data`; anything else is a
 * source's error. With it, the function answers, and may throw NoData, SystemUnavailable or an Error. A usage statement, too, is its answer:
 * `[{"account": "ana", "role": "month_end", "at": "2027-03-01T12:00:00Z"}]`.
 */
export function noneSource(readings: (query: MetricQuery) => Reading = spelledOut): TelemetrySource {
  return {
    read: async (query, signal) => {
      signal?.throwIfAborted();
      return readings(query);
    },
    uses: async ({ sql, roles, accounts, fromMs }, signal) => {
      signal?.throwIfAborted();
      return spelledOutUses(sql).filter(
        ({ role, account, atMs }) => (role === undefined || roles.includes(role)) && accounts.includes(account) && atMs >= fromMs,
      );
    },
    close: async () => undefined,
  };
}

function spelledOut({ metric, sql }: MetricQuery): Reading {
  if (sql.trim() === 'no data') throw new NoData(`metric '${metric}' says that there is no data`);
  const mistake = () => new Error(`metric '${metric}' is measured in a system of kind none: write its answer as {"value": 0.9, "n": 20}, or as: no data`);
  let answer: unknown;
  try {
    answer = JSON.parse(sql);
  } catch {
    throw mistake();
  }
  if (typeof answer !== 'object' || answer === null || !('value' in answer) || typeof answer.value !== 'number') throw mistake();
  if (!('n' in answer)) return { value: answer.value };
  if (typeof answer.n !== 'number') throw mistake();
  return { value: answer.value, n: answer.n };
}

function spelledOutUses(sql: string): Use[] {
  try {
    const rows = JSON.parse(sql) as { account: string; role?: string; at: string }[];
    return rows.map(({ account, role, at }) => ({ account, ...(role === undefined ? {} : { role }), atMs: Date.parse(at) }));
  } catch {
    throw new Error(
      'the usage statement of a system of kind none is its answer: write it as [{"account": "ana", "role": "month_end", "at": "2027-03-01T12:00:00Z"}]',
    );
  }
}
