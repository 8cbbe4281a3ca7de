/** Answers that end or hold what reads them: that process ends, this one goes on, and the call is tried again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { deep, lying, searchDone, searchEntry, startScriptedLdap, type ScriptedLdap } from '../../test/support/ldap-scripted.ts';
import { site } from '../../test/support/site.ts';
import type { Connector } from '../connector.ts';
import type { ProcessLimits } from '../../clients/own-process/child-process.ts';
import { connectorInOwnProcess } from './connector.ts';

let server: ScriptedLdap;
let open: Connector[];
beforeEach(async () => {
  server = await startScriptedLdap();
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((connector) => connector.close()));
  await server.stop();
});

const of = { base: 'dc=x' };
const [system] = site({
  systems: [{ id: 'hr', kind: 'ldap', connection: { env: 'HR' }, tls: 'none', groups: { ...of, soleWriter: true }, accounts: of }],
}).systems;
const address = () => `ldap://cn%3Dr:p@127.0.0.1:${server.port}`;

function opened(limits: Partial<ProcessLimits> = {}): Connector {
  const connector = connectorInOwnProcess(system!, address(), { limits: { silentMs: 2_000, pauseMs: 200, ...limits } });
  open.push(connector);
  return connector;
}

/** How long this process's own thread was held at the longest, in milliseconds, while `work` ran. */
async function heldWhile(work: Promise<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 10);
  await work;
  clearInterval(timer);
  return longest;
}

const read = (connector: Connector) =>
  connector.snapshot(['clerk'], []).then(
    () => 'answered' as const,
    (error: unknown) => error as Error,
  );

const bad: [string, ScriptedLdap['answer'], Partial<ProcessLimits>][] = [
  ['more tiny messages than a stack is deep', (socket, id) => void socket.write(deep(id)), {}],
  ['a length that is not so, after which the library never stops', (socket, id) => void socket.write(lying(id)), {}],
  [
    'entries without an end',
    (socket, id) => {
      const entry = searchEntry(id, 'cn=clerk,dc=x', { cn: ['clerk'], objectClass: ['groupOfNames'], member: Array<string>(2_000).fill('uid=somebody,dc=x') });
      const send = () => {
        while (socket.write(entry)) if (socket.destroyed) return;
        if (!socket.destroyed) socket.once('drain', send);
      };
      send();
    },
    { heapMiB: 64, silentMs: 20_000 },
  ],
];
test.each(bad)('%s', async (_what, answer, limits) => {
  const connector = opened(limits);
  server.answer = answer;
  const reading = read(connector);
  expect(await heldWhile(reading)).toBeLessThan(1_500);
  const error = await reading;
  expect(error).toBeInstanceOf(SystemUnavailable);
  expect(String(error)).toContain("the process that reads this server's answers ended");
  // Not at once: a process is dear, and this would go on.
  expect(String(await read(connector))).toContain('answers ended: the server is asked again in 1 s');
  server.answer = (socket, id) => void socket.write(searchDone(id));
  await pause(300);
  expect(await read(connector)).toBe('answered');
});

test('an answer that holds one long text for each of many members stays where it was read', async () => {
  const connector = opened();
  const entry = {
    cn: ['clerk'],
    objectClass: ['groupOfNames'],
    entryUUID: ['x'.repeat(1_000_000)],
    member: Array.from({ length: 3_000 }, (_, n) => `uid=p${n},dc=x`),
  };
  server.answer = (socket, id) => void socket.write(Buffer.concat([searchEntry(id, 'cn=clerk,dc=x', entry), searchDone(id)]));
  const reading = read(connector);
  expect(await heldWhile(reading)).toBeLessThan(1_500);
  expect(String(await reading)).toMatch(/SystemUnavailable: .* of 1000000 characters/);
  // The process has not ended.
  server.answer = (socket, id) => void socket.write(searchDone(id));
  expect(await read(connector)).toBe('answered');
});

test('what a server says is cut before it leaves the process', async () => {
  const connector = opened();
  server.answer = (socket, id) => void socket.write(searchDone(id, 80, 'y'.repeat(3_000_000)));
  const error = await read(connector);
  expect(error).toBeInstanceOf(Error);
  expect(inspect(error, { depth: 9 }).length).toBeLessThan(100_000);
});

test('a process that cannot be started is SystemUnavailable, and is tried again later', async () => {
  const connector = opened();
  const { execPath } = process;
  try {
    process.execPath = '/nowhere/node';
    expect(await read(connector)).toBeInstanceOf(SystemUnavailable);
    expect(String(await read(connector))).toContain('answers ended: the server is asked again in 1 s');
  } finally {
    process.execPath = execPath;
  }
  await pause(300);
  expect(await read(connector)).toBe('answered');
});

test('what ends again and again is asked later and later, until it answers', async () => {
  const connector = opened({ pauseMs: 300, silentMs: 500 });
  server.answer = (socket, id) => void socket.write(lying(id));
  await read(connector);
  await pause(350);
  await read(connector);
  await pause(350);
  expect(String(await read(connector))).toContain('2 times in a row');
  await pause(350);
  server.answer = (socket, id) => void socket.write(searchDone(id));
  expect(await read(connector)).toBe('answered');
});

// Linux tells which processes a process has started.
test.skipIf(!existsSync('/proc/self/task'))('a process that is held by an answer ends with the worker that started it', async () => {
  const program = `
    import { connectorInOwnProcess } from '${new URL('connector.ts', import.meta.url).href}';
    import { readFileSync } from 'node:fs';
    const [system] = JSON.parse(process.argv[1]);
    const connector = connectorInOwnProcess(system, process.argv[2]);
    connector.snapshot(['clerk'], []).catch(() => undefined);
    process.on('message', () => console.log(readFileSync('/proc/' + process.pid + '/task/' + process.pid + '/children', 'utf8')));
  `;
  const asked = Promise.withResolvers<void>();
  server.answer = (socket, id) => {
    socket.write(lying(id));
    asked.resolve();
  };
  const worker = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program, JSON.stringify([system]), address()], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  await asked.promise;
  worker.send('who');
  const [pids] = (await once(worker.stdout!, 'data')) as [Buffer];
  const alive = () =>
    pids
      .toString()
      .trim()
      .split(/\s+/)
      .filter((pid) => isAlive(Number(pid)));
  expect(alive().length).toBeGreaterThan(0);
  worker.kill('SIGKILL');
  await expect.poll(alive, { timeout: 20_000 }).toEqual([]);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
