import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readsNothing, type Reading } from '../../domain/authority/who-reads.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned } from '../../store/contract.ts';
import type { Feed, Happened } from './feed.ts';
import { keysKeptMs } from '../identity.ts';
import { heartbeatMs, most, openStreams, type Listener, type Streams } from './streams.ts';

let hear: ((happened: Happened) => void) | undefined;
const feed: Feed = {
  follow(listener) {
    hear = listener;
    return () => (hear = undefined);
  },
  started: () => Promise.resolve(),
  overhear: () => () => undefined,
  liveSinceMs: () => undefined,
  close: () => undefined,
};
const { signal: gone } = new AbortController();
const endsAtMs = Infinity;
const nothing: Happened = { events: [], evaluated: [], missed: false };
const event = (position: number, over: Partial<AuditEvent> = {}): Positioned<AuditEvent> => ({
  position,
  id: `e${position}`,
  plan: 'small',
  wave: 'first',
  package: 'closing',
  atMs: 1,
  actor: 'rolewave',
  kind: 'note',
  text: `text ${position}`,
  ...over,
});
type Known = ReadonlyMap<string, Reading>;
const reads = (all: boolean): Known => new Map([['small', { ...readsNothing('small'), sees: true, all, acts: all }]]);

/** By the person and their groups, what they may read now; all of it where they are not named. */
let sees: Map<string, () => Known | Promise<Known>>;
let streams: Streams;
const ana = { id: 'ana', groups: [] };
let siteNow = {};
beforeEach(() => {
  vi.useFakeTimers();
  sees = new Map();
  streams = openStreams(feed, {
    plans: async () => [],
    readings: async ({ id, groups }) => (sees.get([id, ...groups].join()) ?? (() => reads(true)))(),
    factsOf: async () => undefined,
    idOf: String,
    site: () => siteNow,
  });
});
afterEach(() => {
  streams.close();
  vi.useRealTimers();
});

class Receiver {
  text = '';
  /** Piece by piece. */
  readonly written: Uint8Array[] = [];
  ended = false;
  held = 0;
  readonly outlet: Listener['outlet'] = {
    write: (bytes) => {
      this.written.push(bytes);
      this.text += Buffer.from(bytes).toString();
    },
    waiting: () => this.held,
    end: () => void (this.ended = true),
  };
  get told(): string[] {
    return [...this.text.matchAll(/^event: (?!heartbeat)(\w+)$/gm)].map(([, name = '']) => name);
  }
  get ids(): string[] {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map(([, id = '']) => id);
  }
}
const person = (id: string, groups: string[] = []) => ({ id, groups });
async function listening(over: Partial<Listener> = {}, before: () => Promise<Happened> = async () => nothing): Promise<Receiver> {
  const receiver = new Receiver();
  await streams.add({ caller: ana, outlet: receiver.outlet, stillSignedIn: async () => true, gone, endsAtMs, ...over }, before);
  return receiver;
}
const happens = async (happened: Partial<Happened>) => {
  hear?.({ ...nothing, ...happened });
  await vi.advanceTimersByTimeAsync(0);
};

describe('a stream', () => {
  test('tells those who act what happened, the others that something changed, and nobody what they do not see', async () => {
    sees.set('vera', () => reads(false)).set('otto', () => new Map());
    const [acts, looks, neither] = [await listening(), await listening({ caller: person('vera') }), await listening({ caller: person('otto') })];
    await happens({ events: [event(7)], evaluated: [{ plan: 'small', wave: 'first', package: 'intake' }] });
    expect([acts.told, looks.told, neither.told]).toEqual([['activity', 'changed', 'changed'], ['changed', 'changed'], []]);
    expect(looks.text).not.toContain('text 7');
  });

  test('hears each event once, also one that happens while it is told what was before', async () => {
    const { promise, resolve } = Promise.withResolvers<Happened>();
    const adding = listening({}, () => promise);
    await vi.advanceTimersByTimeAsync(0);
    await happens({ events: [event(8), event(9)] });
    resolve({ ...nothing, events: [event(7), event(8)] });
    expect((await adding).ids).toEqual(['7', '8', '9']);
  });

  test('is told in one piece what happened together, in the same bytes as others who may read the same', async () => {
    sees.set('vera', () => reads(false));
    const [ana1, ana2, eva, vera] = [
      await listening(),
      await listening(),
      await listening({ caller: person('eva') }),
      await listening({ caller: person('vera') }),
    ];
    await happens({ events: [event(1), event(2)] });
    const last = [ana1, ana2, eva, vera].map(({ written }) => written.at(-1));
    expect([ana1.written.length, vera.written.length]).toEqual([2, 2]);
    expect(ana1.told).toEqual(['activity', 'activity', 'changed']);
    expect([last[0] === last[1], last[0] === last[2], last[0] === last[3]]).toEqual([true, true, false]);
  });

  test('of the same person with other groups is told by what those may read', async () => {
    sees.set('ana,auditors', () => reads(false));
    const [alone, auditor] = [await listening(), await listening({ caller: person('ana', ['auditors']) })];
    await happens({ events: [event(1)] });
    expect([alone.told, auditor.told]).toEqual([['activity', 'changed'], ['changed']]);
  });

  test('is checked again every half minute, with the others of the same person', async () => {
    let all = true;
    let asked = 0;
    sees.set('ana', () => {
      asked += 1;
      return reads(all);
    });
    const both = [await listening(), await listening()];
    all = false;
    await vi.advanceTimersByTimeAsync(30_000);
    await happens({ events: [event(1)] });
    expect(both.map(({ told }) => told)).toEqual([['changed'], ['changed']]);
    expect(asked).toBe(3);
  });

  test('is checked again at once when the site file has changed', async () => {
    let all = true;
    sees.set('ana', () => reads(all));
    const receiver = await listening();
    all = false;
    siteNow = {};
    await vi.advanceTimersByTimeAsync(1_000);
    await happens({ events: [event(1)] });
    expect(receiver.told).toEqual(['changed']);
  });

  test('has a heartbeat, so that silence is noticed', async () => {
    const receiver = await listening();
    await vi.advanceTimersByTimeAsync(3 * heartbeatMs);
    expect(receiver.text.match(/event: heartbeat/g)).toHaveLength(4);
  });

  test('ends by itself within a second of its time, and nobody else does', async () => {
    const [short, long] = [await listening({ endsAtMs: performance.now() + 1_500 }), await listening()];
    await vi.advanceTimersByTimeAsync(1_400);
    expect([short.ended, long.ended]).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect([short.ended, long.ended, streams.count()]).toEqual([true, false, 1]);
  });

  test('ends when its session does, and when it is not read', async () => {
    const [over, slow, good] = [
      await listening({ stillSignedIn: async () => Promise.reject(new Error('session over')) }),
      await listening(),
      await listening(),
    ];
    slow.held = most.waitingBytes + 1;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([over.ended, slow.ended, good.ended, streams.count()]).toEqual([true, true, false, 1]);
  });

  test.each([0, 12_000, 31_000, 45_001])(
    'ends within a minute after the key of its token was withdrawn, of which the endpoint hears half a minute later (%i ms after it began)',
    async (withdrawnMs) => {
      let isAccepted = true;
      const receiver = await listening({ stillSignedIn: async () => isAccepted });
      await vi.advanceTimersByTimeAsync(withdrawnMs);
      await vi.advanceTimersByTimeAsync(keysKeptMs);
      expect(receiver.ended).toBe(false);
      isAccepted = false;
      await vi.advanceTimersByTimeAsync(60_000 - keysKeptMs);
      expect(receiver.ended).toBe(true);
    },
  );

  test('of somebody who has too many ends the oldest, and leaves those of others', async () => {
    const other = await listening({ caller: person('eva') });
    const own = [];
    for (let count = 0; count <= most.ofOnePerson; count++) own.push(await listening());
    expect(own.map(({ ended }) => ended)).toEqual([true, ...Array.from({ length: most.ofOnePerson }, () => false)]);
    expect(other.ended).toBe(false);
  });

  test.each(['applied', 'revised'])('follows a revision that takes a part from its reader at once, by the event %s', async (kind) => {
    let all = true;
    sees.set('ana', () => reads(all));
    const receiver = await listening();
    all = false;
    await happens({ events: [event(1, { kind }), event(2)] });
    expect(receiver.told).toEqual(['changed']);
  });

  test('is told by what was asked last, though an older question is answered after it', async () => {
    const { promise, resolve } = Promise.withResolvers<Known>();
    const receiver = await listening();
    sees.set('ana', () => promise);
    await vi.advanceTimersByTimeAsync(30_000);
    sees.set('ana', () => reads(false));
    await happens({ events: [event(1, { kind: 'revised' })] });
    resolve(reads(true));
    await happens({ events: [event(2)] });
    expect(receiver.told).toEqual(['changed', 'changed']);
  });

  test('is given, for what was before, the plans that its person sees', async () => {
    const before = vi.fn<(plans: string[]) => Promise<Happened>>(async () => nothing);
    await streams.add({ caller: ana, outlet: new Receiver().outlet, stillSignedIn: async () => true, gone, endsAtMs }, before);
    expect(before).toHaveBeenCalledExactlyOnceWith(['small']);
  });

  test('of those who see a plan is told that something of it changed that no event tells', async () => {
    sees.set('otto', () => new Map());
    const [looks, neither] = [await listening(), await listening({ caller: person('otto') })];
    streams.changed('small');
    expect([looks.told, neither.told]).toEqual([['changed'], []]);
  });

  test('says when more happened than is told one by one', async () => {
    const receiver = await listening();
    await happens({ missed: true, events: [event(1)] });
    expect(receiver.told).toEqual(['missed']);
  });

  test('says nothing of what they do not see, however much it is', async () => {
    sees.set('otto', () => new Map());
    const [looks, neither] = [await listening(), await listening({ caller: person('otto') })];
    await happens({ missed: true, inPlans: new Set(['of others']) });
    expect([looks.told, neither.told]).toEqual([[], []]);
    await happens({ missed: true, inPlans: new Set(['of others', 'small']) });
    expect([looks.told, neither.told]).toEqual([['missed'], []]);
  });
});

describe('a stream, while the store does not answer', () => {
  const down = async () => Promise.reject(new Error('store down'));

  test('is not kept where its beginning fails', async () => {
    await expect(listening({}, down)).rejects.toThrow('store down');
    sees.set('ana', down);
    await expect(listening()).rejects.toThrow('store down');
    expect([streams.count(), hear]).toEqual([0, undefined]);
  });

  test('is told what happens by what they read before, and ends after a minute of it', async () => {
    const receiver = await listening();
    sees.set('ana', down);
    await vi.advanceTimersByTimeAsync(30_000);
    await happens({ events: [event(1)] });
    expect([receiver.ids, receiver.ended]).toEqual([['1'], false]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([receiver.ended, streams.count()]).toEqual([true, 0]);
  });

  test('is told what happens with ids in place of names', async () => {
    streams.close();
    streams = openStreams(feed, { readings: async () => reads(true), plans: async () => [], factsOf: down, idOf: String, site: () => siteNow });
    const receiver = await listening();
    await happens({ events: [event(1), event(2)] });
    expect(receiver.ids).toEqual(['1', '2']);
  });

  test('goes on when the store answers again', async () => {
    const receiver = await listening();
    for (const next of [down, () => reads(true), down, () => reads(true)]) {
      sees.set('ana', next);
      await vi.advanceTimersByTimeAsync(30_000);
    }
    await happens({ events: [event(1)] });
    expect([receiver.ids, receiver.ended]).toEqual([['1'], false]);
  });

  test('ends rather than tell anything after a revision by what they read before it', async () => {
    const receiver = await listening();
    sees.set('ana', down);
    await happens({ events: [event(1, { kind: 'applied' }), event(2)] });
    expect([receiver.told, receiver.ended]).toEqual([[], true]);
  });
});

describe('a stream whose receiver leaves while it begins', () => {
  test('ends at once, and is not written to', async () => {
    const leaving = new AbortController();
    const { promise, resolve } = Promise.withResolvers<Happened>();
    const adding = listening({ gone: leaving.signal }, () => promise);
    await vi.advanceTimersByTimeAsync(0);
    expect(streams.count()).toBe(1);
    leaving.abort();
    expect(streams.count()).toBe(0);
    resolve({ ...nothing, events: [event(1)] });
    const receiver = await adding;
    expect([receiver.text, receiver.ended]).toEqual(['', true]);
  });

  test('is not opened where they left before', async () => {
    const receiver = await listening({ gone: AbortSignal.abort() });
    expect([receiver.text, receiver.ended, streams.count()]).toEqual(['', true, 0]);
  });

  test('is ended when more happens meanwhile than is kept for it', async () => {
    const adding = listening({}, () => new Promise(() => undefined));
    adding.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    await happens({ events: Array.from({ length: most.held + 1 }, (_, position) => event(position)) });
    expect(streams.count()).toBe(0);
  });
});

test('after the endpoint has closed its streams no other one is opened', async () => {
  streams.close();
  const receiver = await listening();
  expect([receiver.ended, streams.count(), hear]).toEqual([true, 0, undefined]);
});

test('nobody follows the feed when the last stream has gone', async () => {
  const leaving = new AbortController();
  await listening({ gone: leaving.signal });
  expect(hear).toBeDefined();
  leaving.abort();
  expect([hear, streams.count()]).toEqual([undefined, 0]);
});
