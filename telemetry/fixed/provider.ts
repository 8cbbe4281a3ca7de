/** A provider that queries nothing: the answer is in the plan. For trying a plan before its telemetry exists. */
import { NoData, type Provider } from '../provider.ts';

export const fixedProvider = (): Provider<{ value?: number | undefined; n?: number | undefined }> => ({
  read: async ({ metric, provider: { value, n } }, signal) => {
    signal?.throwIfAborted();
    if (value === undefined) throw new NoData(`the plan has no value for metric '${metric}'`);
    return { value, ...(n === undefined ? {} : { n }) };
  },
  close: async () => undefined,
});
