/**
 * What a page will ask first, put into the document: the first thing that a person sees is the content. It is data in an element of type application/json, which
 * runs nothing and which the policy against inline scripts allows. What takes too long is left out, and the page asks for it.
 */
import type { Request } from 'express';
import { readsNothing } from '../../domain/authority/who-reads.ts';
import { routes as board } from '../board/route.ts';
import { routes as calendar } from '../calendar/route.ts';
import { fromThisMachine } from '../loopback.ts';
import { routes as me } from '../me/route.ts';
import type { Asked, Services } from '../route.ts';
import type { SignedIn } from '../sessions/authenticate.ts';

const withinMs = 600;

/** By the path of the page, beside who they are. */
const firstAsked: Record<string, string[]> = { '/': ['/v1/board'], '/waves': ['/v1/calendar'] };

/** The document with the answers; without those that fail or take too long. */
export async function withAnswers(document: string, request: Request, signedIn: SignedIn, services: Services): Promise<string> {
  const paths = ['/v1/me', ...(firstAsked[request.path] ?? [])];
  const answers = await Promise.all(paths.map(async (path) => [path, await answerWithin(path, request, signedIn, services)] as const));
  const found = Object.fromEntries(answers.filter(([, answer]) => answer !== undefined));
  // Nothing in it may end the element.
  const json = JSON.stringify(found).replaceAll('<', String.raw`\u003c`);
  return document.replace('</body>', () => `<script type="application/json" id="shipped">${json}</script></body>`);
}

async function answerWithin(path: string, request: Request, signedIn: SignedIn, services: Services): Promise<unknown> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), withinMs);
  const answer = answerOf(path, request, signedIn, services).catch(() => undefined);
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function answerOf(path: string, request: Request, signedIn: SignedIn, services: Services): Promise<unknown> {
  const route = [...board, ...calendar, ...me].find((each) => each.path === path);
  if (!route) return undefined;
  const asked: Asked<unknown, unknown> = {
    params: {},
    query: route.query?.parse({}),
    body: undefined,
    by: signedIn.caller.id,
    caller: signedIn.caller,
    signedIn,
    stillSignedIn: async () => true,
    reading: readsNothing(''),
    header: (name) => request.get(name),
    fromThisMachine: fromThisMachine(request),
  };
  const { status, body } = await route.handle(asked, services);
  return status === 200 ? body : undefined;
}
