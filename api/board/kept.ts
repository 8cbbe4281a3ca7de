/** Answers by their key, asked once at a time and kept for a while: callers in the meantime get the same answer. An error is not kept. */
import { LRUCache } from 'lru-cache';

interface Entry<Value> {
  answer: Promise<Value>;
  atMs: number;
}

export class Kept<Value> {
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #freshMs: () => number;

  /** `freshMs`: as it is now; each request asks again. */
  constructor(most: number, freshMs: () => number) {
    this.#entries = new LRUCache({ max: most });
    this.#freshMs = freshMs;
  }

  #isFresh(key: string): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && performance.now() - entry.atMs < this.#freshMs();
  }

  get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const before = this.#entries.get(key);
    if (before && this.#isFresh(key)) return before.answer;
    const entry: Entry<Value> = { answer: ask(), atMs: performance.now() };
    this.#entries.set(key, entry);
    entry.answer.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key));
    return entry.answer;
  }

  /** What is being asked for now is forgotten, too: it may be from before. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  forgetAll(): void {
    this.#entries.clear();
  }
}
