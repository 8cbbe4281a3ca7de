/**
 * The stream of what changes: one for the page, opened by the first part that listens. It reconnects by itself, asks for what it missed by the id of the last
 * event, and knows when it was last heard, so that a page never looks fresh when it is not.
 */
import type { Activity, Changed as ChangedView } from '../../domain/views/board.ts';
import { shipped } from './shipped.ts';

/** 'everything': the stream was lost for too long to know. */
export type Changed = ChangedView | 'everything';

export interface Heard {
  state: 'connecting' | 'live' | 'lost';
  /** By this machine's clock. Undefined: never. */
  atMs: number | undefined;
}

const changeListeners = new Set<(change: Changed) => void>();
const activityListeners = new Set<(activity: Activity) => void>();
const heardListeners = new Set<(heard: Heard) => void>();
let heard: Heard = { state: 'connecting', atMs: undefined };
let source: EventSource | undefined;
/** The document came with where to begin, so that nothing is missed between its answers and the stream. */
let lastId = (shipped('/v1/live') as string | undefined) ?? '';
let timer: ReturnType<typeof setTimeout> | undefined;
let watchdog: ReturnType<typeof setTimeout> | undefined;
let tries = 0;
let lostOnce = false;

/** The endpoint sends a heartbeat every ten seconds; after three of them it is lost, whatever the connection says. */
const silentMs = 30_000;
const retryMs = { first: 1_000, last: 30_000 } as const;

export const onChange = (listener: (change: Changed) => void): (() => void) => listen(changeListeners, listener);
export const onActivity = (listener: (activity: Activity) => void): (() => void) => listen(activityListeners, listener);
export const onHeard = (listener: (heard: Heard) => void): (() => void) => listen(heardListeners, listener);
export const heardNow = (): Heard => heard;

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  connect();
  return () => void listeners.delete(listener);
}

function connect(): void {
  if (source || timer !== undefined) return;
  const stream = new EventSource(lastId === '' ? '/v1/live' : `/v1/live?after=${encodeURIComponent(lastId)}`);
  source = stream;
  const hear = (event: MessageEvent<string>) => {
    if (event.lastEventId !== '') lastId = event.lastEventId;
    tries = 0;
    say({ state: 'live', atMs: Date.now() });
    clearTimeout(watchdog);
    watchdog = setTimeout(lose, silentMs);
  };
  // What was missed is not known piece by piece: after a loss, and where the document did not say where to begin, everything is asked for again.
  let first = lostOnce || lastId === '';
  stream.addEventListener('heartbeat', (event) => {
    hear(event);
    if (first) tellAll(changeListeners, 'everything');
    first = false;
  });
  // Of what happened while nobody listened, too much to be told piece by piece.
  stream.addEventListener('missed', (event) => {
    hear(event);
    tellAll(changeListeners, 'everything');
  });
  stream.addEventListener('changed', (event: MessageEvent<string>) => {
    hear(event);
    tellAll(changeListeners, JSON.parse(event.data) as ChangedView);
  });
  stream.addEventListener('activity', (event: MessageEvent<string>) => {
    hear(event);
    tellAll(activityListeners, JSON.parse(event.data) as Activity);
  });
  // The browser would try again by itself after a lost connection, but not after an answer such as 503: both are done here.
  stream.addEventListener('error', lose);
}

function lose(): void {
  close();
  // A stream ends every quarter of an hour, and the next one begins a second later: it is lost when that one fails, too.
  if (tries > 0) {
    // The page's own question says why: signed out, or nobody there.
    if (heard.state !== 'lost') tellAll(changeListeners, 'everything');
    say({ state: heard.atMs === undefined && tries < 2 ? 'connecting' : 'lost', atMs: heard.atMs });
  }
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      timer = undefined;
      connect();
    },
    Math.min(retryMs.first * 2 ** tries++, retryMs.last),
  );
}

function close(): void {
  lostOnce = true;
  source?.close();
  source = undefined;
  clearTimeout(watchdog);
}

function say(now: Heard): void {
  heard = now;
  tellAll(heardListeners, now);
}

function tellAll<T>(listeners: Set<(told: T) => void>, told: T): void {
  for (const each of listeners) each(told);
}

// A machine that wakes up, or a phone that comes back into the network, does not wait for the next try.
addEventListener('online', hurry);
addEventListener('offline', () => source && lose());
// A browser has six connections to an endpoint without TLS, for all its tabs: those that nobody sees give theirs back.
const unseenMs = 60_000;
let resting = false;
let unseen: ReturnType<typeof setTimeout> | undefined;
document.addEventListener('visibilitychange', () => {
  clearTimeout(unseen);
  if (document.visibilityState === 'visible') return hurry();
  unseen = setTimeout(() => {
    close();
    resting = true;
  }, unseenMs);
});

function hurry(): void {
  if (source || (timer === undefined && !resting)) return;
  resting = false;
  clearTimeout(timer);
  timer = undefined;
  connect();
}
