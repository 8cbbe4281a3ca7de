/**
 * What a page will ask first, put into the document: the first thing that a person sees is the content. It is data in an element of type application/json, which
 * runs nothing and which the policy against inline scripts allows. What takes too long is left out, and the page asks for it; it takes a turn of the person, as
 * that question will, until it has ended.
 */
import type { Request } from 'express';
import { isId } from '../../domain/plan/fields.ts';
import { routes as board } from '../board/route.ts';
import { routes as calendar } from '../calendar/route.ts';
import { idOfNow } from '../live/position.ts';
import { fromThisMachine } from '../loopback.ts';
import { routes as leadership } from '../leadership/route.ts';
import { routes as me } from '../me/route.ts';
import { routes as packages } from '../packages/read/route.ts';
import { routes as systems } from '../systems/route.ts';
import { readingFor } from '../reads.ts';
import type { RequestsAtOnce } from '../requests-at-once.ts';
import type { Asked, Services } from '../route.ts';
import type { SignedIn } from '../sessions/authenticate.ts';
import { asking } from '../../store/shares.ts';

const withinMs = 600;

const ofPackage = /^\/(?:packages|requests)\/([^/]+)\/([^/]+)\/([^/]+)$/;

/** By the path of the page, beside who they are. */
function firstAsked(page: string): First[] {
  if (page === '/') return [{ route: '/v1/board', path: '/v1/board', params: {} }];
  if (page === '/waves') return [{ route: '/v1/calendar', path: '/v1/calendar', params: {} }];
  if (page === '/leadership') return [{ route: '/v1/leadership', path: '/v1/leadership', params: {} }];
  if (page === '/systems') return [{ route: '/v1/systems', path: '/v1/systems', params: {} }];
  const [, ...parts] = ofPackage.exec(page) ?? [];
  const [plan = '', wave = '', id = ''] = parts;
  // A plan's ids have no character that an address would write otherwise.
  if (!isId(plan) || !isId(wave) || !isId(id)) return [];
  return [{ route: '/v1/packages/:plan/:wave/:package', path: `/v1/packages/${plan}/${wave}/${id}`, params: { plan, wave, package: id } }];
}

/** What is asked, as the page will ask it. */
interface First {
  /** Its path, as the route declares it. */
  route: string;
  path: string;
  params: Record<string, string>;
}

export interface Visit {
  request: Request;
  signedIn: SignedIn;
  /** Aborted when nobody waits for the page any more. */
  gone: AbortSignal;
}

/** The document with the answers; without those that fail or take too long, and without any while the person has no turn left. */
export async function withAnswers(document: string, visit: Visit, services: Services, atOnce: RequestsAtOnce): Promise<string> {
  const enough = AbortSignal.any([visit.gone, AbortSignal.timeout(withinMs)]);
  const late = new Promise<undefined>((resolve) => enough.addEventListener('abort', () => resolve(undefined), { once: true }));
  const endTurn = await atOnce.turn(visit.signedIn.caller.id, enough).catch(() => undefined);
  const asked = endTurn ? asking(visit.signedIn.caller.id, () => [followedFrom(services), ...firstAnswers({ ...visit, gone: enough }, services)]) : [];
  void Promise.all(asked).then(endTurn);
  const answers = await Promise.all(asked.map(async (answer) => Promise.race([answer, late])));
  const found = Object.fromEntries(answers.flatMap((each) => (each?.answer === undefined ? [] : [[each.path, each.answer] as const])));
  // Nothing in it may end the element.
  const json = JSON.stringify(found).replaceAll('<', String.raw`\u003c`);
  return document.replace('</body>', () => `<script type="application/json" id="shipped">${json}</script></body>`);
}

interface Shipped {
  path: string;
  /** Undefined: the page will ask. */
  answer: unknown;
}

/** Where the page's stream begins: before the answers, so that nothing happens between them and the stream. */
const followedFrom = async (services: Services): Promise<Shipped> => ({ path: '/v1/live', answer: await idOfNow(services).catch(() => undefined) });

function firstAnswers(visit: Visit, services: Services): Promise<Shipped>[] {
  const first = [{ route: '/v1/me', path: '/v1/me', params: {} }, ...firstAsked(visit.request.path)];
  return first.map(async (each) => ({ path: each.path, answer: await answerOf(each, visit, services).catch(() => undefined) }));
}

async function answerOf({ route: declared, params }: First, { request, signedIn, gone }: Visit, services: Services): Promise<unknown> {
  const route = [...board, ...calendar, ...leadership, ...me, ...packages, ...systems].find((each) => each.path === declared);
  if (!route) return undefined;
  const asked: Asked<unknown, unknown> = {
    params,
    query: route.query?.parse({}),
    body: undefined,
    by: signedIn.caller.id,
    caller: signedIn.caller,
    signedIn,
    stillSignedIn: async () => true,
    // As for every request: throws where they do not see the plan, and then nothing comes with the page.
    reading: await readingFor(route.reads, { params, caller: signedIn.caller }, services),
    gone,
    header: (name) => request.get(name),
    fromThisMachine: fromThisMachine(request),
  };
  const { status, body } = await route.handle(asked, services);
  return status === 200 ? body : undefined;
}
