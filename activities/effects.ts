/** Runs one effect per ledger entry: a few at a time, with outcomes written in small batches and heartbeats. Stops between two effects when it is cancelled. */
import { Context } from '@temporalio/activity';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import type { Store } from '../store/contract.ts';

/** At most this many outcomes are unwritten when a process dies; reading back resolves them. */
const perBatch = 20;
const atATime = 4;

/** Returns the entries after the effects. An effect that throws stops the rest, and so does a cancellation; what was done before is written first. A cancellation revokes nothing. */
export async function forEach(store: Store, entries: LedgerEntry[], effect: (entry: LedgerEntry) => Promise<LedgerEntry>): Promise<LedgerEntry[]> {
  const done: LedgerEntry[] = [];
  for (let start = 0; start < entries.length; start += perBatch) {
    throwIfCancelled();
    const settled = await batch(entries.slice(start, start + perBatch), effect, () => progress({ done: done.length, of: entries.length }));
    await store.settle(settled.entries);
    done.push(...settled.entries);
    progress({ done: done.length, of: entries.length });
    if ('error' in settled) throw settled.error;
  }
  return done;
}

async function batch(
  entries: LedgerEntry[],
  effect: (entry: LedgerEntry) => Promise<LedgerEntry>,
  alive: () => void,
): Promise<{ entries: LedgerEntry[]; error?: unknown }> {
  const waiting = [...entries];
  const settled: LedgerEntry[] = [];
  const failures: unknown[] = [];
  const work = async () => {
    for (let entry = waiting.shift(); entry && failures.length === 0; entry = waiting.shift()) {
      try {
        throwIfCancelled();
        settled.push(await effect(entry));
      } catch (error) {
        failures.push(error);
      }
      alive();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, entries.length) }, work));
  return failures.length > 0 ? { entries: settled, error: failures[0] } : { entries: settled };
}

export function throwIfCancelled(): void {
  Context.current().cancellationSignal.throwIfAborted();
}

const latest = new WeakMap<Context, { done: number; of: number }>();
const aliveEveryMs = 5_000;

function progress(details: { done: number; of: number }): void {
  latest.set(Context.current(), details);
  Context.current().heartbeat(details);
}

/** Sends heartbeats while an activity runs, even while it waits for one slow answer; every such wait has its own time limit. A short activity sends none. */
export async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(latest.get(context)), aliveEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
