import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readsNothing, type Reading } from '../../domain/authority/who-reads.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned } from '../../store/contract.ts';
import type { Feed, Happened } from './feed.ts';
import { heartbeatMs, most, openStreams, type Listener, type Streams } from './streams.ts';

let hear: ((happened: Happened) => void) | undefined;
const feed: Feed = {
  follow(listener) {
    hear = listener;
    return () => (hear = undefined);
  },
  started: () => Promise.resolve(),
  overhear: () => () => undefined,
  isLive: () => hear !== undefined,
  close: () => undefined,
};
const { signal: gone } = new AbortController();
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
const reads = (all: boolean): ReadonlyMap<string, Reading> => new Map([['small', { ...readsNothing('small'), sees: true, all, acts: all }]]);

let streams: Streams;
beforeEach(() => {
  vi.useFakeTimers();
  streams = openStreams(feed, async () => undefined, String);
});
afterEach(() => {
  streams.close();
  vi.useRealTimers();
});

class Receiver {
  text = '';
  ended = false;
  held = 0;
  readonly outlet: Listener['outlet'] = {
    write: (text) => void (this.text += text),
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
async function listening(over: Partial<Listener> = {}, before: () => Promise<Happened> = async () => nothing): Promise<Receiver> {
  const receiver = new Receiver();
  await streams.add({ person: 'ana', outlet: receiver.outlet, readings: async () => reads(true), stillSignedIn: async () => true, gone, ...over }, before);
  return receiver;
}
const happens = async (happened: Partial<Happened>) => {
  hear?.({ ...nothing, ...happened });
  await vi.advanceTimersByTimeAsync(0);
};

describe('a stream', () => {
  test('tells those who act what happened, the others that something changed, and nobody what they do not see', async () => {
    const [acts, sees, neither] = [
      await listening(),
      await listening({ readings: async () => reads(false) }),
      await listening({ readings: async () => new Map<string, Reading>() }),
    ];
    await happens({ events: [event(7)], evaluated: [{ plan: 'small', wave: 'first', package: 'intake' }] });
    expect([acts.told, sees.told, neither.told]).toEqual([['activity', 'changed', 'changed'], ['changed', 'changed'], []]);
    expect(sees.text).not.toContain('text 7');
  });

  test('hears each event once, also one that happens while it is told what was before', async () => {
    const { promise, resolve } = Promise.withResolvers<Happened>();
    const adding = listening({}, () => promise);
    await vi.advanceTimersByTimeAsync(0);
    await happens({ events: [event(8), event(9)] });
    resolve({ ...nothing, events: [event(7), event(8)] });
    expect((await adding).ids).toEqual(['7', '8', '9']);
  });

  test('has a heartbeat, so that silence is noticed', async () => {
    const receiver = await listening();
    await vi.advanceTimersByTimeAsync(3 * heartbeatMs);
    expect(receiver.text.match(/event: heartbeat/g)).toHaveLength(4);
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

  test('of somebody who has too many ends the oldest, and leaves those of others', async () => {
    const other = await listening({ person: 'eva' });
    const own = [];
    for (let count = 0; count <= most.ofOnePerson; count++) own.push(await listening());
    expect(own.map(({ ended }) => ended)).toEqual([true, ...Array.from({ length: most.ofOnePerson }, () => false)]);
    expect(other.ended).toBe(false);
  });

  test.each(['applied', 'revised'])('follows a revision that takes a part from its reader at once, by the event %s', async (kind) => {
    let all = true;
    const receiver = await listening({ readings: async () => reads(all) });
    all = false;
    await happens({ events: [event(1, { kind }), event(2)] });
    expect(receiver.told).toEqual(['changed']);
  });

  test('says when more happened than is told one by one', async () => {
    const receiver = await listening();
    await happens({ missed: true, events: [event(1)] });
    expect(receiver.told).toEqual(['missed']);
  });

  test('says nothing of what they do not see, however much it is', async () => {
    const [sees, neither] = [await listening(), await listening({ readings: async () => new Map() })];
    await happens({ missed: true, inPlans: new Set(['of others']) });
    expect([sees.told, neither.told]).toEqual([[], []]);
    await happens({ missed: true, inPlans: new Set(['of others', 'small']) });
    expect([sees.told, neither.told]).toEqual([['missed'], []]);
  });
});

describe('a stream, while the store does not answer', () => {
  const down = async () => Promise.reject(new Error('store down'));

  test('is not kept where its beginning fails', async () => {
    await expect(listening({}, down)).rejects.toThrow('store down');
    await expect(listening({ readings: down })).rejects.toThrow('store down');
    expect([streams.count(), hear]).toEqual([0, undefined]);
  });

  test('is told what happens by what they read before, and ends after a minute of it', async () => {
    let readings: () => Promise<ReadonlyMap<string, Reading>> = async () => reads(true);
    const receiver = await listening({ readings: () => readings() });
    readings = down;
    await vi.advanceTimersByTimeAsync(30_000);
    await happens({ events: [event(1)] });
    expect([receiver.ids, receiver.ended]).toEqual([['1'], false]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([receiver.ended, streams.count()]).toEqual([true, 0]);
  });

  test('is told what happens with ids in place of names', async () => {
    streams.close();
    streams = openStreams(feed, down, String);
    const receiver = await listening();
    await happens({ events: [event(1), event(2)] });
    expect(receiver.ids).toEqual(['1', '2']);
  });

  test('goes on when the store answers again', async () => {
    let readings: () => Promise<ReadonlyMap<string, Reading>> = async () => reads(true);
    const receiver = await listening({ readings: () => readings() });
    for (const next of [down, async () => reads(true), down, async () => reads(true)]) {
      readings = next;
      await vi.advanceTimersByTimeAsync(30_000);
    }
    await happens({ events: [event(1)] });
    expect([receiver.ids, receiver.ended]).toEqual([['1'], false]);
  });

  test('ends rather than tell anything after a revision by what they read before it', async () => {
    let readings: () => Promise<ReadonlyMap<string, Reading>> = async () => reads(true);
    const receiver = await listening({ readings: () => readings() });
    readings = down;
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
  const end = await streams.add(
    { person: 'ana', outlet: new Receiver().outlet, readings: async () => reads(true), stillSignedIn: async () => true, gone },
    async () => nothing,
  );
  expect(hear).toBeDefined();
  end();
  expect([hear, streams.count()]).toEqual([undefined, 0]);
});
