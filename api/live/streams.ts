/**
 * The open event streams: each person is told what they may read, in server-sent events (WHATWG HTML, 9.2). An event is written once for all who get it. A
 * stream is short-lived on purpose: it ends soon for people who no longer have a token, and follows their parts in plans.
 */
import type { Caller } from '../../domain/site/caller.ts';
import type { PlanRow } from '../../domain/views/revision.ts';
import { inParallel } from '../in-parallel.ts';
import { forTheProcess } from '../../store/shares.ts';
import type { Feed, Happened } from './feed.ts';
import { changeOf, followsRevision, heartbeat, messagesOf, textOf, type Known, type Message, type Names } from './messages.ts';

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
/** With the half minute for which keys of the provider are kept, a stream ends within a minute after the key of its token was withdrawn. */
const signedInMs = 25_000;
const endingsMs = 1_000;
/** What is checked again for all streams does not hold up what they are told meanwhile. */
const checkedAtOnce = 4;

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
  /** One after the other, so that nothing overtakes; of nobody else, so that nobody waits for others. */
  telling: Promise<void>;
}

interface Open extends Pick<Listener, 'outlet' | 'stillSignedIn' | 'endsAtMs'> {
  reader: Reader;
  /** What happens while it is told what was before. Undefined: it is told at once. */
  held: Message[] | undefined;
}

interface Telling {
  messages: readonly Message[];
  /** By the text: the same for all who are told the same. */
  bytes: Map<string, Uint8Array>;
}

interface Asks extends Names {
  /** Of each plan that they see; asked again when it may have changed. */
  readings(caller: Caller, plans?: readonly PlanRow[]): Promise<Known>;
  /** All plans: asked once for all readers. */
  plans(): Promise<readonly PlanRow[]>;
  /** The site file as it is now: another object once it has changed. */
  site(): object;
}

export function openStreams(feed: Feed, { readings, plans, site, ...names }: Asks): Streams {
  const streams = new Set<Open>();
  const readers = new Map<string, Reader>();
  let unfollow: (() => void) | undefined;
  let closed = false;
  let followed = site();
  const timers: ReturnType<typeof setInterval>[] = [];
  /** By person: the last of their streams that begins, or waits to. */
  const beginning = new Map<string, Promise<void>>();

  function start(): void {
    if (unfollow) return;
    unfollow = feed.follow(tellAll);
    forTheProcess(beginTimers);
  }
  function beginTimers(): void {
    timers.push(
      setInterval(beat, heartbeatMs),
      setInterval(() => endOver(performance.now()), endingsMs),
      setInterval(followSite, endingsMs),
      setInterval(() => void refreshAll(), readingsMs),
      setInterval(() => void inParallel(checkedAtOnce, [...streams], checkSignedIn), signedInMs),
    );
  }

  /** A right that the site has taken away tells nothing more. */
  function followSite(): void {
    const now = site();
    if (now === followed) return;
    followed = now;
    void refreshAll();
  }

  async function refreshAll(): Promise<void> {
    const rows = plans();
    rows.catch(() => undefined);
    await inParallel(checkedAtOnce, [...readers.values()], (reader) => refreshOrEnd(reader, rows));
  }

  function stop(): void {
    unfollow?.();
    unfollow = undefined;
    for (const timer of timers.splice(0)) clearInterval(timer);
  }

  async function inTurn(reader: Reader, work: () => Promise<void>): Promise<void> {
    const told = reader.telling.then(work);
    reader.telling = told.catch(() => undefined);
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
  function tell({ known, streams: theirs }: Reader, { messages, bytes }: Telling): void {
    const own = messages.filter((each) => each.isFor(known));
    if (own.length === 0) return;
    const text = textOf(own);
    const piece = bytes.get(text) ?? Buffer.from(text);
    bytes.set(text, piece);
    for (const stream of theirs)
      if (stream.held) hold(stream, stream.held, own);
      else write(stream, piece);
  }

  async function refresh(reader: Reader, rows?: Promise<readonly PlanRow[]>): Promise<void> {
    const question = ++reader.asked;
    const known = await readings(reader.caller, await rows);
    if (question < reader.answers) return;
    Object.assign(reader, { known, answers: question, isStale: false });
  }

  /** What they read half a minute ago holds for as long once more: what is told in an outage of seconds is not lost. Afterwards they come back and are asked anew. */
  async function refreshOrEnd(reader: Reader, rows: Promise<readonly PlanRow[]>): Promise<void> {
    await refresh(reader, rows).catch(() => {
      if (reader.isStale) endAll(reader.streams);
      reader.isStale = true;
    });
  }

  /** Nobody is told by what they read before a revision. */
  const refreshNow = (reader: Reader, rows: Promise<readonly PlanRow[]>) => refresh(reader, rows).catch(() => endAll(reader.streams));

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

  function tellAll(happened: Happened): void {
    const messages = messagesOf(happened, names);
    void messages.catch(() => undefined);
    const bytes = new Map<string, Uint8Array>();
    const rows = happened.events.some(followsRevision) && readers.size > 0 ? plans() : undefined;
    void rows?.catch(() => undefined);
    for (const reader of readers.values())
      void inTurn(reader, async () => {
        if (rows && reader.streams.size > 0) await refreshNow(reader, rows);
        tell(reader, { messages: await messages, bytes });
      }).catch(() => undefined);
  }

  /** In turn, so that those who hear late can notice. */
  function beat(): void {
    const beats = toldNow([heartbeat(Date.now())]);
    for (const reader of readers.values()) void inTurn(reader, async () => tell(reader, beats));
  }

  /**
   * Streams of one person begin one after the other, since each costs the store some questions; those that have ended meanwhile cost it nothing. What others
   * are told does not wait for it.
   */
  async function beginInTurn(stream: Open, before: (plans: string[]) => Promise<Happened>): Promise<void> {
    const { id } = stream.reader.caller;
    const begun = (beginning.get(id) ?? Promise.resolve()).then(() => begin(stream, before));
    const settled = begun.catch(() => undefined);
    beginning.set(id, settled);
    await settled;
    if (beginning.get(id) === settled) beginning.delete(id);
    return begun;
  }

  async function begin(stream: Open, before: (plans: string[]) => Promise<Happened>): Promise<void> {
    const { reader } = stream;
    if (!streams.has(stream)) return;
    await Promise.all([refresh(reader), feed.started()]);
    if (!streams.has(stream)) return;
    const replayed = await before([...reader.known.keys()]);
    if (!streams.has(stream)) return;
    const messages = await messagesOf(replayed, names);
    await inTurn(reader, async () => {
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
    const reader = readers.get(key) ?? { caller, known: new Map(), answers: 0, asked: 0, isStale: false, streams: new Set(), telling: Promise.resolve() };
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
        await beginInTurn(stream, before);
      } catch (error) {
        end(stream);
        throw error;
      }
    },
    changed(plan) {
      const change = toldNow([changeOf({ address: { plan }, version: `asked-${Date.now()}` })]);
      for (const reader of readers.values()) tell(reader, change);
    },
    count: () => streams.size,
    close() {
      closed = true;
      endAll(streams);
      stop();
    },
  };
}

const toldNow = (messages: readonly Message[]): Telling => ({ messages, bytes: new Map() });

const keyOf = ({ id, groups }: Caller): string => JSON.stringify([id, groups.toSorted()]);
