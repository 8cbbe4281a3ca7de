/** People: by the name that a plan has, or by the id that Keycloak gave them. */
import { z } from 'zod';
import type { KeycloakSession } from './session.ts';
import type { KeycloakSettings } from './settings.ts';

export interface Account {
  id: string;
  /** As a plan would name it. */
  name: string;
  enabled: boolean;
  /** By Keycloak's own word, whether Rolewave's login may change what this person holds; undefined: it was not asked. */
  mayJoin: boolean | undefined;
  mayMap: boolean | undefined;
}

export const userSchema = z.object({
  id: z.string().min(1),
  username: z.string(),
  enabled: z.boolean().default(true),
  access: z.object({ manageGroupMembership: z.boolean().optional(), mapRoles: z.boolean().optional() }).optional(),
});

const requestsAtOnce = 8;

export class Accounts {
  readonly #session: KeycloakSession;
  readonly #by: KeycloakSettings['accountsBy'];

  constructor(session: KeycloakSession, { accountsBy }: KeycloakSettings) {
    this.#session = session;
    this.#by = accountsBy;
  }

  /** By the names that were asked for; those of them that exist. */
  named(names: string[], signal?: AbortSignal): Promise<Map<string, Account>> {
    return this.#each(names, (name) => this.#named(name, signal));
  }

  /** By id; under whatever names they have now. */
  ofIds(ids: string[], signal?: AbortSignal): Promise<Map<string, Account>> {
    return this.#each(ids, (id) => this.#ofId(id, signal));
  }

  /** A user as Keycloak lists it. */
  accountOf({ id, username, enabled, access }: z.output<typeof userSchema>): Account {
    return { id, name: this.#by === 'id' ? id : username, enabled, mayJoin: access?.manageGroupMembership, mayMap: access?.mapRoles };
  }

  async #named(name: string, signal: AbortSignal | undefined): Promise<Account | undefined> {
    if (this.#by === 'id') return this.#ofId(name, signal);
    const about = `the account '${name}' cannot be read`;
    // Two at most: usernames are unique, whatever their case.
    const query = { username: name, exact: true, briefRepresentation: true, first: 0, max: 2 };
    const found = await this.#session.get({ about, path: ['users'], query, signal }, z.array(userSchema).max(2));
    const user = found.find(({ username }) => username === name);
    return user && this.accountOf(user);
  }

  async #ofId(id: string, signal: AbortSignal | undefined): Promise<Account | undefined> {
    const user = await this.#session.find({ about: `the account with the id '${id}' cannot be read`, path: ['users', id], signal }, userSchema);
    return user && user.id === id ? this.accountOf(user) : undefined;
  }

  async #each(keys: string[], read: (key: string) => Promise<Account | undefined>): Promise<Map<string, Account>> {
    const found = new Map<string, Account>();
    const next = new Set(keys).values();
    const work = async () => {
      for (const key of next) {
        const account = await read(key);
        if (account) found.set(key, account);
      }
    };
    await Promise.all(Array.from({ length: requestsAtOnce }, work));
    return found;
  }
}
