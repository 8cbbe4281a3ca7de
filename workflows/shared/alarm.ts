/**
 * One durable timer for an instant that may move. It is reset only when the instant changes, because each reset costs two history events
 * and most messages do not change when the next thing is due.
 */
import * as wf from '@temporalio/workflow';
import { recordsAreOrdinary } from './activities.ts';

/** `atRealMs`: real time. */
export interface Due {
  atRealMs: number;
  summary: string;
}

/** Of this run: the modules of workflows are shared by all runs of a worker, and `globalThis` is each run's own. Real times. */
declare global {
  /** The latest instant at which a timer has rung. */
  var rolewaveRungMs: number | undefined;
  /** The instant of the timer that rang in this activation. */
  var rolewaveInstantMs: number | undefined;
}

/**
 * Real time; what a timer wakes is done as of its instant, however late it is. Temporal's core sometimes handles what happened while no worker ran at the time of
 * the task before, and in a replay at that of its own: what is due must be due in both, and nothing more (decision 270).
 */
export const realNowMs = (): number => globalThis.rolewaveInstantMs ?? Math.max(Date.now(), globalThis.rolewaveRungMs ?? 0);

/** The latest instant at which a timer of this run has rung; real time, and 0 where none has. */
export const lastRungMs = (): number => globalThis.rolewaveRungMs ?? 0;

export class Alarm {
  private due: Due | undefined;
  private scope: wf.CancellationScope | undefined;
  private rung = false;

  /** Returns when `changed` returns true, or at the instant. Without an instant it waits only for a change. */
  async wait(changed: () => boolean, due: Due | undefined): Promise<void> {
    if (due?.atRealMs !== this.due?.atRealMs) this.set(due);
    await wf.condition(() => changed() || this.rung);
    if (this.rung) this.set(undefined);
  }

  private set(due: Due | undefined): void {
    this.scope?.cancel();
    this.due = due;
    this.rung = false;
    this.scope = due && new wf.CancellationScope();
    if (due && this.scope) void this.ring(this.scope, due);
  }

  private async ring(scope: wf.CancellationScope, { atRealMs, summary }: Due): Promise<void> {
    try {
      await scope.run(() => wf.sleep(Math.max(1, Math.ceil(atRealMs - Date.now())), { summary }));
      globalThis.rolewaveRungMs = Math.max(globalThis.rolewaveRungMs ?? 0, atRealMs);
      if (recordsAreOrdinary()) globalThis.rolewaveInstantMs = globalThis.rolewaveRungMs;
      this.rung = scope === this.scope;
    } catch (error) {
      if (!wf.isCancellation(error)) throw error;
    }
  }
}
