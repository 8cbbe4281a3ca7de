import { expect, test } from 'vitest';
import { type WorkerConfig, workerConfigFrom } from './config.ts';

const least = { TEMPORAL_ADDRESS: '127.0.0.1:7233', DATABASE_URL: 'postgres://127.0.0.1/rolewave', ROLEWAVE_HOME: '/srv/rolewave' };

test('by default a worker polls all queues, refuses demonstration clocks, and trusts the keys of its state directory', () => {
  expect(workerConfigFrom(least, [])).toEqual({
    temporal: { connection: { address: '127.0.0.1:7233' }, namespace: 'default' },
    databaseUrl: 'postgres://127.0.0.1/rolewave',
    home: '/srv/rolewave',
    trustedKeysFile: '/srv/rolewave/trusted-keys.json',
    siteFile: '/srv/rolewave/site.yaml',
    allowDemoClock: false,
    workflows: true,
    healthPort: 8089,
    env: least,
  });
  const config = workerConfigFrom(least, ['--systems', 'erp, hr', '--no-workflows', '--allow-demo-clock']) as WorkerConfig;
  expect(config).toMatchObject({ systems: ['erp', 'hr'], workflows: false, allowDemoClock: true });
});

test("without an address, the default is Temporal's usual one on this machine", () => {
  const { temporal } = workerConfigFrom({ ...least, TEMPORAL_ADDRESS: '' }, []) as WorkerConfig;
  expect(temporal).toEqual({ connection: { address: '127.0.0.1:7233' }, namespace: 'default' });
});

test('an API key turns on TLS', () => {
  const { temporal } = workerConfigFrom({ ...least, TEMPORAL_API_KEY: 'k-1' }, []) as WorkerConfig;
  expect(temporal.connection).toEqual({ address: '127.0.0.1:7233', apiKey: 'k-1', tls: true });
});

test.each([
  ['DATABASE_URL', ''],
  ['ROLEWAVE_WORKER_HEALTH_PORT', 'http'],
])('%s=%j is refused', (name, value) => {
  expect(() => workerConfigFrom({ ...least, [name]: value }, [])).toThrow(name);
});

test('notices are delivered where the environment sets channels; a mistake in these settings prevents the start', () => {
  const config = workerConfigFrom({ ...least, NOTICE_TERMINAL: '1', TEMPORAL_NAMESPACE: 'prod', TEMPORAL_UI_URL: 'https://t.example.com' }, []) as WorkerConfig;
  expect(config.notices).toEqual({ terminal: 1, links: { temporalUi: { url: 'https://t.example.com', namespace: 'prod' } } });
  expect(() => workerConfigFrom({ ...least, SMTP_URL: 'smtp://mail.example.com' }, [])).toThrow('NOTICE_FROM is not set');
});

test('a list of systems that names none is refused', () => {
  expect(() => workerConfigFrom(least, ['--systems', ' , '])).toThrow('--systems names no system');
});
