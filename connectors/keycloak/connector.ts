/**
 * Keycloak as a system: an entitlement is a group, a role of the realm or a role of a client, an account is a user, and a grant is a membership or a role
 * mapping of the user itself. Access through a group or a composite role is that group's or role's, and is a part of what it can do.
 */
import { z } from 'zod';
import { addressDigest } from '../address.ts';
import { inTurn } from '../../domain/in-turn.ts';
import { turns } from '../../domain/turns.ts';
import type { ActualGrant, Connector, ConnectorKind, GrantOutcome, RevokeOutcome, WantedGrant } from '../connector.ts';
import { Accounts } from './accounts.ts';
import { checkLines } from './check.ts';
import { absent, Contents } from './content.ts';
import { carryOut, wasCommitted, type Effect } from './effect.ts';
import { Entitlements, type Entitlement } from './entitlements.ts';
import { Events } from './events.ts';
import type { HttpLimits } from './http.ts';
import { isAsk, judgeGrant, judgeRestore, judgeRevoke, subjectOf, type Ask } from './judging.ts';
import { lastChanges } from './last-change.ts';
import { Locks } from './lock.ts';
import { originId } from './origins.ts';
import { keycloakProbe } from './probe.ts';
import { Administrators, grantOf, grantsOf, type Realm } from './realm.ts';
import { rehearsed } from './rehearsal.ts';
import { openKeycloakSession } from './session.ts';
import { exampleString, readConnectionString, type KeycloakSettings } from './settings.ts';
import type { Token } from './token.ts';

interface KeycloakSystem extends Pick<KeycloakSettings, 'breakGlass' | 'soleWriter' | 'lockGroup' | 'tls' | 'caFile'> {
  realm?: string | undefined;
  passwordClient?: string | undefined;
  accounts: KeycloakSettings['accountsBy'];
  readOnly: boolean;
}

export const keycloak: ConnectorKind<KeycloakSystem> = {
  connectionString: exampleString,
  open: ({ realm, passwordClient, accounts: accountsBy, breakGlass, soleWriter, lockGroup, tls, caFile, readOnly }, text) => {
    const read = readConnectionString(text, passwordClient);
    return keycloakConnector({ ...read, realm: realm ?? read.signInRealm, accountsBy, breakGlass, soleWriter, lockGroup, tls, caFile }, { readOnly });
  },
};

const realmSchema = z.object({ id: z.string().min(1).optional() });

/** Opens no connection yet. `limits`: of one request. */
export function openRealm(settings: KeycloakSettings, limits?: HttpLimits): Realm {
  const session = openKeycloakSession(settings, limits);
  const accounts = new Accounts(session, settings);
  const entitlements = new Entitlements(session, accounts);
  return {
    session,
    settings,
    accounts,
    entitlements,
    contents: new Contents(session, settings, entitlements),
    events: new Events(session, settings),
    administrators: new Administrators(session),
    locks: new Locks(session, settings),
  };
}

export function keycloakConnector(settings: KeycloakSettings, { readOnly = false, limits }: { readOnly?: boolean; limits?: HttpLimits } = {}): Connector {
  const realm = openRealm(settings, limits);
  const { session, accounts, entitlements } = realm;

  const snapshot: Connector['snapshot'] = async (roles, names, signal, roleIds = [], grantsOnly = false) => {
    signal?.throwIfAborted();
    const named = new Map<string, Entitlement>();
    for (const role of new Set(roles)) {
      const found = await entitlements.named(role, signal);
      if (found) named.set(role, found);
    }
    const all = new Map([...named.values()].map((each) => [each.id, each]));
    for (const id of new Set(roleIds)) {
      const found = all.has(id) ? undefined : await entitlements.ofId(id, undefined, signal);
      if (found) all.set(id, found);
    }
    const grants: ActualGrant[] = [];
    for (const each of all.values()) grants.push(...(await grantsOf(realm, each, signal)));
    if (!grantsOnly && named.size > 0) await realm.contents.assertSeesClients(signal);
    const contents = new Map<string, Awaited<ReturnType<Contents['of']>>>();
    if (!grantsOnly) for (const [role, each] of named) contents.set(role, await realm.contents.of(each, signal));
    const people = await accounts.named(names, signal);
    const known = names.flatMap((account) => {
      const found = people.get(account);
      return found?.enabled ? [{ account, id: found.id }] : [];
    });
    const knows = new Set(known.map(({ account }) => account));
    signal?.throwIfAborted();
    return {
      roles: grantsOnly
        ? []
        : roles.map((role) => {
            const { administers: _administers, ...content } = contents.get(role) ?? absent(role);
            return content;
          }),
      grants,
      accounts: known,
      unknownAccounts: names.filter((name) => !knows.has(name)),
    };
  };

  /** Of one group or role, one after the other. Other processes are kept apart by locks in Keycloak. */
  const changes = turns({ perPlan: 1, perRight: Infinity, inAll: Infinity });
  let known: Promise<string> | undefined;
  const place = async (): Promise<string> => {
    known ??= placeOf(realm);
    try {
      return await known;
    } catch (error) {
      known = undefined;
      throw error;
    }
  };

  async function one<Item extends { role: string; roleId?: string }, Outcome>(items: Item[], work: (item: Item) => Promise<Outcome>): Promise<Outcome[]> {
    const [item, another] = items;
    if (another) throw new Error('Keycloak changes one grant at a time: a call must have one');
    if (!item) return [];
    const turn = changes.take({ plan: `${await place()}\0${item.role}`, right: '' });
    return inTurn(turn, async () => [await work(item)]);
  }

  const granted = async ({ entitlement, account, history }: Ask, { accountId: by }: Token): Promise<GrantOutcome> => {
    const pair = { entitlementId: entitlement.id, accountId: account.id };
    const origin = history && { id: originId(pair, history.last, by), by };
    return { outcome: 'created', grant: await grantOf(realm, entitlement, account, origin) };
  };
  const granting = (wanted: WantedGrant): Effect<GrantOutcome> => ({
    item: wanted,
    did: 'added',
    judge: async (briefly) => judgeGrant(realm, wanted, await subjectOf(realm, wanted), briefly),
    made: granted,
  });
  const restoring = (grant: ActualGrant): Effect<GrantOutcome> => ({
    item: grant,
    did: 'added',
    judge: async () => judgeRestore(realm, grant, await subjectOf(realm, grant)),
    made: granted,
  });
  const revoking = (grant: ActualGrant): Effect<RevokeOutcome> => ({
    item: grant,
    did: 'removed',
    judge: async () => judgeRevoke(realm, grant, await subjectOf(realm, grant)),
    made: () => ({ outcome: 'revoked' }),
  });

  return {
    kind: 'keycloak',
    atOnce: { grants: 1 },
    place,
    address: addressDigest(`${settings.baseUrl} ${settings.realm}`),
    check: (roles) => checkLines(realm, roles, readOnly),
    snapshot,
    grant: async (wanted, beforeCommit) => {
      if (wanted.length === 0) await beforeCommit([]);
      return one(wanted, (each) => carryOut(realm, granting(each), beforeCommit));
    },
    revoke: async (grants, beforeCommit) => {
      if (grants.length === 0) await beforeCommit([]);
      return one(grants, (each) => carryOut(realm, revoking(each), beforeCommit));
    },
    restore: async (grants, beforeCommit) => {
      if (grants.length === 0) await beforeCommit([]);
      // Nobody holds an access twice: what was taken away, given back and taken away again comes back as one.
      const pairs = new Set(grants.map(({ role, roleId, account, accountId }) => JSON.stringify([roleId ?? role, accountId ?? account])));
      const forEach = (outcome: GrantOutcome) => grants.map(() => outcome);
      const [outcome] = await one(pairs.size > 1 ? grants : grants.slice(-1), (each) =>
        carryOut(realm, restoring(each), ([decided], transaction) => beforeCommit(decided ? forEach(decided) : [], transaction)),
      );
      return outcome ? forEach(outcome) : [];
    },
    rehearse: async ({ grant, revoke, restore }, signal) => {
      const token = await session.token();
      const made = async (item: Ask | GrantOutcome) => (isAsk(item) ? granted(item, token) : item);
      const gone = (item: Ask | RevokeOutcome): RevokeOutcome => (isAsk(item) ? { outcome: 'revoked' } : item);
      return {
        grant: await rehearsed(realm, grant, async (each, subject) => made(await judgeGrant(realm, each, subject)), signal),
        revoke: await rehearsed(realm, revoke, async (each, subject) => gone(await judgeRevoke(realm, each, subject)), signal),
        restore: await rehearsed(realm, restore, async (each, subject) => made(await judgeRestore(realm, each, subject)), signal),
      };
    },
    // Where nobody else changes anything, no events are read.
    ...(settings.soleWriter ? {} : { lastChange: (pairs, signal) => lastChanges(realm, pairs, signal) }),
    wasCommitted: (transaction) => wasCommitted(realm, transaction),
    checkStatement: (roles) => checkCommand(settings, roles),
    probe: keycloakProbe(realm),
    close: async () => session.close(),
  };
}

/** Of the realm: its id stays when it is renamed, and is the same through every address of the server. */
async function placeOf({ session, settings }: Realm): Promise<string> {
  const { id } = await session.get({ about: `realm '${settings.realm}' cannot be read`, path: [] }, realmSchema);
  if (id === undefined)
    throw new Error(`realm '${settings.realm}' does not show its id: give Rolewave's login the role view-realm of the client realm-management`);
  return `keycloak:${id}`;
}

/** For a person to paste into a shell: who holds the roles, by Keycloak's own command. */
function checkCommand({ baseUrl, realm }: KeycloakSettings, roles: string[]): string {
  const sorted = roles.toSorted();
  const list = (role: string) =>
    role.startsWith('/')
      ? `kcadm.sh get "groups/$(kcadm.sh get group-by-path${quoted(role)} -r ${quoted(realm)} --fields id --format csv --noquotes)/members" -r ${quoted(realm)} --fields username`
      : `kcadm.sh get ${quoted(usersPath(role))} -r ${quoted(realm)} --fields username  # ${role}`;
  return [`kcadm.sh config credentials --server ${quoted(baseUrl)} --realm ${quoted(realm)} --user YOU`, ...sorted.map(list)].join('\n');
}

const usersPath = (role: string): string => {
  const [kind = '', ...rest] = role.split(':');
  return kind === 'client' ? `clients/ID-OF-THE-CLIENT/roles/${rest.slice(1).join(':')}/users` : `roles/${rest.join(':')}/users`;
};
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
