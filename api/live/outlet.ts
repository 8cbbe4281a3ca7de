/** Where a stream is written. */
import type { Response } from 'express';
import { disconnectUnlessRead } from '../requests-at-once.ts';
import type { Outlet } from './streams.ts';

/** Nothing is written after its end, which its receiver is given a while to read. One object for each of many streams, without functions of its own. */
export class ResponseOutlet implements Outlet {
  readonly #response: Response;
  readonly #readWithinMs: number;

  constructor(response: Response, readWithinMs: number) {
    this.#response = response;
    this.#readWithinMs = readWithinMs;
  }

  write(bytes: Uint8Array): void {
    if (!this.#response.writableEnded && !this.#response.destroyed) this.#response.write(bytes);
  }

  waiting(): number {
    return this.#response.writableLength;
  }

  end(): void {
    if (this.#response.writableEnded) return;
    disconnectUnlessRead(this.#response, this.#readWithinMs);
    this.#response.end();
  }
}
