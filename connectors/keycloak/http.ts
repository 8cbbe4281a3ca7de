/** One request to a server, bounded in time and size. Redirects are not followed: they would take the token to another server. */
import { Agent as PlainAgent, request as plainRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import { connectionFailure, NotConnected, type ConnectionFailure } from '../../domain/connection-failure.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { certificatesIn } from '../certificates.ts';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: URL;
  headers: Record<string, string>;
  body?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface HttpClient {
  /** Rejects with SystemUnavailable where there is no whole answer, and with the reason of the signal where that aborts. */
  ask(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

export interface HttpLimits {
  /** From the connection to the last byte. */
  withinMs: number;
  mostBytes: number;
}

const defaults: HttpLimits = { withinMs: 30_000, mostBytes: 16 * 1024 * 1024 };
/** Connections of one process. */
const connections = 8;
/** A connection that was not used for so long is not used again: the server may be about to end it. */
const idleMs = 4_000;

export function openHttp(caFile: string | undefined, limits: HttpLimits = defaults): HttpClient {
  const options = { keepAlive: true, maxSockets: connections, timeout: idleMs };
  const plain = new PlainAgent(options);
  let secure: Promise<SecureAgent> | undefined;
  async function secureAgent(): Promise<SecureAgent> {
    secure ??= (async () => new SecureAgent({ ...options, ...(caFile === undefined ? {} : { ca: await certificatesIn(caFile) }), minVersion: 'TLSv1.2' }))();
    try {
      return await secure;
    } catch (error) {
      secure = undefined;
      throw error;
    }
  }
  const once = async (request: HttpRequest): Promise<HttpAnswer> => exchange(request, request.url.protocol === 'https:' ? await secureAgent() : plain, limits);
  return {
    ask: async (request) => {
      try {
        return await once(request);
      } catch (error) {
        // The server has ended a connection that waited to be used again. What only reads is asked again.
        if (!(error instanceof LostWhileIdle) || request.method !== 'GET') throw error;
        return once(request);
      }
    },
    close: () => {
      plain.destroy();
      void secure?.then(
        (agent) => agent.destroy(),
        () => undefined,
      );
    },
  };
}

class LostWhileIdle extends SystemUnavailable {}

const notReached = (failure: ConnectionFailure) => new SystemUnavailable(failure.words, { cause: new NotConnected(failure) });

function exchange({ method, url, headers, body, signal }: HttpRequest, agent: PlainAgent, { withinMs, mostBytes }: HttpLimits): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(withinMs);
    const stop = signal ? AbortSignal.any([signal, late]) : late;
    const options: RequestOptions = {
      method,
      agent,
      signal: stop,
      headers: {
        ...headers,
        accept: 'application/json',
        'accept-encoding': 'identity',
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
    };
    const send = url.protocol === 'https:' ? secureRequest : plainRequest;
    const fail = (error: unknown, reused: boolean) => {
      if (signal?.aborted) return reject(signal.reason as Error);
      if (late.aborted) return reject(notReached({ code: '', words: `it did not answer within ${withinMs / 1_000} seconds` }));
      if (error instanceof SystemUnavailable) return reject(error);
      const failure = connectionFailure(error, true) ?? { code: '', words: 'the connection was lost' };
      reject(reused ? new LostWhileIdle(failure.words, { cause: new NotConnected(failure) }) : notReached(failure));
    };
    const request = send(url, options, (answer) => {
      readAll(answer, mostBytes).then(
        (text) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }),
        (error: unknown) => fail(error, false),
      );
    });
    request.on('error', (error) => fail(error, request.reusedSocket));
    request.end(body);
  });
}

async function readAll(answer: IncomingMessage, mostBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of answer as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > mostBytes) throw new SystemUnavailable(`its answer is longer than ${Math.round(mostBytes / 1024 / 1024)} MB, which no answer of Keycloak is`);
      parts.push(part);
    }
  } finally {
    answer.destroy();
  }
  if (!answer.complete) throw new SystemUnavailable('the connection was lost');
  return Buffer.concat(parts).toString('utf8');
}
