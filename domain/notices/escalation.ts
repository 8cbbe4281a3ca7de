/**
 * Who is notified of a request, and when: first the people who are asked, then their delegates, then on-call, and all of them once it is overdue.
 * Pure: from the open requests, what is asked now and the time, it derives the notices to send now. All times are plan time.
 */
import { sha256Hex } from '../canonical.ts';
import type { NoticeTerms } from '../plan/section.ts';
import type { PersonRequest, NoticeLevel } from './request.ts';

/** An open request: what has to be remembered about it. What it asks follows from the state at any time. Plain JSON. */
export interface OpenRequest {
  key: string;
  /** Who was notified, of those who are still asked or stand in. */
  to: string[];
  sinceMs: number;
  /** Ids of the notices sent about it. */
  notices: string[];
  levels: NoticeLevel[];
}

export interface Settled {
  open: OpenRequest[];
  /** Requests that no longer need an answer. */
  answered: OpenRequest[];
  /** Each belongs to the request with that key. `to`: who is notified now. */
  due: { key: string; level: NoticeLevel; to: string[] }[];
}

/** Instants are rounded to this step, so that requests made within moments of each other share one timer. */
const stepMs = 5 * 60_000;

/** When the steps of a wave or package begin, after the full five minutes: hundreds of workflows do not escalate at one instant. Whole seconds, in milliseconds. */
export const stepsBegin = (address: string): number => (Number.parseInt(sha256Hex(address).slice(0, 8), 16) % (stepMs / 1_000)) * 1_000;

/** `beginMs`: of the steps, see stepsBegin. */
export function settleRequests(before: OpenRequest[], requests: PersonRequest[], terms: NoticeTerms, nowMs: number, beginMs = 0): Settled {
  const known = new Map(before.map((request) => [request.key, request]));
  const asked = new Set(requests.map(({ key }) => key));
  const due: Settled['due'] = [];
  const open = requests.map((ask) => {
    const request = { ...(known.get(ask.key) ?? { key: ask.key, to: [], sinceMs: nowMs, notices: [], levels: [] }) };
    request.to = request.to.filter((person) => [...ask.to, ...ask.delegates, ...terms.onCall].includes(person));
    // It goes on to the people who are asked now: an owner whom a revision has named, or somebody else who may lift a hold.
    const added = request.levels.includes('first') ? ask.to.filter((person) => !request.to.includes(person)) : [];
    if (added.length > 0) {
      request.to = [...request.to, ...added];
      due.push({ key: ask.key, level: 'first', to: added });
    }
    for (const level of levelsDue(request, ask, terms, nowMs, beginMs)) {
      request.levels = [...request.levels, level];
      const to = recipients(level, request, ask, terms);
      if (to.length === 0) continue;
      request.to = [...new Set([...request.to, ...to])];
      due.push({ key: ask.key, level, to });
    }
    return request;
  });
  return { open, answered: before.filter(({ key }) => !asked.has(key)), due };
}

/** The next instant at which one of these is escalated. Undefined: nobody is left to notify. */
export function nextEscalation(open: OpenRequest[], requests: PersonRequest[], terms: NoticeTerms, beginMs = 0): number | undefined {
  const asked = new Map(requests.map((ask) => [ask.key, ask]));
  const instants = open.flatMap((request) => {
    const ask = asked.get(request.key);
    return ask ? escalations(request, ask, terms, beginMs).flatMap(({ level, atMs }) => (request.levels.includes(level) ? [] : [atMs])) : [];
  });
  return instants.length > 0 ? Math.min(...instants) : undefined;
}

function levelsDue(request: OpenRequest, ask: PersonRequest, terms: NoticeTerms, nowMs: number, beginMs: number): NoticeLevel[] {
  const first: NoticeLevel[] = request.levels.includes('first') ? [] : ['first'];
  return [
    ...first,
    ...escalations(request, ask, terms, beginMs).flatMap(({ level, atMs }) => (atMs <= nowMs && !request.levels.includes(level) ? [level] : [])),
  ];
}

function escalations(
  { sinceMs }: OpenRequest,
  { delegates, byMs, urgent }: PersonRequest,
  terms: NoticeTerms,
  beginMs: number,
): { level: NoticeLevel; atMs: number }[] {
  const onStep = (ms: number) => Math.ceil((ms - beginMs) / stepMs) * stepMs + beginMs;
  const { delegateAfter, onCallAfter } = urgent ? terms.urgent : terms.usual;
  // Where little time is left, the person asked gets half of it, and the delegate a quarter.
  const left = byMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, byMs - sinceMs);
  const second = onStep(sinceMs + Math.min(delegateAfter, left / 2));
  const third = onStep(sinceMs + Math.min(onCallAfter, (left * 3) / 4));
  return [
    ...(delegates.length > 0 ? [{ level: 'delegate' as const, atMs: second }] : []),
    // There is no delegate, so on-call is notified instead.
    { level: 'onCall', atMs: delegates.length > 0 ? third : second },
    ...(byMs === undefined ? [] : [{ level: 'overdue' as const, atMs: onStep(Math.max(byMs, sinceMs + 1)) }]),
  ];
}

function recipients(level: NoticeLevel, { to: notified }: OpenRequest, { to, delegates }: PersonRequest, { onCall }: NoticeTerms): string[] {
  if (level === 'overdue') return [...new Set([...to, ...onCall])];
  const tell = level === 'first' ? to : level === 'delegate' ? delegates : onCall;
  return tell.filter((person) => !notified.includes(person));
}
