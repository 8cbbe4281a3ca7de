/**
 * A line to a server that a test can watch, hold up and cut: a TCP proxy on the loopback address. Each piece of data is passed on as it came, unless the test
 * says otherwise; the pieces of one direction stay in their order. Either side may end its half first.
 *
 *   openLine({ host, port })                                            passes everything on; `line.cut()` ends what is connected
 *   openLine({ host, port }, () => ({ fromClient: (data) => (seen.push(data), data) }))
 *   openLine({ host, port }, () => ({ fromServer: (data) => ({ pieces: [data.subarray(0, 5)], thenCut: true }) }))
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What becomes of a piece: passed on as this, or as these, after which the connection may end. */
export type Passed = Buffer | { pieces: Buffer[]; thenCut?: boolean };

/** One connection. Absent: the direction is passed on as it comes. */
export interface Way {
  fromClient?(data: Buffer): Passed | Promise<Passed>;
  fromServer?(data: Buffer): Passed | Promise<Passed>;
}

export interface Line {
  host: string;
  port: number;
  /** Ends all connections; new ones are taken. */
  cut(): void;
  /** When no connection is open to the server any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export async function openLine(to: { host: string; port: number }, wayOf: () => Way = () => ({})): Promise<Line> {
  const open = new Set<Socket>();
  let closed: (() => void)[] = [];
  // Some clients end their side first and wait for the answer.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...to, allowHalfOpen: true });
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      // A message is passed on when it is there, and not when the one before it was acknowledged.
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        cut();
        open.delete(socket);
        if (open.size > 0) return;
        for (const tell of closed) tell();
        closed = [];
      });
    }
    const way = wayOf();
    passOn(client, upstream, cut, way.fromClient?.bind(way));
    passOn(upstream, client, cut, way.fromServer?.bind(way));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    cut: cutAll,
    quiet: () => (open.size === 0 ? Promise.resolve() : new Promise<void>((resolve) => closed.push(resolve))),
    close: async () => {
      cutAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function passOn(from: Socket, to: Socket, cut: () => void, decide: ((data: Buffer) => Passed | Promise<Passed>) | undefined): void {
  let last: Promise<void> = Promise.resolve();
  const inTurn = async (before: Promise<void>, next: () => Promise<void> | void): Promise<void> => {
    try {
      await before;
      await next();
    } catch {
      cut();
    }
  };
  const after = (next: () => Promise<void> | void) => void (last = inTurn(last, next));
  from.on('data', (data: Buffer) =>
    after(async () => {
      const passed = decide ? await decide(data) : data;
      const { pieces, thenCut = false } = Buffer.isBuffer(passed) ? { pieces: [passed] } : passed;
      for (const piece of pieces) if (piece.length > 0 && to.writable) await new Promise<void>((resolve) => to.write(piece, () => resolve()));
      if (thenCut) cut();
    }),
  );
  from.on('end', () => after(() => void to.end()));
}
