/**
 * Whether a request comes from this machine. The socket decides, because headers can be forged. The request must also address this machine by one of its own
 * names; otherwise a web page elsewhere could point its own name at 127.0.0.1 and read the answer.
 */
import type { IncomingMessage } from 'node:http';

const addresses = /^(::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const names = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?$/i;

export const fromThisMachine = ({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean =>
  addresses.test(socket.remoteAddress ?? '') && names.test(headers.host ?? '');
