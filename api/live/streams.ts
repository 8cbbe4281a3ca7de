/**
 * The open event streams: each person is told what they may read, in server-sent events (WHATWG HTML, 9.2). An event is written once for all who get it. A
 * stream is short-lived on purpose: anyone who no longer has a token, or another part in a plan, is not told anything for long.
 */
import type { Address } from '../../domain/address.ts';
import { readsAt, type Reading } from '../../domain/authority/who-reads.ts';
import { activityOf } from '../../domain/board/activity.ts';
import type { PlanFacts } from '../../domain/board/facts.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Caller } from '../../domain/site/caller.ts';
import type { Positioned } from '../../store/contract.ts';
import { inParallel } from '../in-parallel.ts';
import type { Feed, Happened } from './feed.ts';

/** Where a stream is written: an HTTP response, or a test. */
export interface Outlet {
  /** The same bytes may be written to many. */
  write(bytes: Uint8Array): void;
  /** Bytes that the receiver has not taken yet. */
  waiting(): number;
  end(): void;
}

export interface Listener {
  caller: Caller;
  outlet: Outlet;
  /** Rejects or is false when they may not listen any more. */
  stillSignedIn(): Promise<boolean>;
}

export interface Streams {
  /** Adds a stream; first it is told what `before` resolves to. Ends the oldest of the person where they have too many. */
  add(listener: Listener, before: () => Promise<Happened>): Promise<() => void>;
  /** Tells all who see this plan that something of it changed that no event tells. */
  changed(plan: string): void;
  count(): number;
  close(): void;
}

export const most = { ofOnePerson: 12, inAll: 800, waitingBytes: 1_048_576 } as const;
export const heartbeatMs = 10_000;
const readingsMs = 30_000;
const signedInMs = 60_000;
/** What is checked again for all streams does not hold up what they are told meanwhile. */
const checkedAtOnce = 4;

type Known = ReadonlyMap<string, Reading>;

/** Somebody with these groups, and all of their streams: what they may read is decided once for all of them. */
interface Reader {
  caller: Caller;
  known: Known;
  streams: Set<Open>;
}

interface Open extends Listener {
  reader: Reader;
  /** What happens while it is told what was before. Undefined: it is told at once. */
  held: Message[] | undefined;
  end(): void;
}

/** One event of the stream, and who is told. */
interface Message {
  text: string;
  position?: number;
  isFor(known: Known): boolean;
}

interface Asks {
  /** Of each plan that they see; asked again when it may have changed. */
  readings(caller: Caller): Promise<Known>;
  factsOf(plan: string): Promise<PlanFacts | undefined>;
  /** Of the position of an event. It is sealed: positions show how much happens in plans that a person does not see. */
  idOf(position: number): string;
}

export function openStreams(feed: Feed, { readings, factsOf, idOf }: Asks): Streams {
  const streams = new Set<Open>();
  const readers = new Map<string, Reader>();
  let unfollow: (() => void) | undefined;
  const timers: ReturnType<typeof setInterval>[] = [];
  /** One after the other, so that nothing overtakes. */
  let telling: Promise<void> = Promise.resolve();

  function start(): void {
    if (unfollow) return;
    unfollow = feed.follow((happened) => {
      telling = telling.then(() => tellAll(happened)).catch(() => undefined);
    });
    timers.push(
      setInterval(() => tell(streams, [heartbeat(Date.now())]), heartbeatMs),
      setInterval(() => void inParallel(checkedAtOnce, [...readers.values()], refresh), readingsMs),
      setInterval(() => void inParallel(checkedAtOnce, [...streams], checkSignedIn), signedInMs),
    );
  }

  function stop(): void {
    unfollow?.();
    unfollow = undefined;
    for (const timer of timers.splice(0)) clearInterval(timer);
  }

  function write(stream: Open, bytes: Uint8Array): void {
    // Who does not read is disconnected, and reads everything anew when they come back.
    if (stream.outlet.waiting() > most.waitingBytes) stream.end();
    else if (bytes.length > 0) stream.outlet.write(bytes);
  }

  /** In one piece for each stream, and in the same bytes for all who are told the same. */
  function tell(to: Iterable<Open>, messages: readonly Message[]): void {
    const own = new Map<Known, Message[]>();
    const bytes = new Map<string, Uint8Array>();
    const written = new Map<Known, Uint8Array>();
    for (const stream of to) {
      const { known } = stream.reader;
      const theirs = own.get(known) ?? messages.filter((each) => each.isFor(known));
      own.set(known, theirs);
      if (stream.held) {
        stream.held.push(...theirs);
        continue;
      }
      let piece = written.get(known);
      if (!piece) {
        const text = textOf(theirs);
        piece = bytes.get(text) ?? Buffer.from(text);
        bytes.set(text, piece);
        written.set(known, piece);
      }
      write(stream, piece);
    }
  }

  async function refresh(reader: Reader): Promise<void> {
    reader.known = await readings(reader.caller).catch(() => new Map<string, Reading>());
  }

  async function checkSignedIn(stream: Open): Promise<void> {
    if (!(await stream.stillSignedIn().catch(() => false))) stream.end();
  }

  async function tellAll(happened: Happened): Promise<void> {
    // A revision may change who reads what.
    if (happened.events.some(({ kind }) => kind === 'applied')) await Promise.all([...readers.values()].map(refresh));
    tell(streams, await messagesOf(happened));
  }

  async function messagesOf({ events, evaluated, missed }: Happened): Promise<Message[]> {
    if (missed) return [{ text: eventText('missed', {}), isFor: () => true }];
    const facts = new Map(await Promise.all([...new Set(events.map(({ plan }) => plan))].map(async (plan) => [plan, await factsOf(plan)] as const)));
    const ids = new Map(events.map(({ position }) => [position, idOf(position)]));
    return [
      ...events.map((event) => ({
        text: eventText('activity', activityOf(event, facts.get(event.plan)), ids.get(event.position)),
        position: event.position,
        isFor: (known: Known) => mayRead(known.get(event.plan), event),
      })),
      ...changedBy(events, evaluated, (position) => ids.get(position) ?? '').map(changeOf),
    ];
  }

  function readerOf(caller: Caller): Reader {
    return readers.get(keyOf(caller)) ?? { caller, known: new Map(), streams: new Set() };
  }

  function forget(stream: Open): void {
    // A stream may be ended twice: by us, and when its receiver has gone.
    if (!streams.delete(stream)) return;
    const { reader } = stream;
    reader.streams.delete(stream);
    if (reader.streams.size === 0) readers.delete(keyOf(reader.caller));
    if (streams.size === 0) stop();
  }

  return {
    async add(listener, before) {
      start();
      const reader = readerOf(listener.caller);
      const stream: Open = {
        ...listener,
        reader,
        held: [],
        end: () => {
          forget(stream);
          listener.outlet.end();
        },
      };
      const own = [...streams].filter(({ caller }) => caller.id === listener.caller.id);
      if (own.length >= most.ofOnePerson) own[0]?.end();
      streams.add(stream);
      readers.set(keyOf(listener.caller), reader);
      reader.streams.add(stream);
      await Promise.all([refresh(reader), feed.started()]);
      const replayed = await before();
      const first = (await messagesOf(replayed)).filter((each) => each.isFor(reader.known));
      const { held = [] } = stream;
      stream.held = undefined;
      const told = new Set(replayed.events.map(({ position }) => position));
      const later = held.filter(({ position }) => position === undefined || !told.has(position));
      write(stream, Buffer.from(`retry: 1000\n\n${textOf([heartbeat(Date.now()), ...first, ...later])}`));
      return () => stream.end();
    },
    changed: (plan) => tell(streams, [changeOf({ address: { plan }, version: `asked-${Date.now()}` })]),
    count: () => streams.size,
    close() {
      for (const stream of streams) stream.end();
      stop();
    },
  };
}

const keyOf = ({ id, groups }: Caller): string => JSON.stringify([id, groups.toSorted()]);

const mayRead = (reading: Reading | undefined, event: AuditEvent): boolean => reading !== undefined && reading.sees && readsAt(reading, event);

const changeOf = ({ address, version }: { address: Address; version: string }): Message => ({
  text: eventText('changed', { ...address, version }),
  isFor: (known) => known.get(address.plan)?.sees === true,
});

const heartbeat = (atMs: number): Message => ({ text: eventText('heartbeat', { atMs }), isFor: () => true });

const textOf = (messages: readonly Message[]): string => messages.map(({ text }) => text).join('');

/** One event of a stream. JSON has no line breaks of its own. */
const eventText = (event: string, data: unknown, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

/** Each address once. */
function changedBy(
  events: readonly Positioned<AuditEvent>[],
  evaluated: readonly Address[],
  idOf: (position: number) => string,
): { address: Address; version: string }[] {
  const found = new Map<string, { address: Address; version: string }>();
  const add = ({ plan, wave, package: id }: Address, version: string) => {
    const address = { plan, ...(wave === undefined ? {} : { wave }), ...(id === undefined ? {} : { package: id }) };
    found.set(JSON.stringify(address), { address, version });
  };
  for (const each of evaluated) add(each, `evaluated-${Date.now()}`);
  for (const event of events) add(event, idOf(event.position));
  return [...found.values()];
}
