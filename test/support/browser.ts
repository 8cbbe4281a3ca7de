/** As much of a browser as signing in needs: it keeps cookies, says where forms come from, and follows no redirect by itself. */
export interface Page {
  status: number;
  headers: Headers;
  text: string;
}

export class Browser {
  readonly #base: string;
  readonly #cookies: Map<string, string>;

  constructor(base: string, cookies: Iterable<[string, string]> = []) {
    this.#base = base;
    this.#cookies = new Map(cookies);
  }

  /** Somebody who has a copy of all cookies. */
  copy(): Browser {
    return new Browser(this.#base, this.#cookies);
  }

  set(name: string, value: string): void {
    this.#cookies.set(name, value);
  }

  cookieHeader(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.#ask(path, { headers: { accept: 'text/html,*/*;q=0.8', 'sec-fetch-site': 'none', ...headers } });
  }

  /** A form of a page of the same origin. */
  post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Page> {
    return this.#ask(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { accept: 'text/html,*/*;q=0.8', origin: new URL(this.#base).origin, 'sec-fetch-site': 'same-origin', ...headers },
    });
  }

  /** What a script of the page asks the API. */
  async json(
    path: string,
    { method = 'GET', body, headers = {} }: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Page & { body: any }> {
    const page = await this.#ask(path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { ...page, body: JSON.parse(page.text) };
  }

  async #ask(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Page> {
    const cookie = this.cookieHeader();
    const response = await fetch(new URL(path, this.#base), {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, ...(cookie === '' ? {} : { cookie }) },
    });
    for (const set of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = set.split('; ');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      const gone = attributes.some((attribute) => attribute.startsWith('Expires=') && Date.parse(attribute.slice(8)) <= Date.now());
      if (gone) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return { status: response.status, headers: response.headers, text: await response.text() };
  }
}
