/**
 * How many connections one address may have open, and how many of them may wait: for a request that is sent in part, or for the next one. Where one more comes,
 * the address loses the one that waits longest, or else the one whose answer has not been read for longest, so that requests that are never finished and
 * answers that are never read keep nobody of the same address away. In this process only; a flood from many addresses is a matter of the proxy in front.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './rate-limits.ts';
import { whenClosed } from './when-closed.ts';

export interface ConnectionLimits {
  /** Of all addresses. */
  inAll: number;
  perAddress: Share;
  /** Of this machine and of the proxies that are trusted, each of which may stand for everybody. Less than `inAll`. */
  perNearAddress: Share;
  /** How long an answer may be unread before its connection makes room for another of the address; 3 s if left out. */
  unreadMs?: number;
}
interface Share {
  open: number;
  waiting: number;
}

const usualLimits: ConnectionLimits = { inAll: 1_000, perAddress: { open: 100, waiting: 50 }, perNearAddress: { open: 900, waiting: 450 } };

/** `isNear`: whether an address is this machine's or a trusted proxy's. */
export function limitConnections(server: Server, isNear: (address: string) => boolean, limits: ConnectionLimits = usualLimits): void {
  const addresses = new Map<string, Connections>();
  const running = new WeakMap<Socket, Connections>();
  server.maxConnections = limits.inAll;

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    if (address === undefined) return void socket.destroy();
    const share = isNear(address) ? limits.perNearAddress : limits.perAddress;
    const key = networkOf(address);
    const of = addresses.get(key) ?? { key, open: 0, waiting: new Set(), answering: new Map() };
    addresses.set(key, of);
    if (of.waiting.size >= share.waiting || of.open >= share.open) {
      const [longest] = of.waiting;
      const other = longest ?? unread(of, limits.unreadMs ?? usuallyUnreadMs);
      if (!other) return void socket.destroy();
      of.waiting.delete(other);
      of.answering.delete(other);
      other.destroy();
    }
    of.open += 1;
    of.waiting.add(socket);
    running.set(socket, of);
    whenClosed(socket, forget);
  });

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const of = running.get(socket);
    if (!of) return;
    of.waiting.delete(socket);
    of.answering.set(socket, Date.now());
    whenClosed(response, waitAgain);
  });

  // One function for all: a connection may be open for long.
  function forget(this: Socket): void {
    const of = running.get(this);
    if (!of) return;
    of.open -= 1;
    of.waiting.delete(this);
    of.answering.delete(this);
    if (of.open === 0) addresses.delete(of.key);
  }

  function waitAgain(this: ServerResponse): void {
    const { socket } = this.req;
    const of = running.get(socket);
    of?.answering.delete(socket);
    if (!socket.destroyed) of?.waiting.add(socket);
  }
}

/** Those of one address; one request at a time is answered on each. `answering`: since when; real time. */
interface Connections {
  /** In `addresses`. */
  key: string;
  open: number;
  waiting: Set<Socket>;
  answering: Map<Socket, number>;
}

/** A client that reads takes what is written within a moment; an event stream has nothing to read most of the time. */
const usuallyUnreadMs = 3_000;

/** The one that is answered for longest, of those where something is written that nobody takes. */
function unread({ answering }: Connections, unreadMs: number): Socket | undefined {
  for (const [socket, sinceMs] of answering) if (socket.writableLength > 0 && Date.now() - sinceMs >= unreadMs) return socket;
  return undefined;
}
