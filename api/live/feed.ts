/**
 * What happens, as it is recorded: the one place of this process that polls the store for it, however many people watch. It polls only while somebody follows,
 * and starts at the end.
 */
import type { Address } from '../../domain/address.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned, StoreReader } from '../../store/contract.ts';
import { LateRows } from './late-rows.ts';

export interface Happened {
  events: Positioned<AuditEvent>[];
  /** Packages that were evaluated. */
  evaluated: Address[];
  /** More happened than is told one by one. */
  missed: boolean;
}

export interface Feed {
  /** Until the function that it returns is called. */
  follow(hear: (happened: Happened) => void): () => void;
  /** Resolves when everything that is recorded from now on will be heard; or when the store does not answer. */
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

export function openFeed(store: Pick<StoreReader, 'news' | 'lastPositions'>, onError: (error: unknown) => void): Feed {
  const followers = new Set<(happened: Happened) => void>();
  const overhearing = new Set<(happened: Happened) => void>();
  let reading: { events: LateRows; evaluations: LateRows } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let polling = false;
  let closed = false;
  let failing = false;
  let sinceMs = Infinity;
  const starting: (() => void)[] = [];

  const schedule = (ms: number) => {
    if (closed || followers.size === 0 || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void poll();
    }, ms);
  };

  async function poll(): Promise<void> {
    if (polling || followers.size === 0) return;
    polling = true;
    let nextMs = everyMs;
    try {
      const { events, evaluations } = (reading ??= await fromTheEnd());
      const found = await store.news({ event: events.after, evaluation: evaluations.after, limit: mostAtOnce });
      failing = false;
      const nowMs = performance.now();
      const missed = found.events.length === mostAtOnce || found.evaluations.length === mostAtOnce;
      const happened: Happened = {
        events: events.fresh(found.events, nowMs),
        evaluated: evaluations.fresh(found.evaluations, nowMs).map(({ plan, wave, package: id }) => ({ plan, wave, package: id })),
        missed,
      };
      // From the end again: anyone who follows reads everything again.
      if (missed) reading = undefined;
      if (missed || happened.events.length + happened.evaluated.length > 0) for (const hear of [...overhearing, ...followers]) hear(happened);
    } catch (error) {
      // What is missed meanwhile is read afterwards.
      nextMs = afterFailureMs;
      failing = true;
      onError(error);
    } finally {
      polling = false;
      for (const resolve of starting.splice(0)) resolve();
    }
    schedule(nextMs);
  }

  async function fromTheEnd() {
    const last = await store.lastPositions();
    // What is asked for from now on is of after these positions.
    sinceMs = performance.now();
    return { events: new LateRows(last.event), evaluations: new LateRows(last.evaluation) };
  }

  return {
    follow(hear) {
      followers.add(hear);
      schedule(0);
      return () => {
        followers.delete(hear);
        // Next time from the end.
        if (followers.size === 0) reading = undefined;
      };
    },
    started: () => (reading === undefined ? new Promise((resolve) => starting.push(resolve)) : Promise.resolve()),
    overhear(hear) {
      overhearing.add(hear);
      return () => void overhearing.delete(hear);
    },
    liveSinceMs: () => (reading !== undefined && followers.size > 0 && !failing ? sinceMs : undefined),
    close() {
      closed = true;
      followers.clear();
      clearTimeout(timer);
      for (const resolve of starting.splice(0)) resolve();
    },
  };
}
