import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { homeOfEndpoint, keepEndpoint, lastPort, ownEndpoint } from './own-endpoint.ts';

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

test('whose data an endpoint has is known by its address: those of npm start while it runs, of the demo, or of neither', () => {
  const of = (url: string) => homeOfEndpoint({ ROLEWAVE_HOME: home }, url);
  const [started, demo] = ['http://127.0.0.1:18123', 'http://127.0.0.1:18124'];
  mkdirSync(join(home, 'demo'));
  keepEndpoint(home, started);
  keepEndpoint(join(home, 'demo'), demo);
  expect([of(started), of(demo)]).toEqual([undefined, join(home, 'demo')]);
  runs();
  expect([of(started), of(demo), of('http://127.0.0.1:18125')]).toEqual([home, join(home, 'demo'), undefined]);
});
