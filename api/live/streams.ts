/**
 * The open event streams: each person is told what they may read, in server-sent events (WHATWG HTML, 9.2). An event is written once for all who get it. A
 * stream is short-lived on purpose: it ends soon for people who no longer have a token, and follows their parts in plans.
 */
import type { Address } from '../../domain/address.ts';
import { readsAt, type Reading } from '../../domain/authority/who-reads.ts';
import { activityOf } from '../../domain/board/activity.ts';
import type { PlanFacts } from '../../domain/board/facts.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned } from '../../store/contract.ts';
import type { Feed, Happened } from './feed.ts';

/** Where a stream is written: an HTTP response, or a test. */
export interface Outlet {
  write(text: string): void;
  /** Bytes that the receiver has not taken yet. */
  waiting(): number;
  end(): void;
}

export interface Listener {
  person: string;
  outlet: Outlet;
  /** Of each plan that they see; asked again when it may have changed. */
  readings(): Promise<ReadonlyMap<string, Reading>>;
  /** Rejects or is false when they may not listen any more. */
  stillSignedIn(): Promise<boolean>;
  /** Aborted when the receiver has gone. */
  gone: AbortSignal;
}

export interface Streams {
  /**
   * Adds a stream; first it is told what `before` resolves to. Ends the oldest of the person where they have too many. Rejects, and keeps nothing of the stream,
   * where the store does not answer.
   */
  add(listener: Listener, before: () => Promise<Happened>): Promise<() => void>;
  count(): number;
  /** Ends all; those that come later end at once. */
  close(): void;
}

export const most = { ofOnePerson: 12, inAll: 800, waitingBytes: 1_048_576, held: 5_000 } as const;
export const heartbeatMs = 10_000;
const readingsMs = 30_000;
const signedInMs = 60_000;

interface Open extends Listener {
  known: ReadonlyMap<string, Reading>;
  /** Who reads what could not be asked the last time: `known` is from before. */
  isStale: boolean;
  /** What happens while it is told what was before. Undefined: it is told at once. */
  held: { text: string; position: number | undefined }[] | undefined;
  end(): void;
}

/** `idOf`: of the position of an event. It is sealed: positions show how much happens in plans that a person does not see. */
export function openStreams(feed: Feed, factsOf: (plan: string) => Promise<PlanFacts | undefined>, idOf: (position: number) => string): Streams {
  const streams = new Set<Open>();
  let unfollow: (() => void) | undefined;
  let closed = false;
  const timers: ReturnType<typeof setInterval>[] = [];
  /** One after the other, so that nothing overtakes. */
  let telling: Promise<void> = Promise.resolve();

  function start(): void {
    if (unfollow) return;
    unfollow = feed.follow((happened) => {
      void inTurn(() => tellNow([...streams], happened)).catch(() => undefined);
    });
    timers.push(
      setInterval(() => toAll(heartbeat(Date.now())), heartbeatMs),
      setInterval(() => void Promise.all([...streams].map(refreshOrEnd)), readingsMs),
      setInterval(() => void Promise.all([...streams].map(checkSignedIn)), signedInMs),
    );
  }

  function stop(): void {
    unfollow?.();
    unfollow = undefined;
    for (const timer of timers.splice(0)) clearInterval(timer);
  }

  const toAll = (text: string) => {
    for (const stream of streams) write(stream, text);
  };

  async function inTurn(tell: () => Promise<void>): Promise<void> {
    const told = telling.then(tell);
    telling = told.catch(() => undefined);
    return told;
  }

  function write(stream: Open, text: string, position?: number): void {
    if (!streams.has(stream)) return;
    if (stream.held && stream.held.length < most.held) return void stream.held.push({ text, position });
    // Who does not read is disconnected, and reads everything anew when they come back.
    if (stream.held || stream.outlet.waiting() > most.waitingBytes) stream.end();
    else stream.outlet.write(text);
  }

  async function refresh(stream: Open): Promise<void> {
    stream.known = await stream.readings();
    stream.isStale = false;
  }

  /** What they read half a minute ago holds for as long once more: what is told in an outage of seconds is not lost. Afterwards they come back and are asked anew. */
  async function refreshOrEnd(stream: Open): Promise<void> {
    await refresh(stream).catch(() => {
      if (stream.isStale) stream.end();
      stream.isStale = true;
    });
  }

  /** Nobody is told by what they read before a revision. */
  const refreshNow = (stream: Open) => refresh(stream).catch(() => stream.end());

  async function checkSignedIn(stream: Open): Promise<void> {
    if (!(await stream.stillSignedIn().catch(() => false))) stream.end();
  }

  async function tellNow(to: readonly Open[], happened: Happened): Promise<void> {
    if (happened.events.some(({ kind }) => ofRevisions.has(kind))) await Promise.all(to.map(refreshNow));
    await tellAll(to, happened);
  }

  async function tellAll(to: readonly Open[], { events, evaluated, missed, inPlans }: Happened): Promise<void> {
    if (missed) for (const stream of to) if (sees(stream, inPlans)) write(stream, message('missed', {}));
    if (missed) return;
    for (const event of events) {
      // Names are worth waiting for, and no reason to lose the event.
      const facts = await factsOf(event.plan).catch(() => undefined);
      const text = message('activity', activityOf(event, facts), idOf(event.position));
      for (const stream of to) if (mayRead(stream.known.get(event.plan), event)) write(stream, text, event.position);
    }
    for (const { address, version } of changedBy(events, evaluated, idOf)) {
      const text = message('changed', { ...address, version });
      for (const stream of to) if (stream.known.get(address.plan)?.sees) write(stream, text);
    }
  }

  async function begin(stream: Open, before: () => Promise<Happened>): Promise<void> {
    await Promise.all([refresh(stream), feed.started()]);
    const replayed = await before();
    await inTurn(async () => {
      const { held = [] } = stream;
      stream.held = undefined;
      write(stream, `retry: 1000\n\n${heartbeat(Date.now())}`);
      await tellAll([stream], replayed);
      const told = new Set(replayed.events.map(({ position }) => position));
      for (const { text, position } of held) if (position === undefined || !told.has(position)) write(stream, text);
    });
  }

  return {
    async add(listener, before) {
      const stream: Open = {
        ...listener,
        known: new Map(),
        isStale: false,
        held: [],
        end: () => {
          if (!streams.delete(stream)) return;
          if (streams.size === 0) stop();
          listener.outlet.end();
        },
      };
      if (closed || listener.gone.aborted) {
        listener.outlet.end();
        return () => undefined;
      }
      start();
      const own = [...streams].filter(({ person }) => person === listener.person);
      if (own.length >= most.ofOnePerson) own[0]?.end();
      streams.add(stream);
      listener.gone.addEventListener('abort', () => stream.end(), { once: true });
      try {
        await begin(stream, before);
      } catch (error) {
        stream.end();
        throw error;
      }
      return () => stream.end();
    },
    count: () => streams.size,
    close() {
      closed = true;
      for (const stream of streams) stream.end();
      stop();
    },
  };
}

/** Kinds of events that follow a revision, which may change who reads what. */
const ofRevisions: ReadonlySet<string> = new Set(['applied', 'revised']);

/** Undefined: it was looked up for this listener. */
const sees = ({ known }: Open, plans: ReadonlySet<string> | undefined): boolean => plans === undefined || [...plans].some((plan) => known.get(plan)?.sees);

const mayRead = (reading: Reading | undefined, event: AuditEvent): boolean => reading !== undefined && reading.sees && readsAt(reading, event);

const heartbeat = (atMs: number) => message('heartbeat', { atMs });

/** One event of a stream. JSON has no line breaks of its own. */
const message = (event: string, data: unknown, id?: string): string =>
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
