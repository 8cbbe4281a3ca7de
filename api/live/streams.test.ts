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
  liveSinceMs: () => undefined,
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

/** By the person and their groups, what they may read now; all of it where they are not named. */
let sees: Map<string, () => ReadonlyMap<string, Reading>>;
let streams: Streams;
const ana = { id: 'ana', groups: [] };
beforeEach(() => {
  vi.useFakeTimers();
  sees = new Map();
  streams = openStreams(feed, {
    readings: async ({ id, groups }) => (sees.get([id, ...groups].join()) ?? (() => reads(true)))(),
    factsOf: async () => undefined,
    idOf: String,
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
  await streams.add({ caller: ana, outlet: receiver.outlet, stillSignedIn: async () => true, ...over }, before);
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
    const other = await listening({ caller: person('eva') });
    const own = [];
    for (let count = 0; count <= most.ofOnePerson; count++) own.push(await listening());
    expect(own.map(({ ended }) => ended)).toEqual([true, ...Array.from({ length: most.ofOnePerson }, () => false)]);
    expect(other.ended).toBe(false);
  });

  test('follows a revision that takes a part from its reader at once', async () => {
    let all = true;
    sees.set('ana', () => reads(all));
    const receiver = await listening();
    all = false;
    await happens({ events: [event(1, { kind: 'applied' }), event(2)] });
    expect(receiver.told).toEqual(['changed']);
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
});

test('nobody follows the feed when the last stream has gone', async () => {
  const end = await streams.add({ caller: ana, outlet: new Receiver().outlet, stillSignedIn: async () => true }, async () => nothing);
  expect(hear).toBeDefined();
  end();
  expect([hear, streams.count()]).toEqual([undefined, 0]);
});
