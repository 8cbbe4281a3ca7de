/**
 * The open event streams: each person is told what they may read, in server-sent events (WHATWG HTML, 9.2). An event is written once for all who get it. A
 * stream is short-lived on purpose: anyone who no longer has a token, or another part in a plan, is not told anything for long.
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
}

export interface Streams {
  /** Adds a stream; first it is told what `before` resolves to. Ends the oldest of the person where they have too many. */
  add(listener: Listener, before: () => Promise<Happened>): Promise<() => void>;
  count(): number;
  close(): void;
}

export const most = { ofOnePerson: 12, inAll: 800, waitingBytes: 1_048_576 } as const;
export const heartbeatMs = 10_000;
const readingsMs = 30_000;
const signedInMs = 60_000;

interface Open extends Listener {
  known: ReadonlyMap<string, Reading>;
  /** What happens while it is told what was before. Undefined: it is told at once. */
  held: { text: string; position: number | undefined }[] | undefined;
  end(): void;
}

/** `idOf`: of the position of an event. It is sealed: positions show how much happens in plans that a person does not see. */
export function openStreams(feed: Feed, factsOf: (plan: string) => Promise<PlanFacts | undefined>, idOf: (position: number) => string): Streams {
  const streams = new Set<Open>();
  let unfollow: (() => void) | undefined;
  const timers: ReturnType<typeof setInterval>[] = [];
  /** One after the other, so that nothing overtakes. */
  let telling: Promise<void> = Promise.resolve();

  function start(): void {
    if (unfollow) return;
    unfollow = feed.follow((happened) => {
      telling = telling.then(() => tellAll([...streams], happened)).catch(() => undefined);
    });
    timers.push(
      setInterval(() => toAll(heartbeat(Date.now())), heartbeatMs),
      setInterval(() => void Promise.all([...streams].map(refresh)), readingsMs),
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

  function write(stream: Open, text: string, position?: number): void {
    if (stream.held) return void stream.held.push({ text, position });
    // Who does not read is disconnected, and reads everything anew when they come back.
    if (stream.outlet.waiting() > most.waitingBytes) stream.end();
    else stream.outlet.write(text);
  }

  async function refresh(stream: Open): Promise<void> {
    stream.known = await stream.readings().catch(() => new Map<string, Reading>());
  }

  async function checkSignedIn(stream: Open): Promise<void> {
    if (!(await stream.stillSignedIn().catch(() => false))) stream.end();
  }

  async function tellAll(to: readonly Open[], { events, evaluated, missed }: Happened): Promise<void> {
    // A revision may change who reads what.
    if (events.some(({ kind }) => kind === 'applied')) await Promise.all(to.map(refresh));
    if (missed) for (const stream of to) write(stream, message('missed', {}));
    if (missed) return;
    for (const event of events) {
      const text = message('activity', activityOf(event, await factsOf(event.plan)), idOf(event.position));
      for (const stream of to) if (mayRead(stream.known.get(event.plan), event)) write(stream, text, event.position);
    }
    for (const { address, version } of changedBy(events, evaluated, idOf)) {
      const text = message('changed', { ...address, version });
      for (const stream of to) if (stream.known.get(address.plan)?.sees) write(stream, text);
    }
  }

  return {
    async add(listener, before) {
      start();
      const stream: Open = {
        ...listener,
        known: new Map(),
        held: [],
        end: () => {
          streams.delete(stream);
          if (streams.size === 0) stop();
          listener.outlet.end();
        },
      };
      const own = [...streams].filter(({ person }) => person === listener.person);
      if (own.length >= most.ofOnePerson) own[0]?.end();
      streams.add(stream);
      await Promise.all([refresh(stream), feed.started()]);
      const replayed = await before();
      const { held = [] } = stream;
      stream.held = undefined;
      stream.outlet.write(`retry: 1000\n\n${heartbeat(Date.now())}`);
      await tellAll([stream], replayed);
      const told = new Set(replayed.events.map(({ position }) => position));
      for (const { text, position } of held) if (position === undefined || !told.has(position)) write(stream, text);
      return () => stream.end();
    },
    count: () => streams.size,
    close() {
      for (const stream of streams) stream.end();
      stop();
    },
  };
}

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
