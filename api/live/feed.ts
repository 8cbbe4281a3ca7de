/**
 * What happens, as it is recorded: the one place of this process that polls the store for it, however many people watch. It polls only while somebody follows,
 * and starts at the end.
 */
import type { Address } from '../../domain/address.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned, StoreReader } from '../../store/contract.ts';
import { forEverybody } from '../../store/shares.ts';
import { LateRows } from './late-rows.ts';

export interface Happened {
  events: Positioned<AuditEvent>[];
  /** Packages that were evaluated. */
  evaluated: Address[];
  /** More happened than is told one by one. */
  missed: boolean;
  /** Where so much happened in all: the plans of it. Anyone who sees none of them has missed nothing. */
  inPlans?: ReadonlySet<string>;
}

interface Reading {
  events: LateRows;
  evaluations: LateRows;
  /** What is asked for from then on is of after these positions. By `performance.now()`. */
  sinceMs: number;
}

export interface Feed {
  /** Until the function that it returns is called. */
  follow(hear: (happened: Happened) => void): () => void;
  /** Resolves when everything that is recorded from now on will be heard. Rejects when the store does not answer. */
  started(): Promise<void>;
  /** As `follow`, without making the store be polled: only while somebody else follows. */
  overhear(hear: (happened: Happened) => void): () => void;
  /** Since when nothing was missed, by `performance.now()`; undefined while nobody follows, or the last poll failed. */
  liveSinceMs(): number | undefined;
  close(): void;
}

const everyMs = 400;
const afterFailureMs = 2_000;
const mostAtOnce = 2_000;

export function openFeed(store: Pick<StoreReader, 'news' | 'plansSince' | 'lastPositions'>, onError: (error: unknown) => void): Feed {
  const followers = new Set<(happened: Happened) => void>();
  const overhearing = new Set<(happened: Happened) => void>();
  let reading: Reading | undefined;
  /** Counts how often everybody has left: a poll from before then is not for those who came afterwards. */
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let polling = false;
  let closed = false;
  let failing = false;
  const starting: PromiseWithResolvers<void>[] = [];

  const schedule = (ms: number) => {
    if (closed || followers.size === 0 || timer !== undefined) return;
    timer = forEverybody(() =>
      setTimeout(() => {
        timer = undefined;
        void poll();
      }, ms),
    );
  };

  async function poll(): Promise<void> {
    if (polling || followers.size === 0) return;
    polling = true;
    const began = generation;
    let nextMs = everyMs;
    try {
      const from = reading ?? (await fromTheEnd());
      if (began !== generation) return;
      reading = from;
      begun();
      const { events, evaluations } = from;
      const after = { event: events.after, evaluation: evaluations.after };
      const found = await store.news({ ...after, limit: mostAtOnce });
      failing = false;
      const nowMs = performance.now();
      const missed = found.events.length === mostAtOnce || found.evaluations.length === mostAtOnce;
      // From the end again, before it is told: what is recorded while everything is read again will be heard.
      const end = missed ? await fromTheEnd() : from;
      const happened: Happened = {
        events: events.fresh(found.events, nowMs),
        evaluated: evaluations.fresh(found.evaluations, nowMs).map(({ plan, wave, package: id }) => ({ plan, wave, package: id })),
        missed,
        ...(missed ? { inPlans: new Set(await store.plansSince(after)) } : {}),
      };
      const isForFollowers = began === generation;
      if (isForFollowers) reading = end;
      if (missed || happened.events.length + happened.evaluated.length > 0)
        for (const hear of [...overhearing, ...(isForFollowers ? followers : [])]) hear(happened);
    } catch (error) {
      // What is missed meanwhile is read afterwards.
      nextMs = afterFailureMs;
      failing = true;
      for (const each of starting.splice(0)) each.reject(error);
      onError(error);
    } finally {
      polling = false;
      schedule(began === generation ? nextMs : 0);
    }
  }

  function begun(): void {
    for (const each of starting.splice(0)) each.resolve();
  }

  async function fromTheEnd(): Promise<Reading> {
    const last = await store.lastPositions();
    return { events: new LateRows(last.event), evaluations: new LateRows(last.evaluation), sinceMs: performance.now() };
  }

  return {
    follow(hear) {
      followers.add(hear);
      schedule(0);
      return () => {
        followers.delete(hear);
        if (followers.size > 0) return;
        // Next time from the end.
        reading = undefined;
        generation += 1;
        begun();
      };
    },
    async started() {
      if (reading !== undefined || closed) return;
      const waiting = Promise.withResolvers<void>();
      starting.push(waiting);
      await waiting.promise;
    },
    overhear(hear) {
      overhearing.add(hear);
      return () => void overhearing.delete(hear);
    },
    liveSinceMs: () => (reading !== undefined && followers.size > 0 && !failing ? reading.sinceMs : undefined),
    close() {
      closed = true;
      followers.clear();
      clearTimeout(timer);
      begun();
    },
  };
}
