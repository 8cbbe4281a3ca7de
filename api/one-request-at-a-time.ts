/**
 * One request at a time on a connection. HTTP/1.1 lets a client send the next request before it has the answer (pipelining, RFC 9112, 9.3.2), which browsers
 * and HTTP libraries do not do, and Node starts to answer all of them at once: one packet of some kilobytes would be a thousand requests. Where a second one
 * comes, the connection is closed; a client may repeat what was not answered on another.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { whenClosed } from './when-closed.ts';

/**
 * A server of which every request that can be read comes to `listener`. Node would answer some by itself, as many as are sent and with nothing in the log: those
 * that expect what it does not know, and those without a host. A CONNECT closes the connection, and of a packet with an Upgrade nothing else is read.
 */
export function serverOf(options: ServerOptions, listener: RequestListener): Server {
  const server = createServer({ ...options, requireHostHeader: false }, oneRequestAtATime(listener));
  return server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}

export function oneRequestAtATime(listener: RequestListener): RequestListener {
  const busy = new WeakSet<Socket>();
  function isAnswered(this: ServerResponse): void {
    busy.delete(this.req.socket);
  }
  return (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    if (socket.destroyed) return;
    if (busy.has(socket)) return void socket.destroy();
    busy.add(socket);
    whenClosed(response, isAnswered);
    listener(request, response);
  };
}
