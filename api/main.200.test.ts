/** The endpoint as its own process: configured by its environment, stopped by a signal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject, test } from 'vitest';
import { freePort } from '../provision/free-port.ts';
import { createDatabase } from '../test/support/database.ts';
import { until } from '../test/support/endpoint.ts';
import { writeSite } from '../test/support/site.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const start = (env: Record<string, string>) =>
  spawn(process.execPath, [main], { env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

test('it starts with an empty store and without keys, answers, and ends on SIGTERM with exit code 0', async () => {
  const home = await mkdtemp(join(tmpdir(), 'rolewave-main-'));
  const database = await createDatabase('main');
  const port = await freePort();
  await writeSite(join(home, 'site.yaml'));
  const endpoint = start({
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    DATABASE_URL: database.url,
    ROLEWAVE_HOME: home,
    ROLEWAVE_DEMO: '1',
    ROLEWAVE_PORT: String(port),
  });
  try {
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ status }) => status,
        () => 0,
      );
    expect(await until(ready, (status) => status === 200)).toBe(200);
    expect((await stat(join(home, 'signing-key.json'))).mode & 0o777).toBe(0o600);
    endpoint.kill('SIGTERM');
    expect(await once(endpoint, 'exit')).toEqual([0, null]);
  } finally {
    endpoint.kill('SIGKILL');
    await database.drop();
    await rm(home, { recursive: true });
  }
});

test('a missing setting is reported in one line, with exit code 1', async () => {
  const endpoint = start({ ROLEWAVE_DEMO: '1' });
  let said = '';
  endpoint.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  expect(await once(endpoint, 'close')).toEqual([1, null]);
  expect(said).toBe(
    'rolewave api: TEMPORAL_ADDRESS is not set, and no profile of temporal.toml has an address: set it to host and port of the Temporal server, such as 127.0.0.1:7233\n',
  );
});
