import { afterEach, beforeEach, expect, test } from 'vitest';
import { columns, done, int16, int32, pour, startScriptedPostgres, type ScriptedPostgres } from '../test/support/postgres-scripted.ts';
import { CaughtClient } from './caught-client.ts';

let server: ScriptedPostgres;
beforeEach(async () => {
  server = await startScriptedPostgres();
});
afterEach(() => server.stop());

async function asked(): Promise<unknown> {
  const client = new CaughtClient({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query('select 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}

test('a value that is longer than a string can be fails its statement, and not the process', async () => {
  server.answer = (socket) => {
    const head = Buffer.from('D\0\0\0\0', 'latin1');
    head.writeUInt32BE(545_000_010, 1);
    socket.write(Buffer.concat([columns(1), head, int16(1), int32(545_000_000)]));
    pour(socket, Buffer.alloc(1_048_576, 65));
  };
  await expect(asked()).rejects.toThrow('Connection terminated');
  server.answer = (socket) => void socket.write(done('SELECT 0'));
  expect(await asked()).toMatchObject({ rows: [] });
});
