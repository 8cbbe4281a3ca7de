/**
 * Requests to one SCIM server, with the current token. An answer is whole or an error; what is to be tried again is SystemUnavailable. Where the server asks to
 * be left alone for a while, all requests wait for it (429, and 503 of a question).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { boundedFetch, connectionsOf, notReached, wasNotSent } from './exchange.ts';
import { entityTag, isResource, valueOf, type Resource } from './resource.ts';
import type { ScimSettings } from './settings.ts';
import { notAnswered, statusWords, type Answer } from './statuses.ts';
import { tokensOf } from './tokens.ts';

/** What the server says that it can (RFC 7643, 5). */
export interface ServerFacts {
  /** It has no ServiceProviderConfig: it is taken for a server that can patch and filter. */
  isSilent: boolean;
  patches: boolean;
  filters: boolean;
  /** It compares If-Match with the version of a resource, as it says. */
  versions: boolean;
}

export interface Operation {
  op: 'add' | 'remove';
  path: string;
  value?: unknown;
}

/**
 * `stale`: it is not as it was read, and nothing was changed. `lost`: whether it was done is not known; `refused`: it was not. What was not sent at all is thrown.
 */
export type Patched = { is: 'done' } | { is: 'stale' } | { is: 'lost'; why: string } | { is: 'refused'; answer: Answer };

export interface ScimSession {
  /** Of a path below the base address. 404 is undefined; every other status but 200 is thrown. `what`: for errors. */
  get(path: string, what: string, query?: Record<string, string>): Promise<{ body: Resource; version: string | undefined } | undefined>;
  /** `latestMs`: not sent after it. */
  patch(path: string, operations: Operation[], version: string | undefined, latestMs: number): Promise<Patched>;
  /** For a probe: whatever the server answers. Rejects with SystemUnavailable where there is no answer. */
  send(request: Pick<Request, 'path' | 'body' | 'version' | 'signal'> & { method: 'GET' | 'POST' | 'PATCH' | 'DELETE' }): Promise<Answer>;
  /** `fresh`: asked now. */
  facts(fresh?: boolean): Promise<ServerFacts>;
  close(): void;
}

const usualAnswerMs = 30_000;
/** Facts are asked again after it. */
const factsMs = 300_000;
/** The server may ask to wait so long, and is waited for. */
const waitedMs = 10_000;
/** No server is left alone for longer on its own word. */
const longestQuietMs = 600_000;
const attempts = 4;
const scimJson = 'application/scim+json';
const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

interface Request {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  version?: string | undefined;
  latestMs?: number;
  signal?: AbortSignal;
}

export function openScimSession(settings: ScimSettings, answerMs = usualAnswerMs): ScimSession {
  const dispatcher = connectionsOf(settings.caFile);
  const tokens = tokensOf(settings, dispatcher);
  const closing = new AbortController();
  let known: { facts: ServerFacts; untilMs: number } | undefined;
  let quietUntilMs = 0;

  /** Rejects with what `fetch` rejects with. */
  async function send({ method, path, query = {}, body, version, signal }: Request, token: string): Promise<Answer> {
    const url = new URL(`${settings.baseUrl}/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = {
      accept: `${scimJson}, application/json;q=0.9`,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': scimJson }),
      ...(version === undefined ? {} : { 'if-match': version }),
    };
    const init = { method, headers, dispatcher, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const { response, text } = await boundedFetch(url, init, answerMs, [closing.signal, ...(signal ? [signal] : [])]);
    return {
      status: response.status,
      // What repeats the token is not read: it would stand in names and ids that are shown and recorded.
      body: text.includes(token) ? undefined : parsed(text),
      version: entityTag(response.headers.get('etag')),
      waitMs: retryAfterMs(response.headers.get('retry-after')),
    };
  }

  /** Waits where the server has asked for it. */
  async function ask(request: Request): Promise<Answer> {
    let isRenewed = false;
    for (let attempt = 1; ; attempt++) {
      await quiet(request.signal);
      const token = await tokens.current();
      request.signal?.throwIfAborted();
      if (closing.signal.aborted) throw new Error('the connection to the SCIM server was closed');
      if (request.latestMs !== undefined && Date.now() > request.latestMs)
        throw new SystemUnavailable('the change was not sent, because too much time has passed since it was decided');
      const answer = await send(request, token);
      if (answer.status === 401 && !isRenewed && tokens.refused(token)) {
        isRenewed = true;
        continue;
      }
      // After 503, a change may have happened all the same.
      if (answer.status !== 429 && (answer.status !== 503 || request.method !== 'GET')) return answer;
      const waitMs = answer.waitMs ?? 250 * 2 ** attempt * (1 + Math.random());
      quietUntilMs = Math.max(quietUntilMs, Date.now() + Math.min(waitMs, longestQuietMs));
      if (attempt === attempts) throw new SystemUnavailable(statusWords(answer));
    }
  }

  async function quiet(signal?: AbortSignal): Promise<void> {
    const waitMs = quietUntilMs - Date.now();
    if (waitMs > waitedMs) throw new SystemUnavailable(`the SCIM server asks to be left alone for ${Math.ceil(waitMs / 1_000)} seconds`);
    const ends = signal ? AbortSignal.any([closing.signal, signal]) : closing.signal;
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: ends }).catch(() => undefined);
  }

  async function question(path: string, query: Record<string, string> = {}): Promise<Answer> {
    try {
      return await ask({ method: 'GET', path, query });
    } catch (error) {
      throw closing.signal.aborted ? error : notReached(error, 'the SCIM server');
    }
  }

  return {
    get: async (path, what, query) => {
      const answer = await question(path, query);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw notAnswered(what, answer);
      if (!answer.body) throw new SystemUnavailable(`${what} could not be read: the SCIM server did not answer a JSON object`);
      return { body: answer.body, version: answer.version };
    },
    patch: async (path, operations, version, latestMs) => {
      try {
        const answer = await ask({ method: 'PATCH', path, body: { schemas: [patchSchema], Operations: operations }, version, latestMs });
        if (answer.status === 200 || answer.status === 204) return { is: 'done' };
        if (answer.status === 412) return { is: 'stale' };
        // Tokens are rotated while Rolewave works.
        if (answer.status === 401) throw new SystemUnavailable(statusWords(answer));
        // A redirect is no refusal by the server that would have done it.
        return answer.status >= 400 && answer.status < 500 && answer.status !== 408 ? { is: 'refused', answer } : lostOr501(answer);
      } catch (error) {
        const words = notReached(error, 'the SCIM server');
        if (error instanceof SystemUnavailable || wasNotSent(error)) throw words;
        return { is: 'lost', why: words.message };
      }
    },
    send: async (request) => {
      try {
        return await ask(request);
      } catch (error) {
        throw closing.signal.aborted ? error : notReached(error, 'the SCIM server');
      }
    },
    facts: async (fresh = false) => {
      if (!fresh && known && known.untilMs > Date.now()) return known.facts;
      const answer = await question('ServiceProviderConfig');
      if (answer.status !== 200 && answer.status !== 404 && answer.status !== 501) throw notAnswered('what the SCIM server can do', answer);
      const facts = factsIn(answer.status === 200 ? answer.body : undefined);
      known = { facts, untilMs: Date.now() + factsMs };
      return facts;
    },
    close: () => {
      closing.abort(new Error('the connection to the SCIM server was closed'));
      void dispatcher.destroy();
    },
  };
}

const lostOr501 = (answer: Answer): Patched => (answer.status === 501 ? { is: 'refused', answer } : { is: 'lost', why: statusWords(answer) });

function parsed(text: string): Resource | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isResource(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | null, nowMs = Date.now()): number | undefined {
  if (header === null) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function factsIn(config: Resource | undefined): ServerFacts {
  if (!config) return { isSilent: true, patches: true, filters: true, versions: false };
  const offers = (what: string): boolean => {
    const part = valueOf(config, what);
    return isResource(part) && valueOf(part, 'supported') === true;
  };
  return { isSilent: false, patches: offers('patch'), filters: offers('filter'), versions: offers('etag') };
}
