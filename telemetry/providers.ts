/** The kinds of providers that metrics may name, and how to read a metric of the plan from its provider. */
import type { Environment } from '../clients/connection-string.ts';
import type { ProcessLimits } from '../clients/own-process/child-process.ts';
import { refuseStore } from '../clients/postgres/store-database.ts';
import type { MetricProvider, MetricProviderKind } from '../domain/plan/metric-providers.ts';
import { fixedProvider } from './fixed/provider.ts';
import type { CheckedTelemetry, Provider } from './provider.ts';
import { readerInOwnProcess } from './sql/own-process.ts';
import { readerHere, sqlProvider } from './sql/provider.ts';

/** `store`: connection string of Rolewave's store, which is never a system; undefined where it is not known. */
export type ProviderKinds = {
  [K in MetricProviderKind]: (env: Environment, store: string | undefined) => Provider<Extract<MetricProvider, { kind: K }>>;
};
export const providerKinds: ProviderKinds = {
  sql: (env, store) => sqlProvider(env, readerHere(store === undefined ? {} : { refuse: refuseStore(store) })),
  fixed: fixedProvider,
};
/** What systems answer is read in processes of their own. */
export const providersInOwnProcesses = (limits: Partial<ProcessLimits> = {}): ProviderKinds => ({
  ...providerKinds,
  sql: (env, store) => sqlProvider(env, readerInOwnProcess(store, limits)),
});

/** Opens nothing yet. `env`: where connection strings are, by the names that plans give. */
export function openTelemetry(
  env: Environment,
  { kinds = providerKinds, store }: { kinds?: ProviderKinds; store?: string | undefined } = {},
): CheckedTelemetry {
  const open = new Map<string, Provider>();
  const providerOf = (kind: MetricProviderKind): Provider => {
    const provider: Provider = open.get(kind) ?? kinds[kind](env, store);
    open.set(kind, provider);
    return provider;
  };
  return {
    read: (query, signal) => providerOf(query.provider.kind).read(query, signal),
    check: async (kind, system) => providerOf(kind).check?.(system),
    close: async () => {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.map((provider) => provider.close()));
    },
  };
}
