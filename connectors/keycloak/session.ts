/**
 * Requests to Keycloak's admin API in the name of Rolewave: signed in, renewed, sorted into 'try again' (SystemUnavailable) and 'Keycloak refuses'
 * (KeycloakRefused).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import { failureOf, isAbsent, KeycloakRefused, readAs } from './answers.ts';
import { openHttp, type HttpAnswer, type HttpLimits, type HttpRequest } from './http.ts';
import type { KeycloakSettings } from './settings.ts';
import { readToken, tokenRequest, type Token } from './token.ts';

export type Query = Record<string, string | number | boolean>;

export interface Asked {
  /** For people, as the beginning of a sentence: what could not be done when it fails. */
  about: string;
  /** Below the realm; each part is one segment. */
  path: string[];
  query?: Query | undefined;
  signal?: AbortSignal | undefined;
}

export interface Sent extends Asked {
  method: 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  /** In the name of this token and of no other: with another one, what nobody waits for any more could still happen. */
  token?: Token;
}

export interface KeycloakSession {
  /** undefined: there is no such thing. */
  find<T>(asked: Asked, schema: z.ZodType<T>): Promise<T | undefined>;
  /** Rejects where there is no such thing. */
  get<T>(asked: Asked, schema: z.ZodType<T>): Promise<T>;
  send(sent: Sent): Promise<HttpAnswer>;
  /** Whose name Rolewave has, with a token that holds for a while. */
  token(): Promise<Token>;
  /** Of Keycloak; undefined: it does not show it to this login. */
  version(): Promise<string | undefined>;
  /** By Keycloak's clock, as far as its answers told it. */
  nowMs(): number;
  close(): void;
}

/** Waited for, where Keycloak says for how long. */
const mostWaitMs = 5_000;

export function openKeycloakSession(settings: KeycloakSettings, limits?: HttpLimits): KeycloakSession {
  const http = openHttp(settings.caFile, limits);
  let clockAheadMs = 0;
  let current: Promise<Token> | undefined;

  async function ask(request: HttpRequest): Promise<HttpAnswer> {
    if (settings.tls === 'required' && request.url.protocol !== 'https:')
      throw new Error(
        'its address is http://, which shows secrets to the network: use https://, or write `tls: none` into the site file where Keycloak is on the same machine',
      );
    const answer = await http.ask(request);
    const told = Date.parse(answer.headers.date ?? '');
    if (Number.isFinite(told)) clockAheadMs = told - Date.now();
    return answer;
  }

  async function signIn(): Promise<Token> {
    const url = new URL(`${settings.baseUrl}/realms/${encodeURIComponent(settings.signInRealm)}/protocol/openid-connect/token`);
    const answer = await ask({ method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: tokenRequest(settings) });
    return readToken(answer, settings);
  }

  /** `not`: one that Keycloak no longer accepts. */
  async function token(not?: Token): Promise<Token> {
    const mine = (current ??= signIn());
    try {
      const found = await mine;
      if (found !== not && found.renewMs > Date.now()) return found;
    } catch (error) {
      if (current === mine) current = undefined;
      throw error;
    }
    if (current === mine) current = signIn();
    const renewing = current ?? signIn();
    try {
      return await renewing;
    } catch (error) {
      if (current === renewing) current = undefined;
      throw error;
    }
  }

  async function authorized({ about, path, query = {}, signal, ...sent }: Asked & Partial<Sent>): Promise<HttpAnswer> {
    const url = new URL(`${settings.baseUrl}/admin/realms/${[settings.realm, ...path].map(segment).join('/')}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const body = sent.body === undefined ? undefined : JSON.stringify(sent.body);
    let mine = sent.token ?? (await token());
    for (let attempt = 1; ; attempt++) {
      const headers = { authorization: `Bearer ${mine.text}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const answer = await ask({ method: sent.method ?? 'GET', url, headers, body, signal }).catch((error: unknown) => {
        throw error instanceof SystemUnavailable ? new SystemUnavailable(`${about}: ${error.message}`, { cause: error.cause }) : error;
      });
      if (attempt === 2 || sent.token) return answer;
      const waitMs = answer.status === 429 || answer.status === 503 ? retryAfterMs(answer.headers['retry-after']) : undefined;
      if (answer.status === 401) mine = await token(mine);
      else if (waitMs !== undefined && waitMs <= mostWaitMs) {
        await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => undefined);
        signal?.throwIfAborted();
      } else return answer;
    }
  }

  const isOk = ({ status }: HttpAnswer) => status >= 200 && status < 300;
  const find: KeycloakSession['find'] = async (asked, schema) => {
    if (asked.path.some((part) => part === '' || part === '.' || part === '..')) return undefined;
    const answer = await authorized(asked);
    if (isAbsent(answer)) return undefined;
    if (!isOk(answer)) throw failureOf(asked.about, answer);
    return readAs(asked.about, schema, answer);
  };

  return {
    find,
    get: async (asked, schema) => {
      const answer = await authorized(asked);
      if (!isOk(answer)) throw failureOf(asked.about, answer);
      return readAs(asked.about, schema, answer);
    },
    send: async (sent) => {
      const answer = await authorized(sent);
      if (isOk(answer)) return answer;
      // With a token of the caller's, 'not let in' is an answer to this request: it was not done.
      if (sent.token && answer.status === 401) throw new KeycloakRefused(401, `${sent.about}: its token has ended (401)`);
      throw failureOf(sent.about, answer);
    },
    token: () => token(),
    version: async () => {
      const { text } = await token();
      const answer = await ask({ method: 'GET', url: new URL(`${settings.baseUrl}/admin/serverinfo`), headers: { authorization: `Bearer ${text}` } });
      if (!isOk(answer)) return undefined;
      return readAs('the version of Keycloak cannot be read', infoSchema, answer).systemInfo?.version;
    },
    nowMs: () => Date.now() + clockAheadMs,
    close: () => http.close(),
  };
}

/** Logins that may not see the system are shown the rest. */
const infoSchema = z.object({ systemInfo: z.object({ version: z.string().max(100).optional() }).optional() });

/** In seconds; a date is longer than Rolewave waits here. */
const retryAfterMs = (header: string | undefined): number | undefined =>
  header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1_000 : undefined;

/** What would be another address is no name and no id of anything. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new KeycloakRefused(404, `'${text}' is no name in Keycloak`);
  return encodeURIComponent(text);
}
