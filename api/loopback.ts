/**
 * Whether a request comes from this machine. The socket decides, because headers can be forged. The request must also address this machine by one of its own
 * names; otherwise a web page elsewhere could point its own name at 127.0.0.1 and read the answer. A request that a proxy passed on comes from anywhere.
 */
import type { IncomingMessage } from 'node:http';

const addresses = /^(::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const names = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i;
const ofProxies = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/** Whether a Host header names this machine. */
export const ownName = (host: string): boolean => names.test(host) && isHost(host);

/** Whether a Host header can be one at all: `localhost:99999` and `127.999.1.1` cannot. */
export const isHost = (host: string): boolean => !/[\s/?#@\\]/.test(host) && URL.canParse(`http://${host}`);

/** Whether an address of a socket is this machine's own. */
export const isLoopback = (address: string): boolean => addresses.test(address);

export const fromThisMachine = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean =>
  isLoopback(socket.remoteAddress ?? '') && ownName(headers.host ?? '') && ofProxies.every((name) => headers[name] === undefined);
