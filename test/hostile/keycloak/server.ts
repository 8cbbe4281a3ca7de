/**
 * The witness of a Keycloak. After each change, before the next, it reads from the realm who holds what, and the admin events that Keycloak itself wrote of this
 * change: they give each grant its id (decision 233), and have to agree with what is held and with who sent the change.
 */
import { originId } from '../../../connectors/keycloak/origins.ts';
import type { TestRealm } from '../../support/keycloak.ts';
import type { Author } from '../http/gate.ts';
import type { HttpAnswer, HttpRequest } from '../http/messages.ts';
import { oneAtATime } from '../http/one-at-a-time.ts';
import { tellSeen, type Seen } from '../http/seen.ts';
import { pair, type Effect, type Row, type Snapshot, type Witness } from '../witness.ts';

export type RoleKind = 'group' | 'realm';

interface State {
  /** By id. */
  users: Map<string, { name: string; enabled: boolean }>;
  roles: Map<string, string>;
  held: Map<string, { role: string; account: string }>;
  wide: ReadonlySet<string>;
}

interface AdminEvent {
  id: string;
  operationType: string;
  resourcePath: string;
  representation?: string;
  authDetails: { userId: string };
}

export class KeycloakWitness {
  readonly seen: Seen[] = [];
  /** Where the gate and Keycloak's own events tell differently. */
  readonly contradictions: string[] = [];
  readonly #realm: TestRealm;
  readonly #kind: RoleKind;
  /** Of Rolewave's service account; undefined: the realm keeps no events. */
  readonly #rolewave: string | undefined;
  readonly #alone = oneAtATime();
  readonly #began = new Map<string, State>();
  readonly #known = new Set<string>();
  /** Of each pair: its latest event, and the id of the grant that is held. */
  readonly #latest = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  /** What composite roles and mappings of groups were changed by administrators. */
  readonly wide = new Set<string>();
  #last: State = { users: new Map(), roles: new Map(), held: new Map(), wide: new Set() };

  constructor(realm: TestRealm, kind: RoleKind, rolewave: string | undefined) {
    this.#realm = realm;
    this.#kind = kind;
    this.#rolewave = rolewave;
  }

  get last(): State {
    return this.#last;
  }

  note(text: string): void {
    this.seen.push({ note: text });
  }

  reads(application: string): void {
    this.#began.set(application, this.#last);
  }

  /** Of an attempt of Rolewave's. */
  pass({ name }: Author, request: HttpRequest, forward: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const changes = request.method !== 'GET' && request.path.startsWith('/admin/');
    return changes ? this.changed(name, forward, !this.#isOfLocks(request)) : forward();
  }

  /** `application` undefined: of an administrator. */
  changed<T>(application: string | undefined, work: () => Promise<T>, matters = true): Promise<T> {
    return this.#alone(async () => {
      try {
        return await work();
      } finally {
        if (matters) await this.#look(application);
      }
    });
  }

  snapshot(of: Pick<Snapshot, 'claims' | 'ledger'>): Promise<Snapshot> {
    return this.#alone(async () => {
      await this.#look(undefined);
      const { users, roles, held, wide } = this.#last;
      const snapshot: Snapshot = {
        ...of,
        rows: [...held.values()].map((one) => this.#row(one)),
        named: [
          ...[...users].map(([id, { name, enabled }]) => ({ id, name, login: enabled })),
          ...[...roles].map(([id, name]) => ({ id, name, login: false })),
        ],
        wide: [...wide],
      };
      this.seen.push({ snapshot });
      return snapshot;
    });
  }

  tell(witness: Witness): void {
    tellSeen(this.seen, witness);
    witness.violations.push(...this.contradictions);
  }

  /** Turns are groups below one of their own, which nobody is in. */
  #isOfLocks({ method, path }: HttpRequest): boolean {
    const [, id = '', children] = /\/groups\/([^/?]+)(\/children)?$/.exec(path) ?? [];
    if (path.endsWith('/groups') && method === 'POST') return true;
    return !path.includes('/users/') && id !== '' && (children !== undefined || !this.#last.roles.has(id));
  }

  #row = (one: { role: string; account: string }): Row => ({ ...one, grantor: undefined, id: this.#ids.get(pair(one)) ?? null });

  async #look(application: string | undefined): Promise<void> {
    const [before, now, events] = [this.#last, await this.#state(), await this.#newEvents()];
    this.#last = now;
    const began = this.#began.get(application ?? '') ?? now;
    const effect = (did: Effect['did'], one: { role: string; account: string }): Effect => ({
      ...this.#row(one),
      did,
      application,
      // A change is of one pair: what becomes of others after they were read is seen when it is read back.
      wide: now.wide.has(one.role) && began.wide.has(one.role),
      locked: [now, began].every(({ users }) => users.get(one.account)?.enabled === false),
    });
    const effects: Effect[] = [];
    for (const [key, one] of before.held) {
      if (now.held.has(key)) continue;
      effects.push(effect('revoke', one));
      this.#ids.delete(key);
    }
    const followed = new Map(this.#latest);
    for (const event of events) for (const key of this.#pairsOf(event)) this.#latest.set(key, event.id);
    for (const [key, { role, account }] of now.held) {
      if (before.held.has(key)) continue;
      const own = events.find((event) => event.operationType === 'CREATE' && this.#pairsOf(event).includes(key));
      if (own) this.#ids.set(key, originId({ entitlementId: role, accountId: account }, followed.get(key) ?? 'first', own.authDetails.userId));
      effects.push(effect('grant', { role, account }));
    }
    if (this.#rolewave !== undefined) this.#compare(application, effects, events);
    if (effects.length > 0) this.seen.push({ effects });
  }

  /** Of what Rolewave gave and took, Keycloak tells the same; and nothing else in its name. */
  #compare(application: string | undefined, effects: Effect[], events: AdminEvent[]): void {
    const told = events
      .filter(({ authDetails }) => authDetails.userId === this.#rolewave)
      .flatMap((event) => this.#pairsOf(event).map((key) => `${event.operationType === 'CREATE' ? 'grant' : 'revoke'} ${key}`));
    const seen = application === undefined ? [] : effects.map((effect) => `${effect.did} ${pair(effect)}`);
    for (const one of seen) if (!told.includes(one)) this.contradictions.push(`Keycloak's events do not tell what an attempt of Rolewave did: ${one}`);
    // Of roles it tells every request, also one that changed nothing.
    if (this.#kind === 'group') for (const one of told) if (!seen.includes(one)) this.contradictions.push(`Keycloak's events tell what nobody saw: ${one}`);
  }

  #pairsOf({ resourcePath, representation }: AdminEvent): string[] {
    const [, account = '', group] = /^users\/([^/]+)\/(?:groups\/([^/]+)|role-mappings\/realm)$/.exec(resourcePath) ?? [];
    if (account === '') return [];
    if (group !== undefined) return [pair({ role: group, account })];
    return (JSON.parse(representation ?? '[]') as { id: string }[]).map(({ id }) => pair({ role: id, account }));
  }

  /** In their order. */
  async #newEvents(): Promise<AdminEvent[]> {
    if (this.#rolewave === undefined) return [];
    const types = 'resourceTypes=GROUP_MEMBERSHIP&resourceTypes=REALM_ROLE_MAPPING';
    const all = (await this.#realm.admin('GET', `/admin-events?${types}&first=0&max=30`)) as AdminEvent[];
    const fresh = all.filter(({ id }) => !this.#known.has(id)).toReversed();
    for (const { id } of fresh) this.#known.add(id);
    return fresh;
  }

  async #state(): Promise<State> {
    const { admin } = this.#realm;
    const [users, named] = await Promise.all([
      admin('GET', '/users?max=1000&briefRepresentation=true') as Promise<{ id: string; username: string; enabled: boolean }[]>,
      admin('GET', this.#kind === 'group' ? '/groups?max=1000' : '/roles?max=1000') as Promise<{ id: string; name: string }[]>,
    ]);
    const roles = named.filter(({ name }) => /_x/.test(name) && !name.startsWith('wider'));
    const held = await Promise.all(
      roles.map(async ({ id: role, name }) => {
        const path = this.#kind === 'group' ? `/groups/${role}/members` : `/roles/${encodeURIComponent(name)}/users`;
        return ((await admin('GET', `${path}?max=1000`)) as { id: string }[]).map(({ id: account }) => ({ role, account }));
      }),
    );
    return {
      users: new Map(users.map(({ id, username, enabled }) => [id, { name: username, enabled }])),
      roles: new Map(roles.map(({ id, name }) => [id, this.#kind === 'group' ? `/${name}` : `realm:${name}`])),
      held: new Map(held.flat().map((one) => [pair(one), one])),
      wide: new Set(this.wide),
    };
  }
}
