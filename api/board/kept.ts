/**
 * Answers by their key, asked once at a time and kept for a while: callers in the meantime get the same answer. An error is not kept. What is no longer
 * fresh may still be given for a while: then it is asked for in the background, and `onChange` is told where the new answer is another one.
 */
import { LRUCache } from 'lru-cache';
import { inTurn } from './in-turn.ts';

interface Entry<Value> {
  answer: Promise<Value>;
  atMs: number;
  renewing?: true;
}

/** Ages in milliseconds, of an answer that was asked for at `atMs` (of `performance.now()`), as they are now. */
interface Ages {
  fresh(atMs: number): number;
  /** Up to which it is given, though it is not fresh; not at all where it is left out. */
  given?(atMs: number): number;
}

/** So many questions of one kind are asked in the background at a time. */
const renewedAtOnce = 4;

export class Kept<Value> {
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #ages: Ages;
  readonly #onChange: (key: string) => void;
  readonly #renewing = inTurn(renewedAtOnce);

  constructor(most: number, ages: Ages, onChange: (key: string) => void = () => undefined) {
    this.#entries = new LRUCache({ max: most });
    this.#ages = ages;
    this.#onChange = onChange;
  }

  #isFresh(key: string): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && performance.now() - entry.atMs < this.#ages.fresh(entry.atMs);
  }

  get(key: string, ask: () => Promise<Value>): Promise<Value> {
    const before = this.#entries.get(key);
    if (before && this.#isFresh(key)) return before.answer;
    if (before && performance.now() - before.atMs < (this.#ages.given?.(before.atMs) ?? 0)) {
      this.#renew(key, before, ask);
      return before.answer;
    }
    const entry: Entry<Value> = { answer: ask(), atMs: performance.now() };
    this.#entries.set(key, entry);
    entry.answer.catch(() => this.#entries.get(key) === entry && this.#entries.delete(key));
    return entry.answer;
  }

  #renew(key: string, before: Entry<Value>, ask: () => Promise<Value>): void {
    if (before.renewing) return;
    before.renewing = true;
    const isStillKept = () => this.#entries.get(key) === before;
    void this.#renewing(async () => {
      if (!isStillKept()) return;
      const atMs = performance.now();
      try {
        const [known, answer] = [await before.answer, await ask()];
        if (!isStillKept()) return;
        this.#entries.set(key, { answer: Promise.resolve(answer), atMs });
        if (JSON.stringify(known) !== JSON.stringify(answer)) this.#onChange(key);
      } catch {
        // Anyone who asks next learns why.
        if (!isStillKept()) return;
        this.#entries.delete(key);
        this.#onChange(key);
      }
    });
  }

  /** What is being asked for now is forgotten, too: it may be from before. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  forgetAll(): void {
    this.#entries.clear();
  }
}
