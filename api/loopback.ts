/**
 * Does a request come from this machine? By its socket, for headers can be forged; and it must have called this machine by one of its own names, or
 * a web page elsewhere could point a name of its own at 127.0.0.1 and read the answer.
 */
import type { IncomingMessage } from 'node:http';

const addresses = /^(::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const names = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i;

export const fromThisMachine = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean =>
  addresses.test(socket.remoteAddress ?? '') && names.test(headers.host ?? '');
