/**
 * One request at a time on a connection. HTTP/1.1 lets a client send the next request before it has the answer (pipelining, RFC 9112, 9.3.2), which browsers
 * and HTTP libraries do not do, and Node starts to answer all of them at once: one packet of some kilobytes would be a thousand requests. Where a second one
 * comes, the connection is closed; a client may repeat what was not answered on another.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { whenClosed } from './when-closed.ts';

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
