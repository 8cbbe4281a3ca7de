/** Answers requests that never reach a route, because they cannot be read: as a problem, like every other error. */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { catalog, Problem, problemJson } from './errors.ts';

export function answerUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new Problem('too-slow', 'The rest of the request did not arrive.')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? new Problem('headers-too-large', 'The headers of the request are longer than this endpoint reads.')
        : new Problem('unreadable-request', 'This is not an HTTP request that can be read.');
  const body = JSON.stringify(problemJson(problem, randomUUID()));
  const { status, title } = catalog[problem.code];
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
