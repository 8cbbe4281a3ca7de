/** A client of Rolewave's HTTP endpoint: JSON and YAML in, JSON out. Every failure becomes one sentence with an exit code. */
import { setTimeout as sleep } from 'node:timers/promises';
import { agreedNames, type Names } from '../domain/people-named.ts';
import type { ProblemView } from '../domain/views/problem.ts';
import type { TokenView } from '../domain/views/service.ts';
import { adviceOf } from './advice.ts';
import type { Caller } from './profiles/caller.ts';
import type { Issued } from './invocation.ts';
import { CommandFailure, exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';
import { capital, printable, sentence } from './printable.ts';

export interface ApiSettings {
  /** Asked once, before the first request. */
  caller: () => Promise<Caller>;
  /** Per request, milliseconds. */
  timeoutMs: number;
  /** Told when the endpoint has issued a token itself. */
  tookToken?: (issued: Issued) => void;
}

/** Parameters of a list, by name. */
export type Filters = Record<string, string | undefined>;

export interface Sent {
  status: number;
  body: unknown;
}

interface WrittenPlan {
  text: string;
  file: string;
}

interface Exchanged {
  headers: Record<string, string>;
  body?: string | undefined;
  /** What to do where no answer comes. */
  again?: string | undefined;
  /** Of the plan in it. */
  file?: string | undefined;
}

/** Whose names are kept. */
const mostAnswers = 200;

export class ApiClient {
  private readonly settings: ApiSettings;
  private issued: Promise<TokenView | undefined> | undefined;
  private taken: string | undefined;

  constructor(settings: ApiSettings) {
    this.settings = settings;
  }

  /** By what was asked: the answer that came last, with its names. */
  private readonly answers = new Map<string, { answer: unknown; names: Names }>();
  private agreed: Names | undefined;

  /** Of people whom answers so far have mentioned: as all those that mention them name them, for what is printed may come from any. */
  get names(): Names {
    return (this.agreed ??= agreedNames([...this.answers.values()]));
  }

  /** For whom the endpoint took the last request. */
  get person(): string | undefined {
    return this.taken;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send('GET', path)).body as T;
  }

  /** All pages of a list. `filters`: those with a value are sent. */
  async pages<Page extends { next?: string }>(path: string, filters: Filters): Promise<Page[]> {
    const query = new URLSearchParams(Object.entries(filters).filter((pair): pair is [string, string] => pair[1] !== undefined));
    const pages: Page[] = [];
    for (;;) {
      const page = await this.get<Page>(`${path}${query.size === 0 ? '' : `?${query.toString()}`}`);
      pages.push(page);
      if (page.next === undefined) return pages;
      query.set('cursor', page.next);
    }
  }

  /** A retry with the same `id` is the same message. */
  async post(path: string, body: object, id: string): Promise<Sent> {
    return this.send('POST', path, {
      text: JSON.stringify(body),
      type: 'application/json',
      headers: { 'idempotency-key': id },
      again: `It may or may not have arrived. Run the same command again with --id ${id}; it cannot be sent twice.`,
    });
  }

  /** A request without a body that is safe to repeat. */
  async ask(path: string): Promise<Sent> {
    return this.send('POST', path, { again: 'It may or may not have arrived. It is safe to run the command again.' });
  }

  async postPlan<T>(path: string, text: string, file: string, headers: Record<string, string> = {}, query: Record<string, string> = {}): Promise<T> {
    const more = Object.entries(query).map(([key, value]) => `&${key}=${encodeURIComponent(value)}`);
    const address = `${path}?file=${encodeURIComponent(file.slice(-200))}${more.join('')}`;
    return (
      await this.send('POST', address, {
        text,
        type: 'application/yaml',
        headers,
        again: 'Run it again; applying the same plan twice changes nothing.',
        plan: { text, file },
      })
    ).body as T;
  }

  private async send(
    method: string,
    path: string,
    sent: { text?: string; type?: string; headers?: Record<string, string>; again?: string; plan?: WrittenPlan } = {},
  ): Promise<Sent> {
    const token = await this.token(sent.plan);
    const headers = {
      accept: 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(sent.type ? { 'content-type': sent.type } : {}),
      ...sent.headers,
    };
    return this.exchange(method, path, { headers, body: sent.text, again: sent.again, file: sent.plan?.file });
  }

  private async exchange(method: string, path: string, { headers, body, again, file }: Exchanged, waited = false): Promise<Sent> {
    const { timeoutMs } = this.settings;
    const { url } = await this.settings.caller();
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'error',
      });
      text = await response.text();
    } catch (error) {
      throw unreachable(url, error, timeoutMs, again);
    }
    this.taken = response.headers.get('x-rolewave-person') ?? this.taken;
    const answer = jsonOf(text);
    const waitMs = response.status === 429 && !waited ? Number(response.headers.get('retry-after')) * 1_000 : Number.NaN;
    // It was not even looked at, so it may be sent again.
    if (waitMs > 0 && waitMs <= timeoutMs) {
      await sleep(waitMs);
      return this.exchange(method, path, { headers, body, again, file }, true);
    }
    if (!response.ok) throw refused(response.status, answer, path, file);
    if (answer === undefined)
      throw new CommandFailure(
        exitCodes.unexpected,
        `${url} answered ${response.status} without JSON, so it is not a Rolewave endpoint. Check --url or ROLEWAVE_URL.`,
        { code: 'not-rolewave' },
      );
    this.noteNames(`${method} ${path}`, answer);
    return { status: response.status, body: answer };
  }

  private noteNames(asked: string, answer: unknown): void {
    const { names } = (typeof answer === 'object' && answer !== null ? answer : {}) as { names?: unknown };
    if (typeof names !== 'object' || names === null) return;
    const given = Object.entries(names).flatMap(([id, name]) => (typeof name === 'string' ? [[id, printable(name)] as const] : []));
    const { names: _names, ...rest } = answer as { names: unknown };
    this.answers.delete(asked);
    this.answers.set(asked, { answer: rest, names: new Map(given) });
    // A status that is watched for days asks under ever new cursors.
    const [oldest] = this.answers.keys();
    if (this.answers.size > mostAnswers && oldest !== undefined) this.answers.delete(oldest);
    this.agreed = undefined;
  }

  private async token(plan: WrittenPlan | undefined): Promise<string | undefined> {
    const { token, issuedFor } = await this.settings.caller();
    if (issuedFor === undefined) return token;
    this.issued ??= this.issue(issuedFor, plan);
    return (await this.issued)?.token;
  }

  private async issue({ person }: { person?: string }, plan: WrittenPlan | undefined): Promise<TokenView | undefined> {
    const wanted = { ...(person === undefined ? {} : { person }), ...(plan === undefined ? {} : { plan: plan.text }) };
    const headers = { 'content-type': 'application/json' };
    try {
      const token = (await this.exchange('POST', '/v1/tokens', { headers, body: JSON.stringify(wanted), file: plan?.file })).body as TokenView;
      this.settings.tookToken?.({ person: token.person, named: person !== undefined });
      return token;
    } catch (error) {
      // Nobody asked to be anyone: where the endpoint issues no tokens, the request itself says what is missing.
      if (person === undefined && error instanceof CommandFailure && error.details['code'] === 'no-such-route') return undefined;
      throw error;
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unreachable(url: string, error: unknown, timeoutMs: number, again: string | undefined): CommandFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { code?: string } | undefined)?.code;
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const why = timedOut
    ? `did not answer within ${timeoutMs / 1_000} seconds`
    : code === 'ECONNREFUSED'
      ? 'does not answer: nothing is listening there'
      : `does not answer (${printable(code ?? (cause instanceof Error ? cause.message : 'no reason given'))})`;
  // A refused connection means that nothing was sent.
  const advice = again && code !== 'ECONNREFUSED' ? again : 'Start it (npm start, or npm run demo to try), or name another with --url or ROLEWAVE_URL.';
  return new CommandFailure(exitCodes.unreachable, `${url} ${why}. ${advice}`, { code: timedOut ? 'timeout' : 'unreachable', url });
}

/** `path`: of the request. `file`: of the plan in it, whose mistakes are there. */
function refused(status: number, answer: unknown, path: string, file: string | undefined): CommandFailure {
  const problem = (typeof answer === 'object' && answer !== null ? answer : {}) as Partial<ProblemView>;
  if (problem.code === undefined)
    return new CommandFailure(exitCodeOf(status), `The endpoint answered ${status} without giving a reason. Check --url or ROLEWAVE_URL.`, {
      code: `http-${status}`,
    });
  const mistakes = (problem.mistakes ?? []).map((mistake) => ({ ...mistake, ...(mistake.file === undefined || file === undefined ? {} : { file }) }));
  const [, wave, rolePackage] = /^\/v1\/(?:waves\/([\w.-]+\/[\w.-]+)|packages\/([\w.-]+\/[\w.-]+\/[\w.-]+))(?=[/?]|$)/.exec(path) ?? [];
  const isAbort = path.endsWith('/abort');
  const more = problem.moreMistakes === undefined ? [] : [`and ${problem.moreMistakes} more\n`];
  const words = [
    problem.title,
    ...(mistakes.length > 0 ? [] : [problem.detail]),
    adviceOf(isAbort && problem.code === 'second-person-needed' ? 'abort by one' : problem.code, rolePackage ?? wave) ?? problem.whatToDo,
  ]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => capital(sentence(printable(String(part)))));
  const lines = mistakes.map(
    ({ file: where, line, column, path: at, message }) =>
      `${where === undefined ? '' : `${printable(where)}:${line}:${column}  `}${at === '' ? '' : `${printable(at)}  `}${printable(message)}\n`,
  );
  const signIn = status === 401 ? " Run 'rolewave login', or put a token in ROLEWAVE_TOKEN." : '';
  const shown = { ...problem, ...(mistakes.length > 0 ? { mistakes } : {}), message: words.join(' ') };
  return new CommandFailure(exitCodeOf(status), `${[...lines, ...more].join('')}${words.join(' ')}${signIn}`, shown);
}

function exitCodeOf(status: number): ExitCode {
  if (status === 400 || status === 413 || status === 415 || status === 422) return exitCodes.badInput;
  if (status === 502 || status === 503 || status === 504) return exitCodes.unreachable;
  return status >= 400 && status < 500 ? exitCodes.refused : exitCodes.unexpected;
}
