/**
 * The whole contract of a system that holds entitlements. A connector decides nothing: it reads, grants, revokes and says what it saw. It throws
 * SystemUnavailable where trying again makes sense; everything else that it throws is a mistake of ours or of the plan.
 */

export interface EntitlementRef {
  role: string;
}

/** One grant as the system holds it now. One (role, account) can be held several times where the system keeps the grantor apart. */
export interface ActualGrant {
  role: string;
  account: string;
  /** Who gave it, as the system tells; undefined where it does not. */
  grantor?: string;
  /** What must be restored with it (PostgreSQL: admin, inherit, set). JSON-safe. */
  options: Record<string, boolean>;
}

export interface RoleContent {
  role: string;
  exists: boolean;
  /** Digest over what the role itself may do; changes when somebody changes the role. */
  digest: string;
  /** One line per privilege, sorted, for people to read. */
  privileges: string[];
}

export interface SystemSnapshot {
  roles: RoleContent[];
  grants: ActualGrant[];
  /** Accounts asked for that the system does not know. */
  unknownAccounts: string[];
}

/**
 * `created` by this call; `preexisting` in any form, so that nothing was done; a refusal by the system is `failed` with its words.
 * `note`: what a person should know of it, such as that a grant was restored in another grantor's name than before.
 */
export type GrantOutcome = { outcome: 'created' | 'preexisting'; grant: ActualGrant; note?: string } | { outcome: 'failed'; why: string };
/** `gone`: it was not there any more. */
export type RevokeOutcome = { outcome: 'revoked' | 'gone' } | { outcome: 'failed'; why: string };

/** That an account used what it holds. `role` undefined: of which role cannot be told, so it stands for all of them. */
export interface Use {
  role?: string;
  account: string;
  /** The last use; real time. */
  atMs: number;
}

/** What was found, one sentence without its full stop; where it is not `ok`, with how to fix it. A `warning` keeps nothing from working. */
export type CheckLine = { state: 'ok'; text: string } | { state: 'warning' | 'wrong'; text: string; fix: string };

export interface Connector {
  readonly kind: string;
  /** Name by which this connector's own grants carry their grantor. */
  identity(): Promise<string>;
  /** Reachable, which version, may it do its work. */
  check(roles: string[]): Promise<{ version: string; lines: CheckLine[] }>;
  /** All grants of the roles to anybody but the connector's own login (for drift), contents of the roles, and which accounts are unknown or cannot log in. Reads only. */
  snapshot(roles: string[], accounts: string[], signal?: AbortSignal): Promise<SystemSnapshot>;
  /** Grants one role to one account, with its options; repeatable. */
  grant(role: string, account: string, options?: Record<string, boolean>): Promise<GrantOutcome>;
  /** Revokes exactly the grant described, by its grantor; never another's. */
  revoke(grant: ActualGrant): Promise<RevokeOutcome>;
  /** Restores exactly the grant described (a rollback of a retirement), with grantor and options where the system allows it. */
  restore(grant: ActualGrant): Promise<GrantOutcome>;
  /** A statement that a person can run to check that the grants are as the receipt says. */
  checkStatement(roles: string[]): string;
  close(): Promise<void>;

  // What only some kinds of systems can tell. A connector that has no such method does not offer it, which is another thing than a login that
  // may not see it; callers say which.

  /** What these accounts are in the middle of: one line for people each, without what they sent. */
  running?(accounts: string[]): Promise<string[] | NotPermitted>;
  /** Who of these accounts used which of the roles since then (real time), as far as the system itself shows it. */
  lastUse?(roles: string[], accounts: string[], sinceMs: number): Promise<Use[] | NotPermitted>;
  /** The last use of each (role, account) in the range, by the statement that the plan has for the system. Reads only. */
  usage?(query: UsageQuery, signal?: AbortSignal): Promise<Use[]>;
}

/** This login may not see it; what would let it, as a sentence for people. */
export interface NotPermitted {
  notPermitted: string;
}

/** Times are real, milliseconds. */
export interface UsageQuery {
  statement: string;
  roles: string[];
  accounts: string[];
  fromMs: number;
  toMs: number;
}

/** How a kind of system is opened. `S`: what the plan says of a system of this kind. */
export interface ConnectorKind<S> {
  /** What the environment variable of such a system holds, such as `ldaps://…`; absent: nothing is connected to. */
  connectionString?: string;
  /** Opens nothing on the network yet; throws when the connection string cannot be read. */
  open(system: S, connectionString: string): Connector;
}
