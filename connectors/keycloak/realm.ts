/** A realm as one call reads it: who holds what, and who gave it to them. */
import { z } from 'zod';
import type { ActualGrant } from '../connector.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Contents } from './content.ts';
import type { Entitlement, Entitlements } from './entitlements.ts';
import type { Events, Histories } from './events.ts';
import type { Locks } from './lock.ts';
import type { Origin, PairHistory } from './origins.ts';
import type { KeycloakSession } from './session.ts';
import type { KeycloakSettings } from './settings.ts';

export interface Realm {
  session: KeycloakSession;
  settings: KeycloakSettings;
  accounts: Accounts;
  entitlements: Entitlements;
  contents: Contents;
  events: Events;
  administrators: Administrators;
  locks: Locks;
}

const attempts = 3;
/** A change may be read in the list of holders and not yet in the events, or the other way round. */
const recentMs = 60_000;

/** Who holds it, and by which grants; not Rolewave itself. */
export interface Held {
  accounts: Map<string, Account>;
  /** undefined: the realm does not tell. */
  histories: Histories | undefined;
}

export async function heldOf({ session, entitlements, events }: Realm, of: Entitlement, signal?: AbortSignal): Promise<Held> {
  const { accountId: self } = await session.token();
  for (let attempt = 1; ; attempt++) {
    const holders = (await entitlements.holders(of, signal)).filter(({ id }) => id !== self);
    const histories = await events.of(of, undefined, signal);
    const isTorn = holders.some(({ id }) => histories !== undefined && contradicts(true, histories(id), session.nowMs()));
    if (!isTorn || attempt === attempts) return { accounts: new Map(holders.map((account) => [account.id, account])), histories };
  }
}

/** What was just told to have been done does not show. */
function contradicts(isHeld: boolean, { events }: PairHistory, nowMs: number): boolean {
  const last = events.at(-1);
  return last !== undefined && (last.did === 'added') !== isHeld && nowMs - last.atMs < recentMs;
}

/** Of one person. */
export interface Holding {
  isHeld: boolean;
  /** undefined: the realm does not tell. */
  history: PairHistory | undefined;
}

export async function holdingOf({ session, entitlements, events }: Realm, of: Entitlement, account: Account): Promise<Holding> {
  for (let attempt = 1; ; attempt++) {
    const [isHeld, histories] = await Promise.all([entitlements.isHeld(of, account), events.of(of, account.id)]);
    const history = histories?.(account.id);
    if (attempt === attempts || !history || !contradicts(isHeld, history, session.nowMs())) return { isHeld, history };
  }
}

export async function grantsOf(realm: Realm, of: Entitlement, signal?: AbortSignal): Promise<ActualGrant[]> {
  const { accounts, histories } = await heldOf(realm, of, signal);
  const grants: ActualGrant[] = [];
  for (const account of accounts.values()) grants.push(await grantOf(realm, of, account, histories?.(account.id).origin, signal));
  return grants;
}

export async function grantOf(
  { administrators }: Pick<Realm, 'administrators'>,
  entitlement: Entitlement,
  account: Account,
  origin: Origin | undefined,
  signal?: AbortSignal,
): Promise<ActualGrant> {
  return {
    role: entitlement.name,
    account: account.name,
    options: {},
    roleId: entitlement.id,
    accountId: account.id,
    ...(origin ? { id: origin.id, grantor: await administrators.nameOf(origin.by, signal), grantorId: origin.by } : {}),
  };
}

const nameSchema = z.object({ username: z.string() });
const namesKeptMs = 60_000;

/** Names of those who changed something: people of this realm, Rolewave, or ids of others, such as administrators of the master realm. */
export class Administrators {
  readonly #session: KeycloakSession;
  readonly #names = new Map<string, { name: string; atMs: number }>();

  constructor(session: KeycloakSession) {
    this.#session = session;
  }

  async nameOf(id: string, signal?: AbortSignal): Promise<string> {
    const { accountId, accountName } = await this.#session.token();
    if (id === accountId && accountName !== undefined) return accountName;
    const known = this.#names.get(id);
    if (known && Date.now() - known.atMs < namesKeptMs) return known.name;
    const user = await this.#session.find({ about: `the account with the id '${id}' cannot be read`, path: ['users', id], signal }, nameSchema);
    const name = user?.username ?? id;
    this.#names.set(id, { name, atMs: Date.now() });
    return name;
  }
}
