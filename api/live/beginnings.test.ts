/** A stream that begins, or leaves while it does, is its own matter: what others are told goes on. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readsNothing, type Reading } from '../../domain/authority/who-reads.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned } from '../../store/contract.ts';
import type { Feed, Happened } from './feed.ts';
import { openStreams, type Streams } from './streams.ts';

const nothing: Happened = { events: [], evaluated: [], missed: false };
const of = (plan: string, position: number, kind = 'note'): Positioned<AuditEvent> => ({
  position,
  id: `e${position}`,
  plan,
  wave: 'first',
  package: 'closing',
  atMs: 1,
  actor: 'rolewave',
  kind,
  text: `text ${position}`,
});

let hear: (happened: Happened) => void;
const feed: Feed = {
  follow(listener) {
    hear = listener;
    return () => undefined;
  },
  started: async () => undefined,
  overhear: () => () => undefined,
  liveSinceMs: () => undefined,
  close: () => undefined,
};
const never = () => new Promise<never>(() => undefined);
/** Until nothing is left to do that waits for nothing outside. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const all: ReadonlyMap<string, Reading> = new Map(['mine', 'theirs'].map((plan) => [plan, { ...readsNothing(plan), sees: true, all: true, acts: true }]));

let readings: Map<string, () => Promise<ReadonlyMap<string, Reading>>>;
let facts: Map<string, () => Promise<undefined>>;
let asked: string[];
let streams: Streams;
beforeEach(() => {
  readings = new Map();
  facts = new Map();
  asked = [];
  streams = openStreams(feed, {
    plans: async () => [],
    readings: async ({ id }) => (readings.get(id) ?? (async () => all))(),
    factsOf: async (plan) => {
      asked.push(plan);
      return (facts.get(plan) ?? (async () => undefined))();
    },
    idOf: String,
    site: () => feed,
  });
});
afterEach(() => streams.close());

/** What they are told, by position. */
async function listening(id: string, before: () => Promise<Happened> = async () => nothing, gone = new AbortController().signal): Promise<string[]> {
  const told: string[] = [];
  const write = (bytes: Uint8Array) =>
    void told.push(
      ...[
        ...Buffer.from(bytes)
          .toString()
          .matchAll(/^id: (\d+)$/gm),
      ].map(([, position = '']) => position),
    );
  const outlet = { write, waiting: () => 0, end: () => undefined };
  void streams.add({ caller: { id, groups: [] }, outlet, stillSignedIn: async () => true, gone, endsAtMs: Infinity }, before);
  await settled();
  return told;
}
const happens = async (...events: Positioned<AuditEvent>[]) => {
  hear({ ...nothing, events });
  await settled();
};

test('others are told while the names that somebody is told first are looked up', async () => {
  const olga = await listening('olga');
  facts.set('theirs', never);
  await listening('mallory', async () => ({ ...nothing, events: [of('theirs', 1)] }));
  expect(asked).toEqual(['theirs']);
  await happens(of('mine', 2));
  expect(olga).toEqual(['2']);
});

test('others are told after a revision while it is asked what somebody else may read now', async () => {
  const olga = await listening('olga');
  const mallory = await listening('mallory');
  readings.set('mallory', never);
  await happens(of('mine', 1, 'revised'));
  await happens(of('mine', 2));
  expect([olga, mallory]).toEqual([['1', '2'], []]);
});

test('streams of one person begin one after the other, those of others beside them', async () => {
  let begun = 0;
  const holds = () => {
    begun += 1;
    return never();
  };
  for (let count = 0; count < 5; count += 1) await listening('mallory', holds);
  await listening('olga', holds);
  expect(begun).toBe(2);
});

test('a hundred streams that are left while they wait to begin cost the store nothing', async () => {
  const first = Promise.withResolvers<Happened>();
  let begun = 0;
  await listening('mallory', () => first.promise);
  for (let count = 0; count < 100; count += 1) {
    const leaving = new AbortController();
    await listening(
      'mallory',
      async () => {
        begun += 1;
        return nothing;
      },
      leaving.signal,
    );
    leaving.abort();
  }
  first.resolve(nothing);
  await settled();
  expect([begun, streams.count()]).toEqual([0, 1]);
});

test('names are not looked up for somebody who left meanwhile', async () => {
  const leaving = new AbortController();
  const before = Promise.withResolvers<Happened>();
  await listening('mallory', () => before.promise, leaving.signal);
  leaving.abort();
  before.resolve({ ...nothing, events: [of('theirs', 1)] });
  await settled();
  expect(asked).toEqual([]);
});

test('two hundred events of one plan ask for its names once', async () => {
  await listening('olga', async () => ({ ...nothing, events: Array.from({ length: 200 }, (_, at) => of('mine', at)) }));
  expect(asked).toEqual(['mine']);
});
