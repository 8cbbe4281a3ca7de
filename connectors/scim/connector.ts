/**
 * A SCIM server as a system. An account is a user. An entitlement is a group, and a grant a member of it; or, where the site file says so, a value of an attribute of
 * users.
 */
import { addressDigest } from '../address.ts';
import { inTurn } from '../../domain/in-turn.ts';
import { turns } from '../../domain/turns.ts';
import type { ActualGrant, Connector, ConnectorKind, GrantOutcome, RevokeOutcome, WantedGrant } from '../connector.ts';
import { roleByRole } from '../role-by-role.ts';
import { AttributeValues } from './attribute.ts';
import { checkLines } from './check.ts';
import { contentOf } from './content.ts';
import { answeredByFilter } from './cohort.ts';
import { carryOut, rehearsed, wasCommitted, type Effect } from './effect.ts';
import type { Entitlements } from './entitlements.ts';
import { Groups } from './groups.ts';
import { judgeGrants, judgeRestores, judgeRevokes } from './judging.ts';
import { grantOf, grantsOf, type Server } from './members.ts';
import { scimProbe } from './probe.ts';
import { refusals } from './refusals.ts';
import { openScimSession } from './session.ts';
import { exampleString, readConnectionString, type ScimSettings } from './settings.ts';
import type { Limits } from './transactions.ts';
import { Users } from './users.ts';

interface ScimSystem extends Pick<ScimSettings, 'caFile' | 'oauth' | 'groups' | 'attribute' | 'accounts' | 'breakGlass'> {
  readOnly: boolean;
  tls: 'required' | 'none';
}

export const scim: ConnectorKind<ScimSystem> = {
  connectionString: exampleString,
  open: ({ caFile, oauth, groups, attribute, accounts, breakGlass, tls, readOnly }, text) =>
    scimConnector({ ...readConnectionString(text, tls, oauth !== undefined), caFile, oauth, groups, attribute, accounts, breakGlass }, { readOnly }),
};

/** Of one role, one after the other in this process. Other processes are kept apart by versions, where the server compares them. */
const changes = turns({ perPlan: 1, perRight: Infinity, inAll: Infinity });

interface Options extends Limits {
  readOnly?: boolean;
  /** How long one answer may take. */
  answerMs?: number;
}

export function scimConnector(settings: ScimSettings, { readOnly = false, answerMs, ...limits }: Options = {}): Connector {
  const session = openScimSession(settings, answerMs);
  const users = new Users(session, settings);
  const { attribute } = settings;
  const entitlements: Entitlements = attribute ? new AttributeValues(attribute, users) : new Groups(session, settings, users);
  const server: Server = { session, settings, entitlements, users, refusals: refusals(), limits };

  const snapshot: Connector['snapshot'] = async (roles, accounts, signal, roleIds = [], grantsOnly = false) => {
    signal?.throwIfAborted();
    const named = await entitlements.named(roles, signal);
    const ids = new Set([...named.values()].map(({ id }) => id));
    const others = await entitlements.ofIds(
      roleIds.filter((id) => !ids.has(id)),
      signal,
    );
    const grants = await grantsOf(server, [...named.values(), ...others.values()], signal);
    const people = await users.named(accounts, signal);
    signal?.throwIfAborted();
    const known = accounts.flatMap((account) => {
      const user = people.get(account);
      return user && !user.locked ? [{ account, id: user.id }] : [];
    });
    const knows = new Set(known.map(({ account }) => account));
    return {
      roles: grantsOnly ? [] : roles.map((role) => contentOf(role, named.get(role))),
      grants,
      accounts: known,
      unknownAccounts: accounts.filter((account) => !knows.has(account)),
    };
  };

  const address = addressDigest(settings.baseUrl);
  /** Of the address: SCIM servers have no identity of their own. */
  const place = async (): Promise<string> => {
    await session.facts();
    // A value of an attribute is another thing than a group that is called the same.
    return `scim:${address}${attribute ? `/${attribute.name}` : ''}`;
  };

  async function alone<T>(items: { role: string }[], work: () => Promise<T>): Promise<T> {
    if (items.length > 1) throw new Error('a SCIM server changes one grant at a time');
    const turn = changes.take({ plan: `${settings.baseUrl}\0${attribute?.name ?? ''}\0${items[0]?.role ?? ''}`, right: '' });
    return inTurn(turn, work);
  }

  const granting = (wanted: WantedGrant[]): Effect<GrantOutcome> => ({
    direction: 'add',
    judge: (signal) => judgeGrants(server, wanted, signal),
    made: (entitlement, user) => ({ outcome: 'created', grant: grantOf(entitlement, user) }),
  });
  const restoring = (grants: ActualGrant[]): Effect<GrantOutcome> => ({ ...granting([]), judge: (signal) => judgeRestores(server, grants, signal) });
  const revoking = (grants: ActualGrant[]): Effect<RevokeOutcome> => ({
    direction: 'remove',
    judge: (signal) => judgeRevokes(server, grants, signal),
    made: () => ({ outcome: 'revoked' }),
  });

  return {
    kind: 'scim',
    atOnce: { ofOneRole: true, grants: 1 },
    place,
    address,
    check: (roles) => checkLines(server, roles, readOnly),
    snapshot,
    grant: (wanted, beforeCommit) => alone(wanted, () => carryOut(server, granting(wanted), beforeCommit)),
    revoke: (grants, beforeCommit) => alone(grants, () => carryOut(server, revoking(grants), beforeCommit)),
    restore: (grants, beforeCommit) => alone(grants, () => carryOut(server, restoring(grants), beforeCommit)),
    rehearse: async ({ grant, revoke, restore }, signal) => ({
      grant: await roleByRole(grant, (some) => rehearsed(server, granting(some), signal), signal),
      revoke: await roleByRole(revoke, (some) => rehearsed(server, revoking(some), signal), signal),
      restore: await roleByRole(restore, (some) => rehearsed(server, restoring(some), signal), signal),
    }),
    cohort: (query, signal) => answeredByFilter(users, settings, query, signal),
    wasCommitted: (transaction) => wasCommitted(server, transaction),
    checkStatement: (roles) => checkCommand(settings, roles),
    probe: scimProbe(server),
    close: async () => session.close(),
  };
}

/** For a person to paste into a shell that has a token in SCIM_TOKEN: who has the roles. */
function checkCommand({ baseUrl, groups: { name }, attribute }: ScimSettings, roles: string[]): string {
  const [of, by] = attribute ? ['Users', `${attribute.name}.value`] : ['Groups', name];
  return roles
    .toSorted()
    .map((role) => {
      const filter = quoted(`filter=${by} eq ${JSON.stringify(role)}`);
      return `curl -sS -G -H "Authorization: Bearer $SCIM_TOKEN" -H 'Accept: application/scim+json' --data-urlencode ${filter} ${quoted(`${baseUrl}/${of}`)}`;
    })
    .join('\n');
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
