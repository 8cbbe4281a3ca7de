/**
 * /sign-in and /sign-out, for people with a browser: at the organization's provider where one is set, and otherwise, in a demonstration, by picking a person on
 * this machine. Pages of HTML without script; every error is a page too.
 */
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { clientAddress } from '../client-address.ts';
import { Problem } from '../errors.ts';
import { fromThisMachine } from '../loopback.ts';
import { handler } from '../pages/handler.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { Services } from '../route.ts';
import { cookieOf } from '../sessions/public-address.ts';
import { isFromOurPages } from '../sessions/same-origin.ts';
import { lostTrack, notAPerson, notKept, SignInFailure } from './failure.ts';
import { html, page } from './html.ts';
import { localPath } from './local-path.ts';
import { pickerPage } from './picker.ts';
import { callbackPath, type Provider } from './provider.ts';

const styleFile = fileURLToPath(new URL('style.css', import.meta.url));
const form = express.urlencoded({ extended: false, limit: 4_096 });
/** How long somebody may take at the provider. */
const begunMs = 10 * 60_000;
const kept = z.strictObject({ state: z.string(), nonce: z.string(), verifier: z.string(), to: z.string(), atMs: z.number() });
const ofSignIn = 'a sign-in that began';

export function signInRoutes(services: Services, rates: RateLimits): Router {
  const { address, authentication, cursors, demoTokens, people, provider, sessions } = services;
  const router = express.Router({ caseSensitive: true, strict: true });
  const comesBackFirst = onceEach();

  const cookie = (response: Response, name: string, value: string, forMs: number) =>
    response.cookie(name, value, { httpOnly: true, sameSite: 'lax', path: '/', secure: name.startsWith('__Host-'), maxAge: forMs, encode: String });
  const clear = (response: Response, name: string) =>
    response.clearCookie(name, { httpOnly: true, sameSite: 'lax', path: '/', secure: name.startsWith('__Host-') });

  /** The cookie's name. Throws for a request that addresses this endpoint by a name that is not its own. */
  function ownCookie(request: Request, what?: string): string {
    const name = address.cookieName(request, what);
    if (name === undefined)
      throw new SignInFailure(
        403,
        'This is not the address of Rolewave',
        `Your browser asks for '${(request.get('host') ?? '').slice(0, 100)}'.`,
        'Open it as http://127.0.0.1 or http://localhost on the machine that runs it. If others use it too, the people who run it set ROLEWAVE_PUBLIC_URL to its https address.',
        false,
      );
    return name;
  }

  async function beginSession(request: Request, response: Response, tokens: { identity: string; refresh?: string | undefined }): Promise<void> {
    const name = ownCookie(request);
    const before = cookieOf(request, name);
    cookie(response, name, await sessions.begin(tokens, before), sessions.lifetimeMs);
  }

  const ofOurPages: RequestHandler = (request, _response, next) => {
    if (!isFromOurPages(request, address)) throw new Problem('cross-site', 'The request does not come from a page of this endpoint.');
    next();
  };
  const limited: RequestHandler = async (request, _response, next) => {
    await rates.ofBrowser(clientAddress(request));
    next();
  };
  const onThisMachine: RequestHandler = (request, _response, next) => {
    if (!fromThisMachine(request))
      throw new SignInFailure(
        403,
        'Signing in without an identity provider is for this machine only',
        'Your request comes from elsewhere, through a proxy, or uses another host name.',
        'Open http://127.0.0.1 or http://localhost on the machine that runs Rolewave, or let the people who run it set an identity provider.',
        false,
      );
    next();
  };

  const counted: RequestHandler = async (request, _response, next) => {
    await rates.ofLeaving(clientAddress(request));
    next();
  };
  // Each begins something: a cookie, a look at the provider or at who there is.
  router.get(['/sign-in', '/sign-in/done', '/sign-out', '/sign-in/style.css'], counted);
  router.get('/sign-in/style.css', (_request, response) => response.set('Cache-Control', 'no-cache').sendFile(styleFile));
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });

  if (provider) atTheProvider(provider);
  else if (demoTokens) byPicking(demoTokens);
  else router.get('/sign-in', () => notSet());

  const askBeforeSignOut = handler(async (request, response) => {
    const name = address.cookieName(request);
    const signedIn = name !== undefined && cookieOf(request, name) !== undefined;
    response.send(signedIn ? page('Sign out?', signOutForm) : page('You are signed out', signInAgain));
  });
  router.get('/sign-out', askBeforeSignOut);
  const signOut = handler(async (request, response) => {
    const name = ownCookie(request);
    const secret = cookieOf(request, name);
    const tokens = secret === undefined ? undefined : await sessions.end(secret);
    clear(response, name);
    // One that ends a session costs nothing: nobody who guesses can keep another person of the same address signed in.
    if (tokens === undefined) await rates.ofBrowser(clientAddress(request));
    if (!provider) return response.redirect(303, '/sign-in');
    const there = tokens && (await provider.signOutUrl(tokens));
    if (there === undefined)
      return response.send(
        page(
          'You are signed out',
          html`<p>You may still be signed in at ${provider.name}.</p>
            ${signInAgain}`,
        ),
      );
    // Not a redirect: browsers hold the policy for forms against those too, and it names no other site.
    response.set('Refresh', `0; url=${there}`).send(
      page(
        'Signing out',
        html`<p>You are signed out of Rolewave. ${provider.name} signs you out next.</p>
          <p><a class="button" href="${there}">Go on to ${provider.name}</a></p>`,
      ),
    );
  });
  router.post('/sign-out', ofOurPages, signOut);
  return router;

  function byPicking(tokens: NonNullable<Services['demoTokens']>): void {
    const show = async (request: Request, response: Response, status: number, to: string, mistake?: string) => {
      const current = await authentication.ofPage(request).catch(() => undefined);
      const found = [...(await people()).values()];
      response.status(status).send(pickerPage({ people: found, to, current: current?.caller.id, ...(mistake === undefined ? {} : { mistake }) }));
    };
    router.get(
      '/sign-in',
      onThisMachine,
      handler((request, response) => show(request, response, 200, localPath(request.query['to']))),
    );
    const pick = handler(async (request, response) => {
      const { person, to } = (request.body ?? {}) as Record<string, unknown>;
      if (typeof person !== 'string' || !(await people()).has(person))
        return show(
          request,
          response,
          422,
          localPath(to),
          `${typeof person === 'string' && person !== '' ? `'${person.slice(0, 100)}' is neither in an applied plan nor in the site file` : 'Nobody was picked'}. Pick one of these people.`,
        );
      await beginSession(request, response, { identity: await tokens.issueForSession(person, sessions.lifetimeMs) });
      response.redirect(303, localPath(to));
    });
    router.post('/sign-in', limited, onThisMachine, ofOurPages, form, pick);
  }

  function atTheProvider(there: Provider): void {
    const leave = handler(async (request, response) => {
      const to = localPath(request.query['to']);
      const name = ownCookie(request, 'sign-in');
      // On loopback the provider knows one of this machine's names; a cookie of another one would not come back.
      if (address.originOf(request) !== new URL(there.publicUrl).origin)
        return response.redirect(302, `${there.publicUrl}/sign-in?to=${encodeURIComponent(to)}`);
      const { url, begun } = await there.begin();
      cookie(response, name, cursors.seal({ ...begun, to, atMs: Date.now() }, ofSignIn), begunMs);
      response.redirect(302, url);
    });
    router.get('/sign-in', leave);
    const comeBack = handler(async (request, response) => {
      const name = ownCookie(request, 'sign-in');
      const begun = begunIn(cookieOf(request, name));
      // Once: what comes after a failure begins anew.
      clear(response, name);
      // A sign-in that began here and comes back for the first time does not count: nobody who makes up others can stop it.
      const isFirst = begun !== undefined && comesBackFirst(begun.state);
      if (!isFirst) await rates.ofBrowser(clientAddress(request));
      // The provider is asked once about each that began, and an answer with another state is none.
      if (!isFirst || request.query['state'] !== begun.state) throw lostTrack();
      const { to, atMs: _, ...expected } = begun;
      const wasGood = await rates.ofCode(clientAddress(request));
      const tokens = await there.finish(request.originalUrl.split('?').slice(1).join('?'), expected);
      await wasGood();
      try {
        await beginSession(request, response, tokens);
      } catch (error) {
        throw error instanceof Problem && error.code === 'bad-token' ? notAPerson(error.message) : error;
      }
      response.redirect(303, `/sign-in/done?to=${encodeURIComponent(localPath(to))}`);
    });
    router.get(callbackPath, comeBack);
    const arrive = handler(async (request, response) => {
      // A browser that keeps no cookies would be sent to the provider and back for ever.
      const found = await authentication.ofPage(request).catch(async (error: unknown) => {
        await rates.ofBrowser(clientAddress(request));
        throw error;
      });
      if (!found) throw notKept();
      response.redirect(303, localPath(request.query['to']));
    });
    router.get('/sign-in/done', arrive);
  }

  /** What `leave` sealed, no longer ago than people may take. Nobody can make one up. */
  function begunIn(value: string | undefined): z.output<typeof kept> | undefined {
    const read = kept.safeParse(cursors.open(value ?? '', ofSignIn));
    return read.success && Date.now() - read.data.atMs < begunMs ? read.data : undefined;
  }
}

/** Answers true once for each state, as long as its cookie lives. */
function onceEach(): (state: string) => boolean {
  const seen = new Map<string, number>();
  return (state) => {
    for (const [old, atMs] of seen) {
      if (Date.now() - atMs < begunMs) break;
      seen.delete(old);
    }
    if (seen.has(state)) return false;
    seen.set(state, Date.now());
    return true;
  };
}

function notSet(): never {
  throw new SignInFailure(
    404,
    'Signing in with a browser is not set up',
    'This endpoint accepts tokens from your identity provider but is not registered there as a client.',
    'The people who run Rolewave set ROLEWAVE_IDENTITY_CLIENT_ID, ROLEWAVE_IDENTITY_CLIENT_SECRET and ROLEWAVE_PUBLIC_URL. Until then, use the command or the HTTP API with a token.',
    false,
  );
}

const signInAgain = html`<p><a class="button" href="/sign-in">Sign in</a></p>`;
const signOutForm = html`<form method="post" action="/sign-out"><button class="button">Sign out</button></form>`;
