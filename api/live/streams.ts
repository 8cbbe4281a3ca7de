/**
 * The open event streams: each person is told what they may read, in server-sent events (WHATWG HTML, 9.2). An event is written once for all who get it. A
 * stream is short-lived on purpose: it ends soon for people who no longer have a token, and follows their parts in plans.
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
  /** Aborted when the receiver has gone. */
  gone: AbortSignal;
  /** When it ends by itself, by `performance.now()`; a second later at most. */
  endsAtMs: number;
}

export interface Streams {
  /**
   * Adds a stream; first it is told what `before` resolves to, which is given the plans that they see. Ends the oldest of the person where they have too many.
   * Rejects, and keeps nothing of the stream, where the store does not answer.
   */
  add(listener: Listener, before: (plans: string[]) => Promise<Happened>): Promise<void>;
  /** Tells all who see this plan that something of it changed that no event tells. */
  changed(plan: string): void;
  count(): number;
  /** Ends all; those that come later end at once. */
  close(): void;
}

export const most = { ofOnePerson: 12, inAll: 800, waitingBytes: 1_048_576, held: 5_000 } as const;
export const heartbeatMs = 10_000;
const readingsMs = 30_000;
const signedInMs = 60_000;
const endingsMs = 1_000;
/** What is checked again for all streams does not hold up what they are told meanwhile. */
const checkedAtOnce = 4;

type Known = ReadonlyMap<string, Reading>;

/** Somebody with these groups, and all of their streams: what they may read is decided once for all of them. */
interface Reader {
  caller: Caller;
  known: Known;
  /** Which question `known` answers: an older one that is answered later does not count. */
  answers: number;
  asked: number;
  /** Who reads what could not be asked the last time: `known` is from before. */
  isStale: boolean;
  streams: Set<Open>;
}

interface Open extends Pick<Listener, 'outlet' | 'stillSignedIn' | 'endsAtMs'> {
  reader: Reader;
  /** What happens while it is told what was before. Undefined: it is told at once. */
  held: Message[] | undefined;
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
  let closed = false;
  const timers: ReturnType<typeof setInterval>[] = [];
  /** One after the other, so that nothing overtakes. */
  let telling: Promise<void> = Promise.resolve();

  function start(): void {
    if (unfollow) return;
    unfollow = feed.follow((happened) => {
      void inTurn(() => tellAll(happened)).catch(() => undefined);
    });
    timers.push(
      setInterval(() => tell(streams, [heartbeat(Date.now())]), heartbeatMs),
      setInterval(() => endOver(performance.now()), endingsMs),
      setInterval(() => void inParallel(checkedAtOnce, [...readers.values()], refreshOrEnd), readingsMs),
      setInterval(() => void inParallel(checkedAtOnce, [...streams], checkSignedIn), signedInMs),
    );
  }

  function stop(): void {
    unfollow?.();
    unfollow = undefined;
    for (const timer of timers.splice(0)) clearInterval(timer);
  }

  async function inTurn(work: () => Promise<void>): Promise<void> {
    const told = telling.then(work);
    telling = told.catch(() => undefined);
    return told;
  }

  function write(stream: Open, bytes: Uint8Array): void {
    if (bytes.length === 0 || !streams.has(stream)) return;
    // Who does not read is disconnected, and reads everything anew when they come back.
    if (stream.outlet.waiting() > most.waitingBytes) end(stream);
    else stream.outlet.write(bytes);
  }

  function hold(stream: Open, held: Message[], messages: readonly Message[]): void {
    if (held.length + messages.length > most.held) end(stream);
    else held.push(...messages);
  }

  /** In one piece for each stream, and in the same bytes for all who are told the same. */
  function tell(to: Iterable<Open>, messages: readonly Message[]): void {
    const theirs = new Map<Known, Message[]>();
    const bytes = new Map<string, Uint8Array>();
    const written = new Map<Known, Uint8Array>();
    for (const stream of to) {
      const { known } = stream.reader;
      const own = theirs.get(known) ?? messages.filter((each) => each.isFor(known));
      theirs.set(known, own);
      if (stream.held) {
        hold(stream, stream.held, own);
        continue;
      }
      let piece = written.get(known);
      if (!piece) {
        const text = textOf(own);
        piece = bytes.get(text) ?? Buffer.from(text);
        bytes.set(text, piece);
        written.set(known, piece);
      }
      write(stream, piece);
    }
  }

  async function refresh(reader: Reader): Promise<void> {
    const question = ++reader.asked;
    const known = await readings(reader.caller);
    if (question < reader.answers) return;
    Object.assign(reader, { known, answers: question, isStale: false });
  }

  /** What they read half a minute ago holds for as long once more: what is told in an outage of seconds is not lost. Afterwards they come back and are asked anew. */
  async function refreshOrEnd(reader: Reader): Promise<void> {
    await refresh(reader).catch(() => {
      if (reader.isStale) endAll(reader.streams);
      reader.isStale = true;
    });
  }

  /** Nobody is told by what they read before a revision. */
  const refreshNow = (reader: Reader) => refresh(reader).catch(() => endAll(reader.streams));

  function end(stream: Open): void {
    if (!streams.delete(stream)) return;
    const { reader, outlet } = stream;
    reader.streams.delete(stream);
    if (reader.streams.size === 0) readers.delete(keyOf(reader.caller));
    if (streams.size === 0) stop();
    outlet.end();
  }

  function endAll(these: Iterable<Open>): void {
    for (const stream of these) end(stream);
  }

  function endOver(nowMs: number): void {
    for (const stream of streams) if (stream.endsAtMs <= nowMs) end(stream);
  }

  async function checkSignedIn(stream: Open): Promise<void> {
    if (!(await stream.stillSignedIn().catch(() => false))) end(stream);
  }

  async function tellAll(happened: Happened): Promise<void> {
    if (happened.events.some(({ kind }) => ofRevisions.has(kind))) await Promise.all([...readers.values()].map(refreshNow));
    tell(streams, await messagesOf(happened));
  }

  async function messagesOf({ events, evaluated, missed, inPlans }: Happened): Promise<Message[]> {
    if (missed) return [{ text: eventText('missed', {}), isFor: (known) => seesOne(known, inPlans) }];
    // Names are worth waiting for, and no reason to lose the event.
    const named = async (plan: string) => [plan, await factsOf(plan).catch(() => undefined)] as const;
    const facts = new Map(await Promise.all([...new Set(events.map(({ plan }) => plan))].map(named)));
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

  async function begin(stream: Open, before: (plans: string[]) => Promise<Happened>): Promise<void> {
    const { reader } = stream;
    await Promise.all([refresh(reader), feed.started()]);
    const replayed = await before([...reader.known.keys()]);
    await inTurn(async () => {
      const messages = await messagesOf(replayed);
      const { held = [] } = stream;
      stream.held = undefined;
      const told = new Set(replayed.events.map(({ position }) => position));
      const later = held.filter(({ position }) => position === undefined || !told.has(position));
      const theirs = [...messages, ...later].filter((each) => each.isFor(reader.known));
      write(stream, Buffer.from(`retry: 1000\n\n${textOf([heartbeat(Date.now()), ...theirs])}`));
    });
  }

  /** The oldest of this person, where they may not have one more. */
  function oneTooMany(person: string): Open | undefined {
    const own = [...streams].filter(({ reader }) => reader.caller.id === person);
    return own.length >= most.ofOnePerson ? own[0] : undefined;
  }

  function opened({ caller, outlet, stillSignedIn, endsAtMs }: Listener): Open {
    const key = keyOf(caller);
    const reader = readers.get(key) ?? { caller, known: new Map(), answers: 0, asked: 0, isStale: false, streams: new Set() };
    const stream: Open = { reader, outlet, stillSignedIn, endsAtMs, held: [] };
    streams.add(stream);
    readers.set(key, reader);
    reader.streams.add(stream);
    return stream;
  }

  return {
    async add(listener, before) {
      if (closed || listener.gone.aborted) {
        listener.outlet.end();
        return;
      }
      start();
      const oldest = oneTooMany(listener.caller.id);
      const stream = opened(listener);
      if (oldest) end(oldest);
      listener.gone.addEventListener('abort', () => end(stream), { once: true });
      try {
        await begin(stream, before);
      } catch (error) {
        end(stream);
        throw error;
      }
    },
    changed: (plan) => tell(streams, [changeOf({ address: { plan }, version: `asked-${Date.now()}` })]),
    count: () => streams.size,
    close() {
      closed = true;
      endAll(streams);
      stop();
    },
  };
}

/** Kinds of events that follow a revision, which may change who reads what. */
const ofRevisions: ReadonlySet<string> = new Set(['applied', 'revised']);

const keyOf = ({ id, groups }: Caller): string => JSON.stringify([id, groups.toSorted()]);

/** Undefined: it was looked up for this listener. */
const seesOne = (known: Known, plans: ReadonlySet<string> | undefined): boolean => plans === undefined || [...plans].some((plan) => known.get(plan)?.sees);

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
