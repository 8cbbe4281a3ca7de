import { createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { claimedPlaces, storeState } from './check.ts';
import { StoreUnreachable } from './unreachable.ts';

/** A host that accepts connections and never says anything. */
async function silentHost(): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `postgres://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}/books`;
}

test('a database that cannot be reached is said without anything of its address, by every check', async () => {
  const urls = ['postgres://user:secret@no-such-host.invalid:5432/books', await silentHost()];
  for (const url of urls)
    for (const check of [() => storeState(url, 1_000), () => claimedPlaces(url, 'test', 1_000)]) {
      const why = await check().then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(why).toBeInstanceOf(StoreUnreachable);
      expect(String(why)).not.toMatch(/no-such-host|secret|books|user/);
    }
});
