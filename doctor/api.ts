/** Checks the API endpoint, and the caller's identity there. */
import type { ProblemView } from '../domain/views/problem.ts';
import type { PlanRow, RevisionView } from '../domain/views/revision.ts';
import type { ReadyView, TokenView } from '../domain/views/service.ts';
import { notChecked, ok, warning, words, wrong, type Line } from './line.ts';

export interface Caller {
  /** Of the endpoint, without a slash at its end. */
  url: string;
  token?: string | undefined;
  /** The person to get a token for, where the endpoint issues tokens itself. */
  as?: string | undefined;
  /** Text of the plan that names that person, if it is not applied yet. */
  plan?: string | undefined;
}

export interface ApiFindings {
  lines: Line[];
  /** Ids of all systems that the applied plans name; undefined where the endpoint does not return them. */
  systems?: string[];
}

const soonMs = 10 * 60_000;

export async function checkApi(caller: Caller, withinMs: number): Promise<ApiFindings> {
  const ask = asking(caller.url, withinMs);
  let version: string;
  try {
    await ask('/healthz');
    version = ((await ask('/openapi.json')).body as { info?: { version?: string } }).info?.version ?? 'unknown';
  } catch (error) {
    return {
      lines: [
        wrong(
          'API',
          `${caller.url} does not answer as Rolewave’s endpoint: ${fetchWords(error)}`,
          'start it (npm start, or npm run api), or name another with --url or ROLEWAVE_URL',
        ),
      ],
    };
  }
  const ready = await ask('/readyz', undefined, [503]);
  const identity = await checkCaller(caller, ask);
  return {
    lines: [ok('API', `${caller.url} answers (interface version ${version})`), ...readyLines(ready), ...identity.lines],
    ...(identity.systems ? { systems: identity.systems } : {}),
  };
}

interface Answered {
  /** For whom the endpoint takes the caller. */
  person: string | undefined;
  status: number;
  body: unknown;
}
type PersonRequest = (path: string, request?: { token?: string; post?: unknown }, alsoTaken?: number[]) => Promise<Answered>;

const asking =
  (url: string, withinMs: number): PersonRequest =>
  async (path, { token, post } = {}, alsoTaken = []) => {
    const response = await fetch(`${url}${path}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(withinMs),
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(post === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(post === undefined ? {} : { method: 'POST', body: JSON.stringify(post) }),
    });
    const body: unknown = await response.json();
    if (!response.ok && !alsoTaken.includes(response.status)) throw new Error(problemWords(response.status, body));
    return { status: response.status, body, person: response.headers.get('x-rolewave-person') ?? undefined };
  };

function readyLines({ status, body }: Answered): Line[] {
  if (status === 200) return [ok('API', 'it reaches its store and Temporal')];
  const { store, engine } = body as Partial<ReadyView>;
  return [
    ...(store === 'ok' ? [] : [wrong('API', 'it does not reach its store', 'check DATABASE_URL in its environment, and its log')]),
    ...(engine === 'ok' ? [] : [wrong('API', 'it does not reach Temporal', 'check TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE in its environment, and its log')]),
  ];
}

async function checkCaller({ token: given, as, plan }: Caller, ask: PersonRequest): Promise<ApiFindings> {
  const about = 'you';
  let token = given;
  if (as !== undefined) {
    try {
      token = ((await ask('/v1/tokens', { post: { person: as, ...(plan === undefined ? {} : { plan }) } })).body as TokenView).token;
    } catch (error) {
      return {
        lines: [
          wrong(
            about,
            `the endpoint issues no token for '${as}': ${fetchWords(error)}`,
            'name one of the plan’s people with --as, or put your identity provider’s token into ROLEWAVE_TOKEN',
          ),
        ],
      };
    }
  }
  if (!token)
    return {
      lines: [
        notChecked(
          about,
          'ROLEWAVE_TOKEN is not set here',
          'set it to your token; where the endpoint issues tokens itself (npm start), name yourself with --as PERSON',
        ),
      ],
    };
  const { exp } = claims(token);
  const untilMs = typeof exp === 'number' ? exp * 1_000 : undefined;
  if (untilMs !== undefined && untilMs <= Date.now())
    return {
      lines: [
        wrong(
          about,
          `your token has expired (${new Date(untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC)`,
          'get a new one from your identity provider, and put it into ROLEWAVE_TOKEN',
        ),
      ],
    };
  try {
    const { body, person } = await ask('/v1/plans', { token });
    const name = `you are ${person === undefined ? 'known' : `'${person}'`} to the endpoint`;
    const minutes = untilMs === undefined ? undefined : Math.floor((untilMs - Date.now()) / 60_000);
    const line =
      as === undefined && untilMs !== undefined && untilMs - Date.now() < soonMs
        ? warning(about, `${name}, for ${minutes === 1 ? '1 more minute' : `${minutes} more minutes`}`, 'get a new token before you begin longer work')
        : ok(about, name);
    return {
      lines: [line],
      systems: await systemsOf(
        (body as PlanRow[]).map((row) => row.plan),
        token,
        ask,
      ),
    };
  } catch (error) {
    return {
      lines: [
        wrong(
          about,
          `the endpoint does not accept your token: ${fetchWords(error)}`,
          'get one from your identity provider with the issuer, audience and keys in the API’s settings',
        ),
      ],
    };
  }
}

async function systemsOf(plans: string[], token: string, ask: PersonRequest): Promise<string[]> {
  const documents = await Promise.all(
    plans.slice(0, 20).map(async (plan) => (await ask(`/v1/plans/${encodeURIComponent(plan)}`, { token })).body as Partial<RevisionView>),
  );
  return [...new Set(documents.flatMap(({ document }) => document?.systems ?? []))].sort();
}

/** The token's own claims; only the endpoint verifies them. */
function claims(token: string): { exp?: unknown } {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { exp?: unknown };
  } catch {
    return {};
  }
}

function problemWords(status: number, body: unknown): string {
  const { title, detail } = (typeof body === 'object' && body !== null ? body : {}) as Partial<ProblemView>;
  return [`it answered ${status}`, title, detail].filter((part) => part).join(': ');
}

function fetchWords(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as { code?: string }).code === 'ECONNREFUSED' ? 'nothing listens there' : words(cause);
}
