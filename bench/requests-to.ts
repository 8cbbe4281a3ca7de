/** Counts what this process sends by node:http, as connectors do; what `fetch` sends is not among it. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

const channel = 'http.client.request.start';

/** `host`: 'name:port'. Each as 'GET /path'. */
export async function requestsTo(host: string, work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  const note = (message: unknown) => {
    const { request } = message as { request: ClientRequest };
    if (request.getHeader('host') === host) sent.push(`${request.method} ${request.path}`);
  };
  subscribe(channel, note);
  try {
    await work();
  } finally {
    unsubscribe(channel, note);
  }
  return sent;
}
