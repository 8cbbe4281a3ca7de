/**
 * Most of what a large release allocates lives as long as a batch, and dies old. Left alone, V8 then lets the heap grow severalfold before it collects: 20,000
 * grants took nearly twice the memory of 2,000. docs/decisions/0190-most-memory-is-garbage-that-waits.md has the figures.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * For the whole process with its threads, from now on: called before anything else is loaded, because the young generation never becomes smaller for it.
 * A version of V8 that does not know such a flag says so on standard error, and goes on as before.
 */
export function collectEarlier(): void {
  // The young generation keeps its size: what outlives it is part of a batch, and a larger one would only keep it longer.
  setFlagsFromString('--semi-space-growth-factor=1');
  // The old generation is collected when it has grown by half.
  setFlagsFromString('--heap-growing-percent=50');
}
