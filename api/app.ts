/**
 * The express app. Every route works the same way: log → authenticate → check the address and the query → read and check the body → check who may read it →
 * handle → answer.
 * Every error is answered as problem+json.
 */
import { randomUUID } from 'node:crypto';
import express from 'express';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { pinoHttp } from 'pino-http';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { plainMistake } from '../domain/plain-data.ts';
import { isSameCaller } from '../domain/site/caller.ts';
import { appliesUnder } from '../domain/site/rights.ts';
import { mistakesOf } from './form-mistakes.ts';
import { Problem, catalog, problemJson } from './errors.ts';
import { clientAddress } from './client-address.ts';
import { fromThisMachine, isHost } from './loopback.ts';
import { servedOpenApi } from './served-openapi.ts';
import { pageRoutes } from './pages/routes.ts';
import { securityHeaders } from './pages/security-headers.ts';
import { createRateLimits } from './rate-limits.ts';
import { readingFor } from './reads.ts';
import { letGo } from './live/let-go.ts';
import { ResponseOutlet } from './live/outlet.ts';
import { disconnectUnlessRead, requestsAtOnce, usuallyReadWithinMs, type RequestsAtOnce } from './requests-at-once.ts';
import type { SignedIn } from './sessions/authenticate.ts';
import { failureOf, failurePage, SignInFailure } from './sign-in/failure.ts';
import { signInRoutes } from './sign-in/routes.ts';
import type { Asked, Route, Services } from './route.ts';
import { checkedIds } from './target.ts';
import { asking } from '../store/shares.ts';
import { StoreUnreachable } from '../store/unreachable.ts';
import { isUnreachable } from './engine.ts';
import { unreadAnswers, type UnreadAnswers } from './unread-answers.ts';
import { whenClosed } from './when-closed.ts';

const messageBytes = 32_768;
/** In every answer to an authenticated request: the person for whom the endpoint takes the caller. */
const personHeader = 'X-Rolewave-Person';

const nobody: SignedIn = { caller: { id: '', groups: [] }, how: 'token' };

/** `trustedProxies`: addresses and networks whose X-Forwarded-For counts. */
export function createApp(routes: Route[], services: Services, trustedProxies: string[] = []): Express {
  const rates = createRateLimits(() => services.site.now().limits);
  const atOnce = requestsAtOnce();
  const unread = unreadAnswers();
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  app.set('etag', false);
  app.set('trust proxy', trustedProxies);
  app.use(requestLog(services.log));
  app.use(securityHeaders());
  app.use(untilRead(services));
  app.use(headersAreKnown);
  for (const route of routes) app[route.method](route.path, ...bodyReaders(route), answering(route, services, atOnce, unread));
  const countOpen: RequestHandler = async (request, _response, next) => {
    await rates.ofOpen(clientAddress(request));
    next();
  };
  app.get('/openapi.json', countOpen, servedOpenApi(routes));
  for (const path of new Set([...routes.map((route) => route.path), '/openapi.json'])) app.route(path).all(countOpen, wrongMethod(routes, path));
  app.use(signInRoutes(services, rates));
  app.use(pageRoutes(services, rates, atOnce));
  app.use(countOpen, (request) => {
    throw new Problem('no-such-route', `No route for ${request.method} ${request.path.slice(0, 200)}.`);
  });
  app.use(problemAnswer(services.log));
  return app;

  async function signedIn(request: Request): Promise<SignedIn> {
    try {
      return await services.authentication.of(request);
    } catch (error) {
      // After the token or the session: nobody can keep another person of the same address away.
      await rates.ofAddress(clientAddress(request));
      throw error;
    }
  }

  function bodyReaders(route: Route): RequestHandler[] {
    // The body of an unauthenticated request is not read.
    const authenticated: RequestHandler = async (request, response, next) => {
      // Its body is not read either.
      const missing = route.missing?.(services);
      if (missing !== undefined) throw new Problem('no-such-route', missing);
      const found = route.reads === 'anyone' ? nobody : await signedIn(request);
      const { caller } = found;
      response.locals.signedIn = found;
      // What one person was shown must not stay in a browser that the next one uses.
      if (found.how !== 'token') response.set('Cache-Control', 'no-store');
      // Health checks must be answered.
      if (route.reads !== 'anyone') await rates.ofPerson(caller.id, route);
      else if (route.method === 'post') await rates.ofAddress(clientAddress(request));
      // Which claim of a token names the person is a setting of the endpoint.
      if (route.reads !== 'anyone') response.set(personHeader, caller.id);
      next();
    };
    if (!route.body) return [authenticated];
    const limit = route.bodyLimit ?? messageBytes;
    return route.body === 'yaml' ? [authenticated, express.raw({ type: () => true, limit })] : [authenticated, onlyJson, express.json({ limit, strict: true })];
  }
}

/** Ids, methods, paths, status and time: no headers, queries or bodies, so no tokens and no reasons that people wrote. */
function requestLog(log: Logger): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (request, response) => {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    wrapSerializers: false,
    serializers: {
      req: (request: { id: string; method?: string; url?: string }) => ({ id: request.id, method: request.method, path: request.url?.split('?')[0] }),
      res: (response: { statusCode: number }) => ({ status: response.statusCode }),
    },
    customLogLevel: (_request, response, error) => (error || response.statusCode >= 500 ? 'error' : response.statusCode >= 400 ? 'warn' : 'info'),
    customErrorMessage: (_request, response) => `answered ${response.statusCode}`,
    customErrorObject: (_request, _response, _error, value) => {
      const { err: _err, ...rest } = value as Record<string, unknown>;
      return rest;
    },
    autoLogging: { ignore: (request) => request.url === '/healthz' || request.url === '/readyz' },
  }) as RequestHandler;
}

/** An answer that is not read within its time ends its connection, whatever answers. A stream is not over when its headers are sent, and says so. */
function untilRead({ readWithinMs = usuallyReadWithinMs }: Services): RequestHandler {
  return (_request, response, next) => {
    // It is over for the client; what is still written to it is nobody's fault.
    response.on('error', destroyIt);
    const { writeHead } = response;
    // Every answer begins here: one of a route, of a page, or a file.
    response.writeHead = ((...head: Parameters<typeof writeHead>) => {
      if (response.get('content-type')?.startsWith(eventStream) !== true) disconnectUnlessRead(response, readWithinMs);
      return writeHead.apply(response, head);
    }) as typeof writeHead;
    next();
  };
}

function destroyIt(this: Response): void {
  this.destroy();
}

const eventStream = 'text/event-stream';

const headersAreKnown: RequestHandler = (request, response, next) => {
  const { host, expect } = request.headers;
  if (expect !== undefined && !expects.test(expect)) {
    // The body that a client holds back until it is told otherwise never comes.
    response.set('Connection', 'close');
    throw new Problem('expectation-failed', `The header Expect is '${expect.slice(0, 100)}'.`);
  }
  // RFC 9112, 3.2.
  if (host === undefined && request.httpVersion === '1.1') throw new Problem('unreadable-request', 'The header Host is missing.');
  if ((request.headersDistinct.host?.length ?? 0) > 1) throw new Problem('unreadable-request', 'The header Host is there more than once.');
  if (host && !isHost(host)) throw new Problem('unreadable-request', `The header Host is '${host.slice(0, 100)}', which is not a valid host name.`);
  next();
};

const expects = /^100-continue$/i;

const onlyJson: RequestHandler = (request, _response, next) => {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (hasBody && !request.is('application/json'))
    throw new Problem('wrong-content-type', `The body is ${request.get('content-type')?.slice(0, 100) ?? 'of no type'}.`);
  next();
};

function answering(route: Route, services: Services, atOnce: RequestsAtOnce, unread: UnreadAnswers): RequestHandler {
  return async (request: Request, response: Response) => {
    const signedIn = response.locals.signedIn as SignedIn;
    const gone = new AbortController();
    // They may have left while they were authenticated, or while they waited for their turn.
    whenClosed(response, () => gone.abort());
    const endTurn = await turnOf(signedIn.caller.id, atOnce, gone.signal);
    if (!endTurn) return;
    // Somebody who leaves has not ended what they asked for.
    const endedWith = bothEnd(endTurn);
    whenClosed(response, endedWith.answer);
    try {
      if (!gone.signal.aborted)
        await asking(signedIn.caller.id, () => answer(request, response, { route, services, signedIn, gone: gone.signal, endTurn, unread }));
    } finally {
      endedWith.work();
    }
  };
}

/** `end` is called once both the work and its answer have ended. */
function bothEnd(end: () => void): { work: () => void; answer: () => void } {
  const open = new Set(['work', 'answer']);
  const ended = (which: string) => () => {
    if (open.delete(which) && open.size === 0) end();
  };
  return { work: ended('work'), answer: ended('answer') };
}

interface Answering {
  route: Route;
  services: Services;
  signedIn: SignedIn;
  gone: AbortSignal;
  endTurn: () => void;
  unread: UnreadAnswers;
}

async function answer(request: Request, response: Response, { route, services, signedIn, gone, endTurn, unread }: Answering): Promise<void> {
  const asked: Omit<Asked<unknown, unknown>, 'reading'> = {
    params: checkedIds(request.params as Record<string, string>),
    query: route.query ? inForm(route.query, request.query, 'the query') : undefined,
    body: bodyIn(route, request),
    by: signedIn.caller.id,
    caller: signedIn.caller,
    signedIn,
    // What goes on by itself keeps no session from becoming idle.
    stillSignedIn: async () => isSameCaller((await services.authentication.of(request, false)).caller, signedIn.caller),
    gone,
    header: (name) => request.get(name),
    fromThisMachine: fromThisMachine(request),
  };
  // What a message has done is told.
  if (route.method === 'get') unread.refuseIfFull(asked.by);
  const reading = await readingFor(route.reads, asked, services);
  // Anyone who sends plans waits for their own.
  const forThis = route.body === 'yaml' ? { ...services, plans: services.plans.of(asked.by, appliesUnder(services.site.now(), asked.caller)) } : services;
  const { status, body, json, headers = {}, stream } = await route.handle({ ...asked, reading }, forThis);
  response.status(status).set(headers);
  if (!stream) {
    const text = json ?? (JSON.stringify(body) as string | undefined) ?? '';
    unread.add(asked.by, response, text.length);
    return void response.type('application/json').send(text);
  }
  // Streams have limits of their own (live/streams.ts).
  endTurn();
  response.type(route.answers[status]?.type ?? 'text/plain').flushHeaders();
  letGo(request, response);
  await stream(new ResponseOutlet(response, services.readWithinMs ?? usuallyReadWithinMs));
}

/** Undefined: nobody waits for the answer any more. Open routes take no turns. */
async function turnOf(person: string, atOnce: RequestsAtOnce, gone: AbortSignal): Promise<(() => void) | undefined> {
  if (person === '') return () => undefined;
  try {
    return await atOnce.turn(person, gone);
  } catch (error) {
    if (gone.aborted) return undefined;
    throw error;
  }
}

function bodyIn(route: Route, request: Request): unknown {
  if (!route.body) return undefined;
  if (route.body === 'yaml') return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
  const sent: unknown = request.body ?? {};
  // JSON.parse makes it an own property, which schemas would silently ignore.
  if (typeof sent === 'object' && sent !== null && Object.hasOwn(sent, '__proto__'))
    throw new Problem('malformed', 'The body contains the field __proto__, which is not allowed.');
  const mistake = plainMistake(sent, 'the body');
  if (mistake !== undefined) throw new Problem('malformed', `${mistake.charAt(0).toUpperCase()}${mistake.slice(1)}.`);
  return inForm(route.body, sent, 'the body');
}

function inForm<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  // The answer names fewer; nobody waits until a hundred thousand are written.
  const mistakes = read.error.issues.slice(0, mostIssues).flatMap((issue) => mistakesOf(issue, schema));
  throw new Problem(
    'malformed',
    mistakes
      .map(({ path, message }) => `${path || what}: ${message}`)
      .slice(0, 5)
      .join('; '),
    { mistakes },
  );
}

const mostIssues = 1_000;

function wrongMethod(routes: Route[], path: string): RequestHandler {
  const methods = path === '/openapi.json' ? ['GET'] : routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  return (request, response) => {
    response.set('Allow', methods.join(', '));
    throw new Problem('wrong-method', `This address does not support ${request.method}. Use ${methods.join(' or ')}.`);
  };
}

function problemAnswer(log: Logger) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    if (response.headersSent) return next(error);
    if (error instanceof SignInFailure) {
      log.warn({ err: error, ...(error.said === undefined ? {} : { said: error.said }), requestId: request.id }, error.title);
      return void response.status(error.status).send(failurePage(error));
    }
    const problem = problemOf(error);
    const { status } = catalog[problem.code];
    if (status >= 500) log.error({ err: error, requestId: request.id }, problem.code);
    if (status === 401) response.set('WWW-Authenticate', 'Bearer realm="rolewave"');
    if (status === 503) response.set('Retry-After', '5');
    if (status === 429) response.set('Retry-After', `${Number(problem.more['retryAfterSeconds'] ?? 900)}`);
    if (isForPage(request)) return void response.status(status).send(failurePage(failureOf(problem)));
    response
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify(problemJson(problem, response.get('X-Request-Id') ?? '')));
  };
}

/** From somebody with a browser, who reads a page and not JSON. */
const isForPage = (request: Request): boolean => !request.path.startsWith('/v1') && request.accepts(['json', 'html']) === 'html';

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { type, status, code } = (error ?? {}) as { type?: string; status?: number; code?: string };
  if (type === 'entity.parse.failed') return new Problem('not-json', 'The body cannot be read as JSON.');
  if (type === 'entity.too.large') return new Problem('too-large', 'The body is larger than this address accepts.');
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new Problem('unreadable-request', 'The address, a header or the encoding of the request cannot be read.');
  if (error instanceof StoreUnreachable || isStoreDown(code)) return new Problem('store-unreachable', 'PostgreSQL did not answer.');
  if (isUnreachable(error)) return new Problem('engine-unreachable', 'The Temporal server did not answer in time.');
  return new Problem('internal', 'The endpoint failed; the request is not at fault.');
}

/** PostgreSQL's classes 08 (connection) and 57P (shutdown), and what sockets say. */
const isStoreDown = (code: unknown): boolean =>
  typeof code === 'string' && (/^(08|57P)/.test(code) || ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'EPIPE'].includes(code));
