/** Runs one effect per ledger entry: a few at a time, outcomes written in small batches, with heartbeats, and stopping between two effects when it is cancelled. */
import { Context } from '@temporalio/activity';
import type { LedgerEntry } from '../domain/release/ledger.ts';
import type { Store } from '../store/contract.ts';

/** At most so many outcomes are not yet written when a process dies; reading back resolves them. */
const perBatch = 20;
const atATime = 4;

/** Answers the entries as the effects left them. An effect that throws stops the rest; what was done before it is written first. Cancelled: likewise, and nothing is revoked. */
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

/** Shows the engine that an activity lives, also while it waits for one slow answer; every such wait has a time limit of its own. A short one costs nothing. */
export async function alive<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(latest.get(context)), aliveEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
