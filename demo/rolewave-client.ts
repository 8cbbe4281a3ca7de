/** The HTTP endpoint as a person with curl uses it: a token for each person, JSON in, JSON out. Uses only `fetch`. */
import type { AppliedView } from '../domain/views/apply.ts';
import type { NoticeView } from '../domain/views/notice.ts';
import type { ProblemView } from '../domain/views/problem.ts';
import type { TokenView } from '../domain/views/service.ts';
import { filledFullWave } from '../domain/filled-views.ts';
import type { FullWave, FullWaveList, NoticeList } from '../domain/views/lists.ts';

/** An answer that is not 2xx; `code` is the endpoint's stable error code. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly code: string;

  constructor(request: string, status: number, problem: Partial<ProblemView>) {
    super(`${request} → ${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? 'no reason given'}`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
  }
}

export class RolewaveClient {
  readonly url: string;
  readonly plan: string;
  private readonly tokens = new Map<string, { token: string; untilMs: number }>();

  constructor(url: string, plan: string) {
    this.url = url;
    this.plan = plan;
  }

  async apply(person: string, yaml: string): Promise<AppliedView> {
    // Before the first apply the endpoint knows nobody: the plan itself names its people.
    await this.token(person, yaml);
    return (await this.request('POST', '/v1/plans', { person, body: yaml, type: 'application/yaml' })) as AppliedView;
  }

  async waves(person: string): Promise<FullWave[]> {
    const pages = await this.pages<FullWaveList>(person, `/v1/waves?plan=${this.plan}&full=true`);
    return pages.flatMap(({ waves }) => waves.map(filledFullWave));
  }

  /** Unanswered requests, oldest first. */
  async openNotices(person: string): Promise<NoticeView[]> {
    const pages = await this.pages<NoticeList>(person, `/v1/notices?plan=${this.plan}&open=true`);
    return pages.flatMap(({ notices }) => notices);
  }

  private async pages<Page extends { next?: string }>(person: string, path: string): Promise<Page[]> {
    const pages: Page[] = [];
    for (let cursor = ''; ;) {
      const page = (await this.request('GET', `${path}${cursor}`, { person })) as Page;
      pages.push(page);
      if (page.next === undefined) return pages;
      cursor = `&cursor=${page.next}`;
    }
  }

  /** A message to a wave, such as ('wave-2', 'go-live', { goLive: '2026-04-15' }). */
  async toWave(person: string, wave: string, message: string, body: object): Promise<void> {
    await this.request('POST', `/v1/waves/${this.plan}/${wave}/${message}`, { person, body: JSON.stringify(body), type: 'application/json' });
  }

  async toPackage(person: string, wave: string, rolePackage: string, message: string, body: object): Promise<void> {
    await this.request('POST', `/v1/packages/${this.plan}/${wave}/${rolePackage}/${message}`, { person, body: JSON.stringify(body), type: 'application/json' });
  }

  private async request(method: string, path: string, { person, body, type }: { person: string; body?: string; type?: string }): Promise<unknown> {
    const headers = { authorization: `Bearer ${await this.token(person)}`, ...(type ? { 'content-type': type } : {}) };
    const response = await fetch(this.url + path, { method, headers, ...(body === undefined ? {} : { body }), signal: AbortSignal.timeout(60_000) });
    const answer: unknown = await response.json().catch(() => ({}));
    if (!response.ok) throw new Refused(`${method} ${path} by ${person}`, response.status, answer as object);
    return answer;
  }

  /** The demonstration's endpoint issues short-lived tokens, on loopback only. */
  private async token(person: string, plan?: string): Promise<string> {
    const known = this.tokens.get(person);
    if (known && known.untilMs > Date.now() + 30_000) return known.token;
    const response = await fetch(`${this.url}/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ person, plan }),
      signal: AbortSignal.timeout(60_000),
    });
    const answer = (await response.json()) as TokenView;
    if (!response.ok) throw new Refused(`POST /v1/tokens for ${person}`, response.status, answer);
    this.tokens.set(person, { token: answer.token, untilMs: Date.parse(answer.expiresAt) });
    return answer.token;
  }
}
