/** The doctor against a real Temporal server and endpoint: the namespace, its search attributes, and who polls which queue. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { testIo } from '../support/command-io.ts';
import type { Line } from '../../doctor/line.ts';
import { planText, startEndpoint, type Endpoint } from '../support/endpoint.ts';

let endpoint: Endpoint;
beforeAll(async () => {
  endpoint = await startEndpoint();
});
afterAll(() => endpoint?.close());

async function doctor(changes: Record<string, string> = {}) {
  const { temporal, databaseUrl, trustedKeysFile } = endpoint.config;
  const env = {
    ROLEWAVE_URL: endpoint.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    DATABASE_URL: databaseUrl,
    ROLEWAVE_TRUSTED_KEYS_FILE: trustedKeysFile,
    ...changes,
  };
  const io = testIo({ env });
  const code = await run(['--as', 'ines', 'doctor', '--json'], io);
  const { lines } = JSON.parse(io.written.join('')) as { lines: Line[] };
  return { code, of: (about: string) => lines.find((line) => line.about === about) };
}

test('the doctor says for each queue whether a worker polls it, and exits with 0 when everything is in place', async () => {
  expect((await endpoint.send('ines', 'POST', '/v1/plans', planText())).status).toBe(200);
  const without = await doctor();
  expect(without.code).toBe(1);
  expect(without.of('queue rolewave')).toMatchObject({
    state: 'wrong',
    text: expect.stringContaining('no worker polls it'),
    fix: expect.stringContaining('start a worker'),
  });
  expect(without.of('queue system.erp')).toMatchObject({ state: 'warning', text: 'no worker polls it' });

  await endpoint.startWorker();
  await expect.poll(async () => (await doctor()).code, { timeout: 30_000, interval: 500 }).toBe(0);
  const { of } = await doctor();
  expect(of('Temporal')).toMatchObject({ state: 'ok', text: expect.stringMatching(/^server \d+\.\d+\S* at /) });
  expect(of(`namespace ${endpoint.config.temporal.namespace}`)).toEqual({
    about: `namespace ${endpoint.config.temporal.namespace}`,
    state: 'warning',
    text: expect.stringContaining('closed workflows are kept for 1 day only'),
    fix: `temporal operator namespace update --namespace ${endpoint.config.temporal.namespace} --retention 90d`,
  });
  expect(of('search attributes')).toMatchObject({ state: 'ok' });
  expect(of('queue rolewave')).toMatchObject({ state: 'ok', text: expect.stringMatching(/^one worker polls it, last seen /) });
  expect(of('queue system.erp')).toMatchObject({ state: 'ok' });
  expect(of('store')).toMatchObject({ state: 'ok' });
  expect(of('you')).toMatchObject({ state: 'ok', text: "you are 'ines' to the endpoint" });
});

test('a missing namespace is named, together with the command that creates it', async () => {
  const { code, of } = await doctor({ TEMPORAL_NAMESPACE: 'nowhere' });
  expect(code).toBe(1);
  expect(of('namespace nowhere')).toMatchObject({ state: 'wrong', fix: expect.stringContaining('temporal operator namespace create --namespace nowhere') });
  expect(of('queue rolewave')).toBeUndefined();
});
