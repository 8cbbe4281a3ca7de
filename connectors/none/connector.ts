/**
 * A system that exists in this process's memory only: for tests of workflows, for the bench, and to try a plan without any database.
 * It behaves as PostgreSQL 16 does (grants have identities and are kept apart by grantor), with a login that may act in everybody's name, and
 * answers the same to the same calls, always.
 */
import { sha256Hex } from '../../domain/canonical.ts';
import { SystemUnavailable } from '../../domain/system-unavailable.ts';
import type {
  ActualGrant,
  BeforeCommit,
  Connector,
  ConnectorKind,
  GrantOutcome,
  RevokeOutcome,
  RoleContent,
  SwitchOutcome,
  Use,
  WantedGrant,
} from '../connector.ts';
import { asGrant, byName, Names, Rows, type Row } from './memory.ts';

export interface NoneContents {
  /** Existing grants, by any grantor. */
  grants?: ActualGrant[];
  /** Roles that do not exist. All others do. */
  unknownRoles?: string[];
  /** Accounts that do not exist. All others do. */
  unknownAccounts?: string[];
  /** Two connectors of one place share it in name only. Absent: unlike that of any other connector of this process. */
  place?: string;
}

export interface NoneConnector extends Connector {
  /** Everything that is held now, sorted. */
  held(): ActualGrant[];
  /** Another administrator grants something. */
  grantAs(grantor: string, role: string, account: string, options?: Record<string, boolean>): void;
  /** Another administrator removes every grant of a role to an account. */
  removeAll(role: string, account: string): void;
  /** An account can no longer log in, or can again. */
  lockAccount(account: string, locked?: boolean): void;
  /** The same role or account under another name. */
  rename(from: string, to: string): void;
  /** Someone drops a role or account, with its grants. */
  drop(name: string): void;
  /** Someone drops a role or account, with its grants, and makes another one of the same name. */
  recreate(name: string): void;
  /** Rolewave signs in as another login from now on. */
  signInAs(login: string): void;
  /** The system refuses to grant anything to this account, in these words; undefined: no longer. */
  refuse(account: string, why: string | undefined): void;
  /** The same, for revoking anything from this account. */
  refuseToRevoke(account: string, why: string | undefined): void;
  /** It is read from a copy that lags behind, or from the system itself again. */
  setStandby(is: boolean): void;
  /** An account begins or ends a job. */
  setBusy(account: string, isBusy: boolean): void;
  /** Sets the usage that it reports from now on; undefined: Rolewave's login may not see it. */
  setUses(uses: Use[] | undefined): void;
  /** Someone changes the role itself: its content is now these lines. */
  changeRole(role: string, privileges: string[]): void;
}

export const none: ConnectorKind<{ id: string }> = { open: ({ id }) => noneConnector({ place: `none:${id}` }) };

const hidden = { notPermitted: 'this system was told not to show it' };
const failed = (why: string) => ({ outcome: 'failed', why }) as const;
/** Those of PostgreSQL. */
const grantOptions = {
  inherit: { plain: true, otherwise: 'without INHERIT' },
  set: { plain: true, otherwise: 'without SET' },
  admin: { plain: false, otherwise: 'with the ADMIN OPTION' },
};
let instances = 0;

export function noneConnector(contents: NoneContents = {}): NoneConnector {
  const place = contents.place ?? `none:${(instances += 1)}`;
  const names = new Names([...(contents.unknownRoles ?? []), ...(contents.unknownAccounts ?? [])]);
  const rows = Rows.empty();
  const privilegesOf = new Map<string, string[]>();
  const locked = new Set<string>();
  const refusals = new Map<string, string>();
  const revocations = new Map<string, string>();
  const busy = new Set<string>();
  const transactions = new Map<string, 'committed' | 'aborted' | 'running'>();
  let login = 'rolewave';
  let uses: Use[] | undefined = [];
  let count = 0;
  let standby = false;

  const grantOf = (row: Row) => asGrant(row, names);
  const held = () => rows.all().map(grantOf).sort(byName);
  const newRow = (roleId: string, accountId: string, grantorId: string, options: Record<string, boolean>): Row => ({
    id: `grant#${(count += 1)}`,
    roleId,
    accountId,
    grantorId,
    options: { ...options },
  });
  const idOf = (name: string) => names.idOf(name) ?? name;
  contents.grants?.forEach((grant) => rows.add(newRow(idOf(grant.role), idOf(grant.account), idOf(grant.grantor ?? 'dba'), grant.options)));

  function contentOf(role: string): RoleContent {
    const id = names.idOf(role);
    const exists = id !== undefined;
    const privileges = id === undefined ? [] : [...(privilegesOf.get(id) ?? [])];
    return { role, exists, ...(id === undefined ? {} : { id }), digest: sha256Hex({ exists, privileges }), privileges };
  }

  const known = (account: string) => names.idOf(account) !== undefined && !locked.has(idOf(account));

  function anotherThanSigned(what: string, name: string, signed: string | undefined): string | undefined {
    const id = names.idOf(name);
    if (signed === undefined || id === signed) return undefined;
    const renamed = names.nameOf(signed);
    if (renamed !== undefined) return `${what} '${name}' was renamed to '${renamed}' since it was signed`;
    return id === undefined ? `${what} '${name}' was dropped since it was signed` : `${what} '${name}' was dropped and created again since it was signed`;
  }

  function grantOne(draft: Rows, { role, account, roleId, accountId, digest }: WantedGrant): GrantOutcome {
    const another = anotherThanSigned('role', role, roleId) ?? anotherThanSigned('account', account, accountId);
    if (another !== undefined) return failed(another);
    const [ofRole, ofAccount] = [names.idOf(role), names.idOf(account)];
    if (ofRole === undefined) return failed(`role '${role}' does not exist: create it in the system, or fix the plan`);
    if (ofAccount === undefined) return failed(`account '${account}' does not exist: create the login, or fix the plan`);
    if (locked.has(ofAccount)) return failed(`'${account}' may not log in (a group role, or a locked login): name the person's own login in the plan`);
    const before = draft.ofPair(ofRole, ofAccount);
    if (before.length > 0) return { outcome: 'preexisting', grants: before.map(grantOf).sort(byName) };
    if (digest !== undefined && digest !== contentOf(role).digest) return failed(`what role '${role}' may do changed since it was signed`);
    const refusal = refusals.get(account);
    if (refusal !== undefined) return failed(refusal);
    const row = newRow(ofRole, ofAccount, idOf(login), {});
    draft.add(row);
    return { outcome: 'created', grant: grantOf(row) };
  }

  function revokeOne(draft: Rows, grant: ActualGrant): RevokeOutcome {
    const row = found(draft, grant);
    if (!row) return { outcome: 'gone' };
    if (typeof row === 'string') return failed(row);
    const refusal = revocations.get(grant.account);
    if (refusal !== undefined) return failed(refusal);
    draft.remove(row.id);
    return { outcome: 'revoked' };
  }

  /** The row of the grant as recorded; why it cannot be told; undefined where it is gone. */
  function found(draft: Rows, { id, role, account, grantor, ...ids }: ActualGrant): Row | string | undefined {
    const [roleId, accountId] = [ids.roleId ?? names.idOf(role) ?? '', ids.accountId ?? names.idOf(account) ?? ''];
    if (id !== undefined) {
      const row = draft.ofId(id);
      return row && row.roleId === roleId && row.accountId === accountId ? row : undefined;
    }
    const of = draft.ofPair(roleId, accountId);
    const grantorId = ids.grantorId ?? (grantor === undefined ? undefined : names.idOf(grantor));
    if (of.length > 0 && grantorId === undefined) return 'the record does not say who granted this, so it was left alone; revoke it by hand if it must go';
    return of.find((row) => row.grantorId === grantorId);
  }

  function restoreOne(draft: Rows, grant: ActualGrant): GrantOutcome {
    const { role, account, grantor, options } = grant;
    const [ofRole, ofAccount] = [
      { what: `role '${role}'`, id: grant.roleId ?? names.idOf(role), now: names.idOf(role) },
      { what: `account '${account}'`, id: grant.accountId ?? names.idOf(account), now: names.idOf(account) },
    ];
    for (const { what, id, now } of [ofRole, ofAccount])
      if (id === undefined || names.nameOf(id) === undefined)
        return {
          ...failed(
            now === undefined
              ? `${what} no longer exists`
              : `${what} was dropped and created again since it held this grant: it is another one, and was left alone`,
          ),
          nothingThere: true,
        };
    const [roleId, accountId] = [ofRole.id ?? '', ofAccount.id ?? ''];
    if (locked.has(accountId)) return { ...failed(`'${account}' is locked, and may not log in any more, so this is not given back`), nothingThere: true };
    const recorded = grant.grantorId ?? (grantor === undefined ? undefined : names.idOf(grantor));
    const by = recorded !== undefined && names.nameOf(recorded) !== undefined ? recorded : idOf(login);
    const before = draft.ofPair(roleId, accountId);
    if (before.some((row) => row.grantorId === by)) return { outcome: 'preexisting', grants: before.map(grantOf).sort(byName) };
    const refusal = refusals.get(account);
    if (refusal !== undefined) return failed(refusal);
    const row = newRow(roleId, accountId, by, options);
    draft.add(row);
    const note = by === recorded ? {} : { note: `restored by ${login}, because ${grantor ?? 'the login that had granted it'} no longer exists` };
    return { outcome: 'created', grant: grantOf(row), ...note };
  }

  /** Calls run one after the other, as they do where a role is locked. */
  let last: Promise<unknown> = Promise.resolve();
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  }

  function effect<Item, Outcome extends { outcome: string }>(
    items: Item[],
    one: (draft: Rows, item: Item) => Outcome,
    beforeCommit: BeforeCommit<Outcome>,
  ): Promise<Outcome[]> {
    return alone(async () => {
      const draft = rows.draft();
      const outcomes = items.map((item) => one(draft, item));
      const changes = outcomes.some(({ outcome }) => outcome === 'created' || outcome === 'revoked');
      await commit(draft, beforeCommit, outcomes, changes);
      return outcomes;
    });
  }

  async function commit<Outcome>(draft: Rows, beforeCommit: BeforeCommit<Outcome>, outcomes: Outcome[], changes: boolean): Promise<void> {
    const transaction = changes ? String(transactions.size + 1) : undefined;
    if (transaction !== undefined) transactions.set(transaction, 'running');
    try {
      await beforeCommit(structuredClone(outcomes), transaction);
    } catch (error) {
      if (transaction !== undefined) transactions.set(transaction, 'aborted');
      throw error;
    }
    draft.commitTo(rows);
    if (transaction !== undefined) transactions.set(transaction, 'committed');
  }

  return {
    kind: 'none',
    place: async () => place,
    address: place,
    check: async (roles) => ({
      version: 'none',
      lines: [
        { state: 'ok' as const, text: 'this system exists in memory only: nothing is granted to anyone' },
        ...roles.map((role) =>
          names.idOf(role) === undefined
            ? { state: 'wrong' as const, text: `role ${role} does not exist`, fix: 'fix the plan' }
            : { state: 'ok' as const, text: `role ${role} can be granted and revoked` },
        ),
      ],
    }),
    snapshot: async (roles, accounts, signal, roleIds = []) => {
      signal?.throwIfAborted();
      const asked = new Set([...roles, ...roleIds.flatMap((id) => names.nameOf(id) ?? [])]);
      return {
        grantOptions,
        roles: roles.map(contentOf),
        grants: held().filter(({ role }) => asked.has(role)),
        accounts: accounts.filter(known).map((account) => ({ account, id: idOf(account) })),
        unknownAccounts: accounts.filter((account) => !known(account)),
        ...(standby ? { standby } : {}),
      };
    },
    running: async (accounts) => [...busy].filter((account) => accounts.includes(account)).map((account) => `${account} runs a job`),
    lastUse: async (roles, accounts, sinceMs) =>
      uses?.filter(({ role, account, atMs }) => (role === undefined || roles.includes(role)) && accounts.includes(account) && atMs >= sinceMs) ?? hidden,
    grant: (wanted, beforeCommit) => effect(wanted, grantOne, beforeCommit),
    revoke: (grants, beforeCommit) => effect(grants, revokeOne, beforeCommit),
    restore: (grants, beforeCommit) => effect(grants, restoreOne, beforeCommit),
    switch: ({ revoke, grant, restore }, beforeCommit) =>
      alone(async () => {
        const draft = rows.draft();
        const outcome: SwitchOutcome = {
          revoke: revoke.map((each) => revokeOne(draft, each)),
          grant: grant.map((each) => grantOne(draft, each)),
          restore: restore.map((each) => restoreOne(draft, each)),
        };
        if ([...outcome.revoke, ...outcome.grant, ...outcome.restore].some((each) => each.outcome === 'failed')) return outcome;
        await commit(draft, beforeCommit, [outcome], true);
        return outcome;
      }),
    rehearse: ({ grant, revoke, restore }, signal) =>
      alone(async () => {
        signal?.throwIfAborted();
        const draft = rows.draft();
        return {
          grant: grant.map((each) => grantOne(draft, each)),
          revoke: revoke.map((each) => revokeOne(draft, each)),
          restore: restore.map((each) => restoreOne(draft, each)),
        };
      }),
    wasCommitted: async (transaction) => {
      if (standby) throw new SystemUnavailable('this is a standby');
      return transactions.get(transaction) ?? 'unknown';
    },
    checkStatement: (roles) => `-- this system exists in memory only; roles: ${roles.toSorted().join(', ')}`,
    close: async () => undefined,
    held,
    grantAs: (grantor, role, account, options = {}) => {
      const [roleId, accountId, grantorId] = [idOf(role), idOf(account), idOf(grantor)];
      const same = rows.ofPair(roleId, accountId).find((row) => row.grantorId === grantorId);
      rows.add(same ? { ...same, options: { ...same.options, ...options } } : newRow(roleId, accountId, grantorId, options));
    },
    removeAll: (role, account) => rows.ofPair(idOf(role), idOf(account)).forEach(({ id }) => rows.remove(id)),
    lockAccount: (account, isLocked = true) => void (isLocked ? locked.add(idOf(account)) : locked.delete(idOf(account))),
    rename: (from, to) => names.rename(from, to),
    drop: (name) => dropAll(name),
    recreate: (name) => {
      dropAll(name);
      names.create(name);
    },
    signInAs: (now) => void (login = now),
    refuse: (account, why) => void (why === undefined ? refusals.delete(account) : refusals.set(account, why)),
    refuseToRevoke: (account, why) => void (why === undefined ? revocations.delete(account) : revocations.set(account, why)),
    setStandby: (is) => void (standby = is),
    setBusy: (account, isBusy) => void (isBusy ? busy.add(account) : busy.delete(account)),
    setUses: (now) => void (uses = now && structuredClone(now)),
    changeRole: (role, privileges) => void privilegesOf.set(idOf(role), privileges.toSorted()),
  };

  function dropAll(name: string): void {
    const id = names.drop(name);
    for (const row of rows.all()) if (row.roleId === id || row.accountId === id) rows.remove(row.id);
  }
}
