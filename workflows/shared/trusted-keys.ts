/**
 * The keys that may seal messages. A window runs for weeks, and keys are replaced and withdrawn meanwhile, so a workflow keeps those that a worker read last
 * from its trusted keys file, and asks again before it decides a message. Who starts a workflow has no say in it.
 */
import * as wf from '@temporalio/workflow';
import { trustedAt, type TrustedKey } from '../../domain/authority/keys.ts';
import { readTrustedKeys, recordsAreOrdinary } from './activities.ts';
import type { LocalTurns } from './local-turns.ts';

/** As a worker had them at `asOfMs` (real time). */
export interface KnownKeys {
  keys: TrustedKey[];
  asOfMs: number;
}
export const noKeys = (): KnownKeys => ({ keys: [], asOfMs: 0 });

/** So long an update whose key is unknown is refused by its validator, which no replay runs. */
export const freshForMs = 10_000;

export class TrustedKeys {
  private readonly data: { trusted: KnownKeys };
  private readonly turns: LocalTurns;
  private asking: Promise<void> | undefined;

  constructor(data: { trusted: KnownKeys }, turns: LocalTurns) {
    this.data = data;
    this.turns = turns;
  }

  now(): TrustedKey[] {
    return trustedAt(this.data.trusted.keys, Date.now());
  }

  /**
   * A promise, which never rejects; everything that waits for it goes on in the order in which it came. Messages that come while it is asked wait for the same
   * answer. Whether it is asked does not depend on the time: a signal that a task has beside an update is handled at the time of the task before, and in a replay
   * at that of its own. Undefined, in runs that began before 0.4.0: they are fresh.
   */
  asked(): Promise<void> | undefined {
    if (!this.asking && (recordsAreOrdinary() || this.stale())) this.asking = this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  stale(): boolean {
    return Date.now() - this.data.trusted.asOfMs >= freshForMs;
  }

  private async ask(): Promise<void> {
    try {
      // Also while the workflow is being cancelled: a handler that throws would fail it.
      const keys = await wf.CancellationScope.nonCancellable(() => readTrustedKeys(this.turns));
      this.data.trusted = { keys, asOfMs: Date.now() };
    } catch (error) {
      wf.log.error('the trusted keys could not be read, so those of before are used', { error: error instanceof Error ? error.message : String(error) });
    }
  }
}
