/** Reads Keycloak's admin events of groups and roles, and since when they are whole. */
import { z } from 'zod';
import { mappingPath, type EntitlementKey } from './entitlements.ts';
import { historyOf, type Pair, type PairEvent, type PairHistory } from './origins.ts';
import type { Asked, KeycloakSession } from './session.ts';
import type { KeycloakSettings } from './settings.ts';

const eventSchema = z.object({
  id: z.string().min(1),
  time: z.number(),
  operationType: z.string(),
  resourceType: z.string(),
  resourcePath: z.string().default(''),
  representation: z.string().optional(),
  error: z.string().optional(),
  authDetails: z.object({ userId: z.string().optional(), realmId: z.string().optional() }).optional(),
});
type AdminEvent = z.output<typeof eventSchema>;

/** Pages overlap: of events of the same millisecond, Keycloak may answer another order each time. */
const [smallEvents, largeEvents] = [
  { pageSize: 500, overlap: 50 },
  { pageSize: 100, overlap: 10 },
];
/** Of the nodes of a Keycloak. */
export const clocksDifferMs = 60_000;
/** Of one list; what was before is not known. */
const mostEvents = 100_000;
const inRepresentation = z.array(z.object({ id: z.string().optional() }));
const configSchema = z.object({ adminEventsEnabled: z.boolean(), adminEventsDetailsEnabled: z.boolean().default(false) });
const expirationSchema = z.object({ attributes: z.record(z.string(), z.string()).optional() });

export interface EventsConfig {
  /** Events are kept. */
  isKept: boolean;
  /** With what was changed, without which events of roles do not say which role. */
  hasDetails: boolean;
  /** How long they are kept; undefined: for ever. */
  keptSeconds: number | undefined;
}

/** Who made the grants of one entitlement: `undefined` of someone of whom nothing is told. */
export type Histories = (accountId: string) => PairHistory;

export class Events {
  readonly #session: KeycloakSession;
  readonly #isOn: boolean;

  constructor(session: KeycloakSession, { soleWriter }: KeycloakSettings) {
    this.#session = session;
    this.#isOn = !soleWriter;
  }

  async config(): Promise<EventsConfig> {
    const about = 'how admin events are kept cannot be read';
    const { adminEventsEnabled, adminEventsDetailsEnabled } = await this.#session.get({ about, path: ['events', 'config'] }, configSchema);
    const { attributes = {} } = await this.#session.get({ about, path: [] }, expirationSchema);
    const seconds = Number(attributes['adminEventsExpiration'] ?? 0);
    return { isKept: adminEventsEnabled, hasDetails: adminEventsDetailsEnabled, keptSeconds: seconds > 0 ? seconds : undefined };
  }

  /** undefined: the realm keeps no events, or the site says that nobody else changes anything. */
  async of(entitlement: EntitlementKey, accountId?: string, signal?: AbortSignal): Promise<Histories | undefined> {
    const knownSinceMs = await this.#knownSince(signal);
    return knownSinceMs === undefined ? undefined : this.#histories(entitlement, { accountId, knownSinceMs, signal });
  }

  /** As they are told from this moment on, without asking whether some of it was not. */
  since(entitlement: EntitlementKey, accountId: string, knownSinceMs: number): Promise<Histories> {
    return this.#histories(entitlement, { accountId, knownSinceMs });
  }

  async #histories(
    entitlement: EntitlementKey,
    { accountId, knownSinceMs, signal }: { accountId: string | undefined; knownSinceMs: number; signal?: AbortSignal | undefined },
  ): Promise<Histories> {
    const person = accountId ?? '*';
    const isGroup = entitlement.kind === 'group';
    const below = isGroup ? ['groups', entitlement.id] : mappingPath(entitlement);
    const resourceTypes = isGroup ? 'GROUP_MEMBERSHIP' : entitlement.kind === 'realm' ? 'REALM_ROLE_MAPPING' : 'CLIENT_ROLE_MAPPING';
    const about = `who gave '${entitlement.name}' cannot be read from the admin events`;
    const { events, sinceMs } = await this.#read({
      about,
      path: ['admin-events'],
      query: { resourceTypes, resourcePath: ['users', person, ...below].join('/') },
      signal,
    });
    const end = `/${below.join('/')}`;
    const ofAccounts = Map.groupBy(
      events.filter(({ resourcePath, resourceType }) => resourceType === resourceTypes && resourcePath.startsWith('users/') && resourcePath.endsWith(end)),
      ({ resourcePath }) => resourcePath.slice('users/'.length, -end.length),
    );
    return (id) => {
      const pair: Pair = { entitlementId: entitlement.id, accountId: id };
      const { known, sinceMs: unclearMs } = pairEvents(ofAccounts.get(id) ?? [], isGroup ? undefined : entitlement.id);
      return historyOf(known, pair, { repeats: !isGroup, knownSinceMs: Math.max(knownSinceMs, sinceMs, unclearMs) });
    };
  }

  /** Since when no change can be missing: the last time at which events were turned off. undefined: they are off. */
  async #knownSince(signal: AbortSignal | undefined): Promise<number | undefined> {
    if (!this.#isOn) return undefined;
    const about = 'admin events cannot be read';
    const { adminEventsEnabled } = await this.#session.get({ about, path: ['events', 'config'], signal }, configSchema);
    if (!adminEventsEnabled) return undefined;
    const nowMs = this.#session.nowMs();
    const dateFrom = Math.max(0, this.#off.readMs - clocksDifferMs);
    const query = { resourceTypes: 'REALM', operationTypes: 'UPDATE', ...(dateFrom > 0 ? { dateFrom } : {}) };
    // Each may hold all settings of the realm.
    const { events, sinceMs } = await this.#read({ about, path: ['admin-events'], query, signal }, largeEvents);
    const last = events.reduce((latest, event) => (mayHaveTurnedOff(event) ? Math.max(latest, event.time) : latest), sinceMs);
    this.#off = { lastMs: Math.max(this.#off.lastMs, last), readMs: nowMs };
    return this.#off.lastMs;
  }

  /** When events were turned off last, as far as they were read: what was before does not change. */
  #off = { lastMs: -Infinity, readMs: 0 };

  /** From the newest on: what is added in the meantime comes twice, and nothing is left out. */
  async #read(asked: Asked, { pageSize, overlap } = smallEvents): Promise<{ events: AdminEvent[]; sinceMs: number }> {
    const found = new Map<string, AdminEvent>();
    for (let first = 0; ; first += pageSize - overlap) {
      const page = await this.#session.get({ ...asked, query: { ...asked.query, first, max: pageSize } }, z.array(eventSchema).max(pageSize));
      for (const event of page) if (event.error === undefined) found.set(event.id, event);
      const events = [...found.values()];
      if (page.length === 0) return { events, sinceMs: -Infinity };
      if (first + pageSize >= mostEvents) return { events, sinceMs: events.reduce((earliest, { time }) => Math.min(earliest, time), Infinity) };
      if (page.length < pageSize) return { events, sinceMs: -Infinity };
    }
  }
}

/** A change of the realm that turned events off, or of which the events do not tell whether it did. */
function mayHaveTurnedOff({ resourcePath, representation }: AdminEvent): boolean {
  if (representation === undefined) return resourcePath.endsWith('events/config');
  return /"adminEventsEnabled"\s*:\s*false/.test(representation);
}

/** `roleId`: of all roles of an event only this one counts; an event that does not say which roles it is about leaves what was before in doubt. */
function pairEvents(events: AdminEvent[], roleId: string | undefined): { known: PairEvent[]; sinceMs: number } {
  const known: PairEvent[] = [];
  let sinceMs = -Infinity;
  for (const { id, time, operationType, representation, authDetails } of events) {
    const did = operationType === 'CREATE' ? 'added' : operationType === 'DELETE' ? 'removed' : undefined;
    if (did === undefined) continue;
    const roles = roleId === undefined ? [] : rolesIn(representation);
    if (!roles) sinceMs = Math.max(sinceMs, time);
    else if (roleId === undefined || roles.includes(roleId)) known.push({ id, atMs: time, did, by: authDetails?.userId ?? '' });
  }
  return { known, sinceMs };
}

function rolesIn(representation: string | undefined): string[] | undefined {
  if (representation === undefined) return undefined;
  try {
    return inRepresentation.parse(JSON.parse(representation)).flatMap(({ id }) => id ?? []);
  } catch {
    return undefined;
  }
}
