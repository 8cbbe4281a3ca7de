import { expect, test } from 'vitest';
import { type WorkerConfig, workerConfigFrom } from './config.ts';

const least = { TEMPORAL_ADDRESS: '127.0.0.1:7233', DATABASE_URL: 'postgres://127.0.0.1/rolewave', ROLEWAVE_HOME: '/srv/rolewave' };

test('a worker polls everything, obeys no clock, and trusts the keys of its state directory, unless told otherwise', () => {
  expect(workerConfigFrom(least, [])).toEqual({
    temporal: { connection: { address: '127.0.0.1:7233' }, namespace: 'default' },
    databaseUrl: 'postgres://127.0.0.1/rolewave',
    home: '/srv/rolewave',
    trustedKeysFile: '/srv/rolewave/trusted-keys.json',
    allowDemoClock: false,
    workflows: true,
    healthPort: 8089,
    env: least,
  });
  const told = workerConfigFrom(least, ['--systems', 'erp, hr', '--no-workflows', '--allow-demo-clock']) as WorkerConfig;
  expect(told).toMatchObject({ systems: ['erp', 'hr'], workflows: false, allowDemoClock: true });
});

test('without an address it is the usual one of this machine', () => {
  const { temporal } = workerConfigFrom({ ...least, TEMPORAL_ADDRESS: '' }, []) as WorkerConfig;
  expect(temporal).toEqual({ connection: { address: '127.0.0.1:7233' }, namespace: 'default' });
});

test('the API key goes with TLS', () => {
  const { temporal } = workerConfigFrom({ ...least, TEMPORAL_API_KEY: 'k-1' }, []) as WorkerConfig;
  expect(temporal.connection).toEqual({ address: '127.0.0.1:7233', apiKey: 'k-1', tls: true });
});

test.each([
  ['DATABASE_URL', ''],
  ['ROLEWAVE_WORKER_HEALTH_PORT', 'http'],
])('%s=%j is said to be wrong', (name, value) => {
  expect(() => workerConfigFrom({ ...least, [name]: value }, [])).toThrow(name);
});

test('people are told where the environment says how; a mistake in it is told at the start', () => {
  const told = workerConfigFrom({ ...least, NOTICE_TERMINAL: '1', TEMPORAL_NAMESPACE: 'prod', TEMPORAL_UI_URL: 'https://t.example.com' }, []) as WorkerConfig;
  expect(told.notices).toEqual({ terminal: 1, links: { temporalUi: { url: 'https://t.example.com', namespace: 'prod' } } });
  expect(() => workerConfigFrom({ ...least, SMTP_URL: 'smtp://mail.example.com' }, [])).toThrow('NOTICE_FROM is not set');
});

test('a list of systems that names none is refused', () => {
  expect(() => workerConfigFrom(least, ['--systems', ' , '])).toThrow('--systems names no system');
});
