/**
 * The one way to an HTTP server that has no log of who did what: everybody's requests pass through this gate, Rolewave's and the administrators', so that each
 * change has an author. Changes pass one at a time, and after each one, before the next, the witness looks at the server itself: their order is exact.
 *
 * Answers are disturbed here. A request that is here is on the line: it reaches the server, although its sender is killed meanwhile or has gone away.
 */
import { request as send } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { WatchedWay } from '../peer.ts';
import { answerBytes, requestReader, type HttpAnswer, type HttpRequest } from './messages.ts';

export interface Author {
  name: string;
  /** Of one attempt, whose answers may be disturbed. */
  watch?: WatchedWay | undefined;
  /** How the server knows this author: added to the request. */
  headers?: Record<string, string>;
}

/** What becomes of a request of an author. `forward`: asks the server, and where the request comes twice, asks it twice and has the second answer. */
export type Pass = (author: Author, request: HttpRequest, forward: () => Promise<HttpAnswer>) => Promise<HttpAnswer>;

export interface Gate {
  host: string;
  port: number;
  /** Ends this author's connections. What was sent stays sent. */
  cut(name: string): void;
  /** When nothing of this author's is on the line or in the server any more. */
  quiet(name: string): Promise<void>;
  close(): Promise<void>;
}

/** `authorOf`: undefined is answered with 401. */
export async function openGate(to: { host: string; port: number }, authorOf: (request: HttpRequest) => Author | undefined, pass: Pass): Promise<Gate> {
  const connections = new Map<Socket, Set<string>>();
  const underWay = new Map<string, Set<Promise<unknown>>>();

  async function answered(request: HttpRequest, author: Author): Promise<{ pieces: Buffer[]; thenCut?: boolean }> {
    const times = (await author.watch?.fromClient(bytesOf(request))) ? 2 : 1;
    const forward = async () => {
      if (times === 2) await forwarded(to, request, author);
      return forwarded(to, request, author);
    };
    const bytes = answerBytes(await pass(author, request, forward));
    return author.watch ? author.watch.fromServer(bytes) : { pieces: [bytes] };
  }

  async function serve(client: Socket, request: HttpRequest): Promise<void> {
    const author = authorOf(request);
    if (!author) return void client.write(answerBytes({ status: 401, headers: {}, body: Buffer.alloc(0) }));
    connections.get(client)?.add(author.name);
    const own = underWay.get(author.name) ?? new Set();
    underWay.set(author.name, own);
    const work = answered(request, author);
    own.add(work);
    // Before the answer is written: a client that sleeps does not take it, and the server is done with the request all the same.
    const { pieces, thenCut = false } = await work.finally(() => own.delete(work));
    for (const piece of pieces) if (piece.length > 0 && client.writable) await new Promise<void>((resolve) => client.write(piece, () => resolve()));
    if (thenCut) client.destroy();
  }

  const server = createServer((client) => {
    connections.set(client, new Set());
    client.setNoDelay(true);
    client.on('error', () => undefined);
    client.on('close', () => connections.delete(client));
    const read = requestReader();
    let last: Promise<void> = Promise.resolve();
    const inTurn = async (before: Promise<void>, data: Buffer): Promise<void> => {
      try {
        await before;
        for (const request of read(data)) await serve(client, request);
      } catch {
        client.destroy();
      }
    };
    client.on('data', (data: Buffer) => void (last = inTurn(last, data)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const quiet = async (name: string): Promise<void> => {
    const own = underWay.get(name);
    while (own && own.size > 0) await Promise.allSettled(own);
  };
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    cut: (name) => {
      for (const [client, names] of connections) if (names.has(name)) client.destroy();
    },
    quiet,
    close: async () => {
      await Promise.all([...underWay.keys()].map(quiet));
      for (const client of connections.keys()) client.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const bytesOf = ({ method, path, body }: HttpRequest): Buffer => Buffer.concat([Buffer.from(`${method} ${path}\r\n\r\n`), body]);

function forwarded(to: { host: string; port: number }, { method, path, headers, body }: HttpRequest, author: Author): Promise<HttpAnswer> {
  const { connection: _, 'accept-encoding': __, ...kept } = headers;
  return new Promise((resolve, reject) => {
    const asked = send({ ...to, method, path, headers: { ...kept, ...author.headers, host: `${to.host}:${to.port}` } }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('error', reject);
      answer.on('end', () => {
        const told = Object.entries(answer.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat().join(', ')]]));
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(told) as Record<string, string>, body: Buffer.concat(pieces) });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
