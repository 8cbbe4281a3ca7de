/**
 * Whether a request comes from this machine. The socket decides, because headers can be forged. The request must also address this machine by one of its own
 * names; otherwise a web page elsewhere could point its own name at 127.0.0.1 and read the answer. A request that a proxy passed on comes from anywhere.
 */
import type { IncomingMessage } from 'node:http';

const addresses = /^(::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const names = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i;
const ofProxies = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/** Whether a Host header names this machine. */
export const ownName = (host: string): boolean => names.test(host);

export const fromThisMachine = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean =>
  addresses.test(socket.remoteAddress ?? '') && ownName(headers.host ?? '') && ofProxies.every((name) => headers[name] === undefined);
