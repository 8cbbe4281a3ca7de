/** What a PostgreSQL server sends, by harm or by accident, ends its connection and nothing else: an error outside of a promise would fail the whole run. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { columns, done, int16, int32, message, pour, startScriptedPostgres, type ScriptedPostgres } from '../../test/support/postgres-scripted.ts';
import { openPgSession, type PgSession } from './session.ts';
import { openStatements } from './statements.ts';

let server: ScriptedPostgres;
let session: PgSession;
beforeEach(async () => {
  server = await startScriptedPostgres();
  session = openPgSession({ connectionString: server.url });
});
afterEach(async () => {
  await session.close();
  await server.stop();
});

const asked = () =>
  session
    .transaction('read only', (client) => client.query('select 1'))
    .then(
      () => 'answered' as const,
      (error: unknown) => error,
    );

const oneHugeValue = (socket: Socket) => {
  const head = Buffer.from('D\0\0\0\0', 'latin1');
  head.writeUInt32BE(1_500_000_000, 1);
  socket.write(Buffer.concat([columns(1), head, int16(1), int32(1_499_999_000)]));
  pour(socket, Buffer.alloc(65_536, 65));
};
const rows = (count: number, row: Buffer) => (socket: Socket) => {
  socket.write(columns(count));
  pour(socket, Buffer.concat(Array<Buffer>(Math.ceil(65_536 / row.length)).fill(row)));
};

const bad: [string, (socket: Socket) => void][] = [
  ['a row that ends before it begins', (socket) => void socket.write(Buffer.from([68, 0, 0, 0, 4]))],
  ['a value that no string can hold', oneHugeValue],
  ['wide rows without an end', rows(400, message('D', int16(400), ...Array<Buffer>(400).fill(int32(0))))],
  ['small rows without an end', rows(1, message('D', int16(1), int32(1), Buffer.from('1')))],
  ['rows that are empty, of a table with a thousand columns', rows(1_000, message('D', int16(0)))],
  ['rows that are empty, of a table with one column', rows(1, message('D', int16(0)))],
  ['rows of nothing, of a table without columns, without an end', rows(0, message('D', int16(0)))],
];
test.each(bad)('%s is SystemUnavailable, and the next connection works', async (_what, answer) => {
  server.answer = answer;
  expect(await asked()).toBeInstanceOf(SystemUnavailable);
  server.answer = (socket) => void socket.write(done('SELECT 0'));
  expect(await asked()).toBe('answered');
});

test.each([1082, 1114, 1184, 1186, 1185])('a long text of the type %i is taken for a text: what pg reads as a date takes hours', async (type) => {
  const value = Buffer.alloc(900_000, '1');
  server.answer = (socket) => void socket.write(Buffer.concat([columns(1, type), message('D', int16(1), int32(value.length), value), done('SELECT 1')]));
  const { rows } = (await session.transaction('read only', (client) => client.query<Record<string, unknown>>('select 1'))) as {
    rows: Record<string, unknown>[];
  };
  expect(rows).toEqual([{ c0: value.toString() }]);
});

test('a server that asks for a key of the password again and again gets one', async () => {
  const keys = vi.spyOn(crypto.subtle, 'deriveBits');
  server.greet = (socket) => {
    socket.write(message('R', int32(10), Buffer.from('SCRAM-SHA-256\0\0')));
    socket.once('data', (bytes: Buffer) => {
      const [, nonce = ''] = /r=([^,\0]+)/.exec(bytes.toString('latin1')) ?? [];
      const again = message('R', int32(11), Buffer.from(`r=${nonce}server,s=c2FsdA==,i=100000`));
      socket.write(Buffer.concat(Array<Buffer>(1_000).fill(again)));
    });
  };
  expect(await asked()).toBeInstanceOf(SystemUnavailable);
  expect(keys.mock.calls.length).toBeLessThanOrEqual(1);
  keys.mockRestore();
});

test('so is a greeting that no client knows', async () => {
  server.greet = (socket) => void socket.write(message('R', int32(999)));
  expect(await asked()).toBeInstanceOf(SystemUnavailable);
});

test('a statement of a plan fails in the same way', async () => {
  const statements = openStatements({ connectionString: server.url });
  server.answer = bad[0]![1];
  const query = { sql: 'select 1', values: [], used: [] };
  await expect(statements.run({ plan: 'p' }, (one) => one.ask({ before: '', query: query as never, after: '', advice: {} }))).rejects.toBeInstanceOf(
    SystemUnavailable,
  );
  await statements.close();
});
