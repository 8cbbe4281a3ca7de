/** What happens in the middle of an activity: its worker is killed or sleeps, administrators are at work, an answer is cut off, late or comes twice. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WatchedWay } from './peer.ts';
import type { AtPoint, Point } from './points.ts';
import type { During, Fault, Kill } from './scenario.ts';
import { Killed } from './workers.ts';

export interface Disturbance {
  kill?: Kill;
  pause?: Pause;
  during?: Omit<During, 'acts'> & { play: () => Promise<void> };
  fault?: Fault;
}

/** A worker that stops at its first effect, and goes on when somebody wakes it. */
export class Pause {
  readonly at: 'call' | 'settle';
  readonly reached: Promise<void>;
  isReached = false;
  readonly #woken: Promise<void>;
  #reach: () => void = () => undefined;
  wake: () => void = () => undefined;

  constructor(at: 'call' | 'settle') {
    this.at = at;
    this.reached = new Promise((resolve) => (this.#reach = resolve));
    this.#woken = new Promise((resolve) => (this.wake = resolve));
  }

  async stop(): Promise<void> {
    if (this.isReached) return;
    this.isReached = true;
    this.#reach();
    await this.#woken;
  }
}

const killPoints: Record<Kill['at'], Point['at']> = {
  'at the start': 'begin',
  'before the record': 'record',
  'after the record': 'recorded',
  'in the commit': 'recorded',
  'after the commit': 'settle',
  'at the end': 'end',
};

/** At the points of one attempt. `kill`: ends its process, and throws what the attempt ends with. */
export function disturbed({ kill, pause, during }: Disturbance, afterEffect: () => Promise<void>): AtPoint {
  return async ({ at, batch }) => {
    if (during?.at === at && during.nth === batch) await during.play();
    if (pause?.at === at) await pause.stop();
    if (at === 'effect') await afterEffect();
    if (!kill || killPoints[kill.at] !== at || (batch > 0 && batch !== kill.batch)) return undefined;
    if (kill.at !== 'in the commit') throw new Killed('killed');
    return { diesAfterMs: kill.batch };
  };
}

const lateMs = 300;

/** On the line of one attempt, over all of its connections. */
export function disturbedLine({ during, fault }: Disturbance): (() => WatchedWay) | undefined {
  if (during?.at !== 'request' && !fault) return undefined;
  let [requests, answers] = [0, 0];
  return () => ({
    fromClient: async () => {
      requests += 1;
      if (during?.at === 'request' && during.nth === requests) await during.play();
      return fault?.is === 'again' && fault.answer === requests ? { again: true } : undefined;
    },
    fromServer: async (message) => {
      answers += 1;
      if (fault?.answer !== answers) return { pieces: [message] };
      switch (fault.is) {
        case 'cut':
          return { pieces: [], thenCut: true };
        case 'cutInside':
          return { pieces: [message.subarray(0, Math.floor(message.length / 2))], thenCut: true };
        case 'late':
          await sleep(lateMs);
          return { pieces: [message] };
        case 'twice':
          return { pieces: [message, message] };
        case 'again':
          return { pieces: [message] };
      }
    },
  });
}
