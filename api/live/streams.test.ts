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
  await streams.add({ person: 'ana', outlet: receiver.outlet, readings: async () => reads(true), stillSignedIn: async () => true, ...over }, before);
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

  test('follows a revision that takes a part from its reader at once', async () => {
    let all = true;
    const receiver = await listening({ readings: async () => reads(all) });
    all = false;
    await happens({ events: [event(1, { kind: 'applied' }), event(2)] });
    expect(receiver.told).toEqual(['changed']);
  });

  test('says when more happened than is told one by one', async () => {
    const receiver = await listening();
    await happens({ missed: true, events: [event(1)] });
    expect(receiver.told).toEqual(['missed']);
  });
});

test('nobody follows the feed when the last stream has gone', async () => {
  const end = await streams.add(
    { person: 'ana', outlet: new Receiver().outlet, readings: async () => reads(true), stillSignedIn: async () => true },
    async () => nothing,
  );
  expect(hear).toBeDefined();
  end();
  expect([hear, streams.count()]).toEqual([undefined, 0]);
});
