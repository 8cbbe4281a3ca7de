/** Very many open event streams on one API, and on a server written by hand: what each of them costs, and when all of them have heard. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { recordBatch } from '../../domain/records.ts';
import { compared, type Pair, type Result } from '../engine/result.ts';
import { inParallel } from '../engine/side.ts';
import { Listeners, markOf } from './listeners.ts';
import { startMeasured, type MeasuredProcess } from './measured-process.ts';
import { percentile } from './percentile.ts';
import { boardPlan } from './plans.ts';
import { eventsPerSecond, type Scale } from './scale.ts';
import type { BoardSite } from './site.ts';

const plan = 'live';
/** One person may have twelve. */
const ofOnePerson = 10;
const openedAtOnce = 20;
const main = { product: fileURLToPath(new URL('../../api/main.ts', import.meta.url)), baseline: fileURLToPath(new URL('bare-stream.ts', import.meta.url)) };
const sides = ['product', 'baseline'] as const;
type Both<T> = Record<(typeof sides)[number], T>;

export async function live(site: BoardSite, scale: Scale): Promise<Result[]> {
  const people = Array.from({ length: Math.ceil(scale.streams / ofOnePerson) }, (_, at) => `watcher-${at + 1}`);
  const { plan: document } = boardPlan(plan, 100, people);
  await site.apply(document);
  const database = new pg.Pool({ connectionString: site.databaseUrl, max: 2 });
  site.closing.push(() => database.end());
  await database.query('create table bench_events (position bigserial primary key, text text not null)');

  const taken = { rss: [] as Pair[], heap: [] as Pair[], all: [] as Pair[], spread: [] as Pair[] };
  for (let run = 0; run < scale.runs; run += 1) {
    const { rss, heap, grown, all, spread } = await oneRun(site, database, people, scale, run);
    taken.rss.push(rss);
    taken.heap.push(heap);
    taken.all.push(all);
    taken.spread.push(spread);
    console.error(`live, run ${run + 1}: ${JSON.stringify({ rss, heap, grown, all, spread })}`);
  }
  return [
    compared(`live: memory per stream, ${scale.streams} open, whole process (RSS)`, 'KB', '<=1.5', taken.rss),
    compared(`live: memory per stream, JavaScript heap, free again when it ends`, 'KB', '<=1.5', taken.heap),
    compared(`live: from commit to the last of ${scale.streams} streams, p99`, 'ms', '<=2', taken.all),
    compared(`live: from the first stream to the last, p99`, 'ms', '<=2', taken.spread),
  ];
}

/** New processes for each run: memory that a process has used once does not all come back. */
async function oneRun(
  site: BoardSite,
  database: pg.Pool,
  people: string[],
  scale: Scale,
  run: number,
): Promise<Record<'rss' | 'heap' | 'grown' | 'all' | 'spread', Pair>> {
  const servers: Both<MeasuredProcess> = {
    product: await startMeasured(`the API ${run}`, main.product, site.home, site.env),
    baseline: await startMeasured(`the bare server ${run}`, main.baseline, site.home, site.env),
  };
  const both = async <T>(of: (side: (typeof sides)[number]) => Promise<T>): Promise<Both<T>> => {
    const [product, baseline] = await Promise.all([of('product'), of('baseline')]);
    return { product, baseline };
  };
  let listeners: Both<Listeners> = { product: new Listeners(), baseline: new Listeners() };
  const tokens = new Map<string, string>();
  for (const person of people) tokens.set(person, await site.tokenOf(person));
  const open = (side: (typeof sides)[number], many: number) =>
    inParallel(
      openedAtOnce,
      Array.from({ length: many }, (_, at) => at),
      (at) =>
        listeners[side].open(
          side === 'product' ? `${servers.product.url}/v1/live` : `${servers.baseline.url}/live`,
          side === 'product' ? { authorization: `Bearer ${tokens.get(people[at % people.length] ?? '')}` } : {},
        ),
    );
  try {
    // A few first, so that what is loaded and made only once is not counted for the streams; and one event, for its text.
    await both((side) => open(side, people.length));
    await happen(site, run * 1_000_000);
    const text = await sentText(listeners.product, run * 1_000_000);
    for (const side of sides) listeners[side].close();
    await sleep(1_000);
    const idle = await both((side) => servers[side].memory());

    listeners = { product: new Listeners(), baseline: new Listeners() };
    await both((side) => open(side, scale.streams));
    const committed: Both<Map<number, number>> = { product: new Map(), baseline: new Map() };
    const events = scale.seconds * eventsPerSecond;
    for (let event = 1; event <= events; event += 1) {
      const number = run * 1_000_000 + event;
      const next = sleep(1_000 / eventsPerSecond);
      // By turns, half an interval apart.
      for (const side of event % 2 === 0 ? sides : sides.toReversed()) {
        if (side === 'product') await happen(site, number);
        else await database.query('insert into bench_events (text) values ($1)', [text(number)]);
        committed[side].set(number, performance.now());
        if (side === (event % 2 === 0 ? sides[0] : sides[1])) await sleep(500 / eventsPerSecond);
      }
      await next;
    }
    await sleep(3_000);
    const full = await both((side) => servers[side].memory());
    for (const side of sides) listeners[side].close();
    await sleep(1_000);
    const after = await both((side) => servers[side].memory());
    const perStream = (more: number, less: number) => (more - less) / scale.streams / 1_024;
    const times = (side: (typeof sides)[number], of: (heard: readonly number[], committedAt: number) => number) =>
      percentile(
        [...committed[side]].map(([event, atMs]) => {
          const heard = listeners[side].heard(event);
          if (heard.length !== scale.streams) throw new Error(`${side}: ${heard.length} of ${scale.streams} streams heard of event ${event}`);
          return of(heard, atMs);
        }),
        0.99,
      );
    const pair = (of: (side: (typeof sides)[number]) => number): Pair => ({ product: of('product'), baseline: of('baseline') });
    return {
      rss: pair((side) => perStream(full[side].rss, idle[side].rss)),
      heap: pair((side) => perStream(full[side].heap, after[side].heap)),
      // Also code that was compiled meanwhile, and what has been read of the plans: made once, however many streams are open.
      grown: pair((side) => perStream(full[side].heap, idle[side].heap)),
      all: pair((side) => times(side, (heard, atMs) => Math.max(...heard) - atMs)),
      spread: pair((side) => times(side, (heard) => Math.max(...heard) - Math.min(...heard))),
    };
  } finally {
    for (const side of sides) listeners[side].close();
    await both((side) => servers[side].stop());
  }
}

const happen = ({ store }: BoardSite, event: number) =>
  store.record(
    recordBatch({
      events: [
        {
          id: `bench-${event}`,
          plan,
          wave: 'wave-0001',
          package: 'package-0001',
          atMs: Date.now(),
          actor: 'rolewave',
          kind: 'verdict-healthy',
          text: `exceptions 1 a day, at most 3; adoption 0.97 of the people, ${markOf(event)}`,
        },
      ],
    }),
  );

/** What the product writes to a stream for an event: the bare server writes the same. */
async function sentText(listeners: Listeners, event: number): Promise<(event: number) => string> {
  const end = Date.now() + 20_000;
  for (;;) {
    const messages = listeners.sent.split('\n\n').filter((each) => /^event: (activity|changed)$/m.test(each));
    if (messages.length >= 2) return (number) => `${messages.join('\n\n')}\n\n`.replace(markOf(event), markOf(number));
    if (Date.now() > end) throw new Error(`a stream of the product was not told of an event within 20 s: ${JSON.stringify(listeners.sent)}`);
    await sleep(100);
  }
}
