/**
 * How many connections one address may have open, and how many of them may wait: for a request that is sent in part, or for the next one. Where one more comes,
 * the address loses the one that waits longest, so that requests that are never finished keep nobody of the same address away. In this process only; a flood
 * from many addresses is a matter of the proxy in front.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from './rate-limits.ts';

export interface ConnectionLimits {
  /** Of all addresses. */
  inAll: number;
  perAddress: Share;
  /** Of this machine and of the proxies that are trusted, each of which may stand for everybody. Less than `inAll`. */
  perNearAddress: Share;
}
interface Share {
  open: number;
  waiting: number;
}

const usualLimits: ConnectionLimits = { inAll: 1_000, perAddress: { open: 100, waiting: 50 }, perNearAddress: { open: 900, waiting: 450 } };

/** `isNear`: whether an address is this machine's or a trusted proxy's. */
export function limitConnections(server: Server, isNear: (address: string) => boolean, limits: ConnectionLimits = usualLimits): void {
  const addresses = new Map<string, { open: number; waiting: Set<Socket> }>();
  const running = new WeakMap<Socket, { requests: number; waiting: Set<Socket> }>();
  server.maxConnections = limits.inAll;

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress;
    if (address === undefined) return void socket.destroy();
    const share = isNear(address) ? limits.perNearAddress : limits.perAddress;
    const key = networkOf(address);
    const of = addresses.get(key) ?? { open: 0, waiting: new Set() };
    addresses.set(key, of);
    if (of.waiting.size >= share.waiting || of.open >= share.open) {
      const [longest] = of.waiting;
      if (!longest) return void socket.destroy();
      of.waiting.delete(longest);
      longest.destroy();
    }
    of.open += 1;
    of.waiting.add(socket);
    running.set(socket, { requests: 0, waiting: of.waiting });
    socket.once('close', () => {
      of.open -= 1;
      of.waiting.delete(socket);
      if (of.open === 0) addresses.delete(key);
    });
  });

  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    const of = running.get(socket);
    if (!of) return;
    of.requests += 1;
    of.waiting.delete(socket);
    response.once('close', () => {
      of.requests -= 1;
      if (of.requests === 0 && !socket.destroyed) of.waiting.add(socket);
    });
  });
}
