/** A provider of metrics for tests: `readings((query) => ({ value: 3 }))` returns what the function returns. The function may throw NoData or anything else. */
import type { MetricQuery, Reading, Telemetry } from '../../telemetry/provider.ts';
import { openTelemetry } from '../../telemetry/providers.ts';

export const readings = (answer: (query: MetricQuery) => Reading | Promise<Reading>): Telemetry => ({
  read: async (query, signal) => {
    signal?.throwIfAborted();
    return answer(query);
  },
  close: async () => undefined,
});

/** Returns what the plan says, for plans whose metrics are all `fixed`. */
export const asPlanned = (): Telemetry => openTelemetry({});
