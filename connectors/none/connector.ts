/**
 * A system that exists only in this process's memory: for tests of workflows, for the bench, and to try a plan without any database.
 * It behaves like PostgreSQL 16 (grants by different grantors are separate) and always gives the same answers to the same calls.
 */
import { sha256Hex } from '../../domain/canonical.ts';
import type { ActualGrant, Connector, ConnectorKind, GrantOutcome, Use } from '../connector.ts';

export interface NoneContents {
  /** Existing grants, by any grantor. */
  grants?: ActualGrant[];
  /** Roles that do not exist. All others do. */
  unknownRoles?: string[];
  /** Accounts that do not exist. All others do. */
  unknownAccounts?: string[];
}

export interface NoneConnector extends Connector {
  /** Everything that is held now, sorted. */
  held(): ActualGrant[];
  /** Another administrator grants something. */
  grantAs(grantor: string, role: string, account: string): void;
  /** Another administrator removes every grant of a role to an account. */
  removeAll(role: string, account: string): void;
  /** An account can no longer log in. */
  lockAccount(account: string): void;
  /** An account begins or ends a job. */
  setBusy(account: string, isBusy: boolean): void;
  /** Sets the usage that it reports from now on; undefined: Rolewave's login may not see it. */
  setUses(uses: Use[] | undefined): void;
  /** Someone changes the role itself: its content is now these lines. */
  changeRole(role: string, privileges: string[]): void;
}

export const none: ConnectorKind<unknown> = { open: () => noneConnector() };

const ourselves = 'rolewave';
const hidden = { notPermitted: 'this system is set up not to show it' };

export function noneConnector(contents: NoneContents = {}): NoneConnector {
  const grants = new Map<string, ActualGrant>();
  const privilegesOf = new Map<string, string[]>();
  const unknownRoles = new Set(contents.unknownRoles);
  const unknownAccounts = new Set(contents.unknownAccounts);
  const key = ({ role, account, grantor = '' }: Pick<ActualGrant, 'role' | 'account' | 'grantor'>) => JSON.stringify([role, account, grantor]);
  const hold = (grant: ActualGrant) => void grants.set(key(grant), structuredClone(grant));
  const held = () => [...grants.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => structuredClone(grant));
  const holdings = (role: string, account: string) => held().filter((grant) => grant.role === role && grant.account === account);
  const busy = new Set<string>();
  let uses: Use[] | undefined = [];
  contents.grants?.forEach(hold);

  function created(grant: ActualGrant): GrantOutcome {
    if (unknownRoles.has(grant.role)) return { outcome: 'failed', why: `role '${grant.role}' does not exist: create it in the system, or fix the plan` };
    if (unknownAccounts.has(grant.account)) return { outcome: 'failed', why: `account '${grant.account}' does not exist: create the login, or fix the plan` };
    hold(grant);
    return { outcome: 'created', grant };
  }

  return {
    kind: 'none',
    identity: async () => ourselves,
    check: async (roles) => ({
      version: 'none',
      lines: [
        { state: 'ok' as const, text: 'this system exists in memory only: nothing is granted to anyone' },
        ...roles.map((role) =>
          unknownRoles.has(role)
            ? { state: 'wrong' as const, text: `role ${role} does not exist`, fix: 'fix the plan' }
            : { state: 'ok' as const, text: `role ${role} can be granted and revoked` },
        ),
      ],
    }),
    snapshot: async (roles, accounts, signal) => {
      signal?.throwIfAborted();
      const asked = new Set(roles);
      return {
        roles: roles.map((role) => {
          const exists = !unknownRoles.has(role);
          const privileges = exists ? (privilegesOf.get(role) ?? []) : [];
          return { role, exists, digest: sha256Hex({ exists, privileges }), privileges: [...privileges] };
        }),
        grants: held().filter(({ role }) => asked.has(role)),
        unknownAccounts: accounts.filter((account) => unknownAccounts.has(account)),
      };
    },
    running: async (accounts) => [...busy].filter((account) => accounts.includes(account)).map((account) => `${account} runs a job`),
    lastUse: async (roles, accounts, sinceMs) =>
      uses?.filter(({ role, account, atMs }) => (role === undefined || roles.includes(role)) && accounts.includes(account) && atMs >= sinceMs) ?? hidden,
    grant: async (role, account, options = {}) => {
      const [first] = holdings(role, account);
      return first ? { outcome: 'preexisting', grant: first } : created({ role, account, grantor: ourselves, options });
    },
    revoke: async (grant) => {
      if (grant.grantor === undefined) return { outcome: 'failed', why: 'the record does not say who gave this grant, so it was left' };
      return { outcome: grants.delete(key(grant)) ? 'revoked' : 'gone' };
    },
    restore: async (grant) => {
      const restored = { ...grant, grantor: grant.grantor ?? ourselves };
      const same = grants.get(key(restored));
      return same ? { outcome: 'preexisting', grant: structuredClone(same) } : created(restored);
    },
    checkStatement: (roles) => `-- this system exists in memory only; roles: ${roles.toSorted().join(', ')}`,
    close: async () => undefined,
    held,
    grantAs: (grantor, role, account) => hold({ role, account, grantor, options: {} }),
    removeAll: (role, account) => holdings(role, account).forEach((grant) => grants.delete(key(grant))),
    lockAccount: (account) => void unknownAccounts.add(account),
    setBusy: (account, isBusy) => void (isBusy ? busy.add(account) : busy.delete(account)),
    setUses: (now) => void (uses = now && structuredClone(now)),
    changeRole: (role, privileges) => void privilegesOf.set(role, privileges.toSorted()),
  };
}
