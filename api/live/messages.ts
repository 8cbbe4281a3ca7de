/** What event streams are told, as server-sent events, and who may hear it. */
import type { Address } from '../../domain/address.ts';
import { readsAt, type Reading } from '../../domain/authority/who-reads.ts';
import { activityOf } from '../../domain/board/activity.ts';
import type { PlanFacts } from '../../domain/board/facts.ts';
import type { AuditEvent } from '../../domain/records.ts';
import type { Positioned } from '../../store/contract.ts';
import type { Happened } from './feed.ts';

/** By plan: what somebody may read. */
export type Known = ReadonlyMap<string, Reading>;

/** One event of the stream, and who is told. */
export interface Message {
  text: string;
  position?: number;
  isFor(known: Known): boolean;
}

export interface Names {
  factsOf(plan: string): Promise<PlanFacts | undefined>;
  /** Of the position of an event. It is sealed: positions show how much happens in plans that a person does not see. */
  idOf(position: number): string;
}

/** Kinds of events that follow a revision, which may change who reads what. */
const ofRevisions: ReadonlySet<string> = new Set(['applied', 'revised']);
export const followsRevision = ({ kind }: AuditEvent): boolean => ofRevisions.has(kind);

/** Names are worth waiting for, and no reason to lose the event. Each plan is asked for once. */
export async function messagesOf({ events, evaluated, missed, inPlans }: Happened, { factsOf, idOf }: Names): Promise<Message[]> {
  if (missed) return [{ text: eventText('missed', {}), isFor: (known) => seesOne(known, inPlans) }];
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

/** Undefined: it was looked up for this listener. */
const seesOne = (known: Known, plans: ReadonlySet<string> | undefined): boolean => plans === undefined || [...plans].some((plan) => known.get(plan)?.sees);

const mayRead = (reading: Reading | undefined, event: AuditEvent): boolean => reading !== undefined && reading.sees && readsAt(reading, event);

export const changeOf = ({ address, version }: { address: Address; version: string }): Message => ({
  text: eventText('changed', { ...address, version }),
  isFor: (known) => known.get(address.plan)?.sees === true,
});

export const heartbeat = (atMs: number): Message => ({ text: eventText('heartbeat', { atMs }), isFor: () => true });

export const textOf = (messages: readonly Message[]): string => messages.map(({ text }) => text).join('');

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
