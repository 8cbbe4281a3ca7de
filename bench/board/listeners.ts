/** Many open event streams, and when each of them has heard of an event. The same for both sides. */
import { Agent, get } from 'node:http';

/** In the text of each event, so that a stream knows which one it hears. */
export const markOf = (event: number): string => `event no ${event}.`;
const marks = /event no (\d+)\./g;

export class Listeners {
  readonly #agent = new Agent({ maxSockets: Infinity, keepAlive: false });
  readonly #ending = new AbortController();
  /** By event, when each stream heard of it first. */
  readonly #heard = new Map<number, number[]>();
  /** What the first stream was sent. */
  sent = '';
  ended = 0;

  /** Resolves when it has been sent something. */
  open(url: string, headers: Record<string, string>): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const known = new Set<number>();
    const isFirst = this.sent === '';
    const request = get(url, { headers, agent: this.#agent, signal: this.#ending.signal }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${url} answers ${response.statusCode}`));
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const now = performance.now();
        resolve();
        if (isFirst) this.sent += chunk;
        for (const [, number] of chunk.matchAll(marks)) {
          const event = Number(number);
          if (known.size === known.add(event).size) continue;
          const times = this.#heard.get(event);
          if (times) times.push(now);
          else this.#heard.set(event, [now]);
        }
      });
      response.once('close', () => (this.ended += 1)).on('error', () => undefined);
    });
    request.once('error', reject).on('error', () => undefined);
    return promise;
  }

  /** When each stream heard of it; empty: none did. */
  heard(event: number): readonly number[] {
    return this.#heard.get(event) ?? [];
  }

  close(): void {
    this.#ending.abort();
    this.#agent.destroy();
  }
}
