import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { fromThisMachine } from './loopback.ts';

const from = (remoteAddress: string | undefined, headers: Record<string, string>) =>
  fromThisMachine({ socket: { remoteAddress }, headers } as unknown as IncomingMessage);

test.each(['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])('%s is this machine', (address) => {
  expect(from(address, { host: 'localhost:8088' })).toBe(true);
  expect(from(address, { host: '127.0.0.1' })).toBe(true);
  expect(from(address, { host: '[::1]:8088' })).toBe(true);
});

test('another machine does not count as this one, whatever its headers say', () => {
  for (const address of ['10.0.0.7', '::ffff:10.0.0.7', '127.0.0.1.example.org', undefined]) {
    expect(from(address, { host: 'localhost', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' })).toBe(false);
  }
});

test('a name that only resolves to this machine is not a name of this machine', () => {
  for (const host of ['rebound.example', 'localhost.rebound.example', '127.0.0.1.rebound.example', '']) expect(from('127.0.0.1', { host })).toBe(false);
});

test('what a proxy on this machine passes on comes from anywhere', () => {
  for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])
    expect(from('127.0.0.1', { host: 'localhost', [header]: '127.0.0.1' })).toBe(false);
});
