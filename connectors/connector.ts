/**
 * The whole contract of a system that holds entitlements. A connector decides nothing: it reads, grants, revokes and reports what it saw. It throws
 * SystemUnavailable where a retry makes sense; any other error is a mistake in Rolewave or in the plan.
 */

export interface EntitlementRef {
  role: string;
}

/** One grant as the system holds it now. Where the system records the grantor of each grant, one (role, account) can have several. */
export interface ActualGrant {
  role: string;
  account: string;
  /** Who granted it, according to the system; undefined where the system does not report it. */
  grantor?: string;
  /** What must be restored with it (PostgreSQL: admin, inherit, set). JSON-safe. */
  options: Record<string, boolean>;
}

export interface RoleContent {
  role: string;
  exists: boolean;
  /** Digest of what the role itself may do; changes when someone changes the role. */
  digest: string;
  /** One line per privilege, sorted, for people to read. */
  privileges: string[];
}

export interface SystemSnapshot {
  roles: RoleContent[];
  grants: ActualGrant[];
  /** Requested accounts that the system does not know. */
  unknownAccounts: string[];
}

/**
 * `created` by this call; `preexisting` in any form, so nothing was done; a refusal by the system is `failed` with its message.
 * `note`: what a person should know about it, such as that a grant was restored in another grantor's name than before.
 */
export type GrantOutcome = { outcome: 'created' | 'preexisting'; grant: ActualGrant; note?: string } | { outcome: 'failed'; why: string };
/** `gone`: it no longer existed. */
export type RevokeOutcome = { outcome: 'revoked' | 'gone' } | { outcome: 'failed'; why: string };

/** An account used its access. `role` undefined: the role is unknown, so the use counts for all of them. */
export interface Use {
  role?: string;
  account: string;
  /** The last use; real time. */
  atMs: number;
}

/** What was found, one sentence without its full stop; where it is not `ok`, with how to fix it. A `warning` prevents nothing. */
export type CheckLine = { state: 'ok'; text: string } | { state: 'warning' | 'wrong'; text: string; fix: string };

export interface Connector {
  readonly kind: string;
  /** The grantor's name on this connector's own grants. */
  identity(): Promise<string>;
  /** Whether the system is reachable, its version, and whether the login may do its work. */
  check(roles: string[]): Promise<{ version: string; lines: CheckLine[] }>;
  /** All grants of the roles to anyone but the connector's own login (for drift), contents of the roles, and which accounts are unknown or cannot log in. Reads only. */
  snapshot(roles: string[], accounts: string[], signal?: AbortSignal): Promise<SystemSnapshot>;
  /** Grants one role to one account, with its options; repeatable. */
  grant(role: string, account: string, options?: Record<string, boolean>): Promise<GrantOutcome>;
  /** Revokes exactly the grant described, by its grantor; never another's. */
  revoke(grant: ActualGrant): Promise<RevokeOutcome>;
  /** Restores exactly the grant described (a rollback of a retirement), with grantor and options where the system allows it. */
  restore(grant: ActualGrant): Promise<GrantOutcome>;
  /** A statement with which a person can verify that the grants match the receipt. */
  checkStatement(roles: string[]): string;
  close(): Promise<void>;

  // Optional capabilities. A connector without the method does not offer it, which differs from a login that
  // may not see it; callers distinguish the two.

  /** Jobs that these accounts are running: one line each for people, without the statements that they sent. */
  running?(accounts: string[]): Promise<string[] | NotPermitted>;
  /** Which of these accounts used which of the roles since then (real time), as far as the system itself shows it. */
  lastUse?(roles: string[], accounts: string[], sinceMs: number): Promise<Use[] | NotPermitted>;
  /** The last use of each (role, account) in the range, by the statement that the plan has for the system. Reads only. */
  usage?(query: UsageQuery, signal?: AbortSignal): Promise<Use[]>;
}

/** This login may not see it; `notPermitted` says, as a sentence for people, what would allow it. */
export interface NotPermitted {
  notPermitted: string;
}

/** Times are real, milliseconds. */
export interface UsageQuery {
  statement: string;
  /** In which its local times are read; the system's own where it says nothing. */
  timeZone?: string | undefined;
  roles: string[];
  accounts: string[];
  fromMs: number;
  toMs: number;
}

/** How to open a kind of system. `S`: what the plan says about a system of this kind. */
export interface ConnectorKind<S> {
  /** An example of such a system's connection string, such as `ldaps://…`; absent: the kind needs none. */
  connectionString?: string;
  /** Opens no connection yet; throws when the connection string cannot be read. */
  open(system: S, connectionString: string): Connector;
}
