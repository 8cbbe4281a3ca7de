import { expect, test } from 'vitest';
import { NoData, type MetricQuery, type Provider } from './provider.ts';
import { openTelemetry, providerKinds } from './providers.ts';

const query = (provider: MetricQuery['provider']): MetricQuery => ({
  plan: 'finance',
  metric: 'adoption',
  kind: 'ratio',
  provider,
  system: undefined,
  fromMs: 0,
  toMs: 1,
  people: ['ana'],
  rolePackage: 'closing',
});

test('a fixed metric returns the value in the plan, and no data where the plan has none', async () => {
  const telemetry = openTelemetry({});
  expect(await telemetry.read(query({ kind: 'fixed', value: 0.9, n: 20 }))).toEqual({ value: 0.9, n: 20 });
  expect(await telemetry.read(query({ kind: 'fixed', value: 3 }))).toEqual({ value: 3 });
  await expect(telemetry.read(query({ kind: 'fixed' }))).rejects.toThrow(NoData);
  await telemetry.close();
});

test('a kind that only the list knows is opened once with the environment, queried with its own part of the plan, and closed', async () => {
  const seen: string[] = [];
  const madeUp = (env: Record<string, string | undefined>): Provider<{ expression: string }> => {
    seen.push(`opened with ${env['MADE_UP_URL']}`);
    return {
      read: async ({ provider, people }) => {
        seen.push(`${provider.expression} of ${people.join()}`);
        return { value: 7 };
      },
      close: async () => void seen.push('closed'),
    };
  };
  const telemetry = openTelemetry({ MADE_UP_URL: 'http://here' }, { kinds: { ...providerKinds, 'made-up': madeUp } as never });
  const metric = query({ kind: 'made-up', expression: 'sum(x)' } as never);
  expect([await telemetry.read(metric), await telemetry.read(metric)]).toEqual([{ value: 7 }, { value: 7 }]);
  await telemetry.close();
  expect(seen).toEqual(['opened with http://here', 'sum(x) of ana', 'sum(x) of ana', 'closed']);
});
