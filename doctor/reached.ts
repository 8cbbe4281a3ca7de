/** Checks whether a server listens: opens a connection, sends nothing, and closes it. */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

interface Target {
  host: string;
  port: number;
  tls: boolean;
  /** Wait for the server's greeting. */
  listen: boolean;
  withinMs: number;
}

/** Returns the greeting if requested; rejects with the network's error. */
export function reached({ host, port, tls, listen, withinMs }: Target): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: Socket = tls ? connectTls({ host, port, servername: host }) : connectPlain({ host, port });
    const end = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error(`no answer within ${withinMs / 1_000} s`))), withinMs);
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => end(() => reject(new Error('it closed the connection'))));
    if (listen) socket.once('data', (data: Buffer) => end(() => resolve(data.toString('latin1'))));
    else socket.once(tls ? 'secureConnect' : 'connect', () => end(() => resolve('')));
  });
}
