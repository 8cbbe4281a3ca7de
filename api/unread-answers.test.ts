import { createServer, get, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unreadAnswers } from './unread-answers.ts';

let server: Server;
const responses: ServerResponse[] = [];
beforeEach(async () => {
  server = createServer((_, response) => void responses.push(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  responses.splice(0);
});

/** An answer that somebody waits for. */
async function asked(): Promise<ServerResponse> {
  const { port } = server.address() as AddressInfo;
  const before = responses.length;
  get({ port, host: '127.0.0.1' }, (answer) => answer.resume()).on('error', () => undefined);
  await expect.poll(() => responses.length).toBe(before + 1);
  return responses[before]!;
}

test('a person leaves so much unread and no more; others have their own, and what was read or left counts no longer', async () => {
  const unread = unreadAnswers(100, 0);
  const [first, second, third, others] = [await asked(), await asked(), await asked(), await asked()];
  unread.add('olga', first, 60);
  unread.add('olga', second, 40);
  expect(() => unread.add('olga', third, 1)).toThrow(/Answers to 'olga' of 0 MB wait to be read/);
  unread.add('ben', others, 90);
  first.end('read');
  await expect.poll(() => first.closed).toBe(true);
  unread.add('olga', third, 60);
  second.destroy();
  third.destroy();
  await expect.poll(() => second.closed && third.closed).toBe(true);
  unread.add('olga', await asked(), 100);
});

test('one answer is sent, however long it is', async () => {
  const unread = unreadAnswers(100, 0);
  unread.add('olga', await asked(), 1_000);
  const another = await asked();
  expect(() => unread.add('olga', another, 1)).toThrow('wait to be read');
});

test('a small answer is sent, whatever waits: it may say what was done', async () => {
  const unread = unreadAnswers(100, 20);
  unread.add('olga', await asked(), 100);
  unread.add('olga', await asked(), 20);
  const another = await asked();
  expect(() => unread.add('olga', another, 21)).toThrow('wait to be read');
});
