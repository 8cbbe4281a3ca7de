import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepEndpoint, lastPort, ownEndpoint } from './own-endpoint.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rolewave-own-endpoint-'));
});
afterEach(() => rmSync(home, { recursive: true }));
const runs = () => writeFileSync(join(home, 'running.json'), '{}');

test('is known while npm start runs, and its port also afterwards', () => {
  expect([ownEndpoint({ ROLEWAVE_HOME: home }), lastPort(home)]).toEqual([undefined, undefined]);
  keepEndpoint(home, 'http://127.0.0.1:18123');
  expect([ownEndpoint({ ROLEWAVE_HOME: home }), lastPort(home)]).toEqual([undefined, 18_123]);
  runs();
  expect(ownEndpoint({ ROLEWAVE_HOME: home })).toBe('http://127.0.0.1:18123');
});

test.each(['https://elsewhere.example.com', 'http://10.0.0.1:8088', 'http://127.0.0.1.example.com:8088', 'nonsense', ''])(
  'is never %j, which is not of this machine',
  (text) => {
    runs();
    writeFileSync(join(home, 'address'), text);
    expect([ownEndpoint({ ROLEWAVE_HOME: home }), lastPort(home)]).toEqual([undefined, undefined]);
  },
);
