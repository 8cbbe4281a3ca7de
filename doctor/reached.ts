/** Does somebody listen there? Opens a connection, sends nothing, and closes it. */
import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

interface Target {
  host: string;
  port: number;
  tls: boolean;
  /** Wait for what the other end says first. */
  listen: boolean;
  withinMs: number;
}

/** Answers the greeting where one is waited for; rejects with the network's words. */
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
    socket.once('close', () => end(() => reject(new Error('it hung up'))));
    if (listen) socket.once('data', (data: Buffer) => end(() => resolve(data.toString('latin1'))));
    else socket.once(tls ? 'secureConnect' : 'connect', () => end(() => resolve('')));
  });
}
