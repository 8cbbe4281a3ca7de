/** The board: polls the state of all waves, and waits for conditions on it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notice } from '../domain/notices/request.ts';
import type { PackageView } from '../domain/views/package.ts';
import type { WavePackageView, WaveView } from '../domain/views/wave.ts';
import { toPlan } from '../domain/time/plan-clock.ts';
import type { FullWave } from '../domain/views/lists.ts';
import type { RolewaveClient } from './rolewave-client.ts';

/** One package as its wave and its own workflow show it; `running` from its release on. */
export interface PackageOnBoard {
  wave: WaveView;
  planned: WavePackageView;
  running?: PackageView;
}

const pollMs = 300;
type Nothing = undefined | false | '';

export class Board {
  private entries: FullWave[] = [];
  private asked: Notice[] = [];
  private stopped = false;
  private polling: Promise<void> | undefined;
  private waiting: { resolve: () => void }[] = [];
  private readonly client: RolewaveClient;
  private readonly person: string;

  constructor(client: RolewaveClient, person: string) {
    this.client = client;
    this.person = person;
  }

  get waves(): FullWave[] {
    return this.entries;
  }

  /** Unanswered requests, oldest first. */
  get notices(): Notice[] {
    return this.asked;
  }

  /** Polls until stopped; `onChange` after each answer. While the endpoint is unavailable, the last answer stays. */
  start(onChange: () => void): void {
    this.polling = (async () => {
      while (!this.stopped) {
        try {
          [this.entries, this.asked] = await Promise.all([this.client.waves(this.person), this.client.openNotices(this.person)]);
          onChange();
        } catch {
          // Polled again in a moment; each wait has its own time limit.
        }
        const waiting = this.waiting;
        this.waiting = [];
        for (const { resolve } of waiting) resolve();
        await sleep(pollMs);
      }
    })();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.polling;
  }

  find(rolePackage: string): PackageOnBoard | undefined {
    for (const { wave, packages } of this.entries) {
      const planned = wave.packages.find((entry) => entry.package === rolePackage);
      const running = packages.find((entry) => entry.package === rolePackage);
      if (planned) return { wave, planned, ...(running ? { running } : {}) };
    }
    return undefined;
  }

  /** Waits until `test` returns a truthy value; `what` completes 'waited 150 s for …' when it does not. */
  async until<T>(rolePackage: string, what: string, test: (seen: PackageOnBoard) => T | Nothing, limitSeconds = 150): Promise<T> {
    const deadline = Date.now() + limitSeconds * 1_000;
    for (;;) {
      const seen = this.find(rolePackage);
      const found = seen && test(seen);
      if (found) return found;
      if (this.stopped) throw new Error('the demonstration was ended');
      if (Date.now() > deadline) throw new Error(`waited ${limitSeconds} s for ${what}; ${standing(seen)}`);
      await new Promise<void>((resolve) => this.waiting.push({ resolve }));
    }
  }
}

/** Package state that people see: the package's own once it is released, its wave's before. */
export const stateOf = ({ planned, running }: PackageOnBoard) => running?.state ?? planned.state;

/** Plan time now, as text for a message: `2026-04-15T08:00:00Z`, `days` from now. */
export function planDate(wave: WaveView, days: number): string {
  const at = toPlan(Date.now(), wave.clock) + days * 86_400_000;
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

function standing(seen: PackageOnBoard | undefined): string {
  if (!seen) return 'it is in no wave';
  const needs = seen.planned.blockers.map(({ text }) => text).join('; ');
  const verdict = seen.running?.lastVerdict;
  const last = [
    `its state is ${stateOf(seen)}, and its wave’s is ${seen.wave.stage}`,
    needs && `needs: ${needs}`,
    verdict && `last verdict ${verdict.kind}: ${verdict.why}`,
    seen.running?.endedWhy,
  ];
  return last.filter(Boolean).join('; ');
}
