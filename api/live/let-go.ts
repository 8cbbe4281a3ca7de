/**
 * What a request and its answer need only until the headers are sent: where in Express they are, their loggers, and the headers one by one. An ordinary request
 * is gone a moment later; a stream would keep all of it for a quarter of an hour, some kilobytes each.
 */
import type { Request, Response } from 'express';

/** After the headers were sent. The headers of the request stay: they say who it is. */
export function letGo(request: Request, response: Response): void {
  for (const holder of [request, response] as object[]) for (const name of unneeded) if (Object.hasOwn(holder, name)) Reflect.set(holder, name, undefined);
  request.rawHeaders.length = 0;
  request.rawTrailers.length = 0;
  const headers = Object.getOwnPropertySymbols(response).find(({ description }) => description === 'kOutHeaders');
  // Node has written them as one text, and reads them no more. Of that text it asks only whether there is one.
  if (headers !== undefined) Reflect.set(response, headers, null);
  if (Reflect.get(response, '_headerSent') === true) Reflect.set(response, '_header', sent);
}

const unneeded = ['next', 'route', 'params', '_parsedUrl', 'res', 'log', 'allLogs', 'body', 'writeHead'];
const sent = 'sent';
