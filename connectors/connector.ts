/**
 * The whole contract of a system that holds entitlements; docs/connectors.md shows how to write one. A connector decides nothing: it reads, grants, revokes
 * and reports what it saw. It throws SystemUnavailable where a retry makes sense; any other error is a mistake in Rolewave or in the plan.
 */

import type { ServerProbe } from '../domain/access/server-probe.ts';
import type { Tried } from '../domain/release/tried.ts';

export interface EntitlementRef {
  role: string;
}

/** One grant as the system holds it now. Where the system records the grantor of each grant, one (role, account) can have several. */
export interface ActualGrant {
  role: string;
  account: string;
  /** Who granted it; undefined where the system does not tell, or where that login no longer exists. */
  grantor?: string;
  /** What must be restored with it (PostgreSQL: admin, inherit, set); empty where the system knows one form only. JSON-safe. */
  options: Record<string, boolean>;
  /** The system's own identity of this one grant, for as long as it is held; absent where the system has none (PostgreSQL up to 15). */
  id?: string;
  /** The system's own identities, which survive a rename and are never used again for another role or account. */
  roleId?: string;
  accountId?: string;
  grantorId?: string;
}

export interface RoleContent {
  role: string;
  exists: boolean;
  id?: string;
  /** Digest of what the role itself may do; it changes when someone changes the role. */
  digest: string;
  /** One line per privilege, sorted, for people to read. */
  privileges: string[];
}

/** An option with which a grant can be made: whether a plain grant has it, and what people call a grant where that differs, such as `with the ADMIN OPTION`. */
export interface GrantOption {
  plain: boolean;
  otherwise: string;
}

export interface SystemSnapshot {
  /**
   * The options of this kind of system, by their names in ActualGrant.options. An account has an option of a role if one of its grants does. A grant that is
   * not plain is drift. Absent: grants have one form only.
   */
  grantOptions?: Record<string, GrantOption>;
  roles: RoleContent[];
  grants: ActualGrant[];
  /** Of the accounts that were asked for: those that exist and can log in. */
  accounts: { account: string; id?: string }[];
  /** The others. */
  unknownAccounts: string[];
  /** Of the role ids that were asked for: those of another part of the server than the one that this connects to. What is held of them cannot be read from here. */
  outOfReach?: string[];
  /** Read from a copy that may lag behind: nothing may be concluded from what is missing here. */
  standby?: true;
}

/**
 * How many may hold these roles, one counted once for each of them, besides the accounts that are asked for. What is around each connector refuses the others
 * (bounded.ts), in the process that has read them and before they are sent on.
 */
export interface MostOthers {
  roles: string[];
  most: number;
}

/** A grant to make, as it was signed. It is refused where the role or the account is another one than was signed, or where the role may do something else. */
export interface WantedGrant {
  role: string;
  account: string;
  roleId?: string;
  accountId?: string;
  /** RoleContent.digest of the role. */
  digest?: string;
  /** Grants of Rolewave's own, by id, that give the account less than a plain grant (grantOptions). Where only these are held, they are made plain, and the grant is `created`. */
  lesser?: string[];
}

/**
 * `created` by this call; `preexisting` in any form, so that nothing was done; `failed`: the system's words for its refusal, or why the connector did not
 * ask; of a restore also `nothingThere`: the role or the account no longer exists, or the account may not sign in any more, and no attempt will succeed. `note`: what a person should know about it, such as that a grant was restored in another grantor's name than before.
 */
export type GrantOutcome =
  | { outcome: 'created'; grant: ActualGrant; note?: string }
  | { outcome: 'preexisting'; grants: ActualGrant[]; note?: string }
  | { outcome: 'failed'; why: string; nothingThere?: true };
/** `gone`: it is no longer there, and this call did not remove it. */
export type RevokeOutcome = { outcome: 'revoked' } | { outcome: 'gone' } | { outcome: 'failed'; why: string };

/**
 * Called once, when all outcomes are known and nothing has taken effect: in the system's transaction, or before the one request that changes everything. The
 * caller writes the outcomes down first. When it throws, nothing is changed. From then on the call does all of what it told, or throws SystemUnavailable.
 * `transaction`: what `wasCommitted` needs later to tell whether it took effect; absent where nothing is about to change.
 */
export type BeforeCommit<Outcome> = (outcomes: Outcome[], transaction?: string) => Promise<void>;

/** An account used its access. `role` undefined: the role is unknown, so the use counts for all of them. */
export interface Use {
  role?: string;
  account: string;
  /** The last use; real time. */
  atMs: number;
}

/** A role and an account, by the system's own identities where they are known. */
export interface PairAsked {
  role: string;
  account: string;
  roleId?: string;
  accountId?: string;
}

/** The last change of what an account has of a role, as the system itself tells it. `by`: undefined where it does not tell. Real time. */
export interface AccessChange {
  did: 'granted' | 'revoked';
  by?: string;
  atMs: number;
}

/** What was found, one sentence without its full stop; where it is not `ok`, with how to fix it. A `warning` prevents nothing. */
export type CheckLine = { state: 'ok'; text: string } | { state: 'warning' | 'wrong'; text: string; fix: string };

/**
 * What reads and changes nothing. `simulations`: of plans that are not applied. `readings`: previews, evaluations and baselines. `comparisons`: what a release or a
 * rollback waits for; they are of what was signed, so that no draft of anybody comes before them.
 */
export type AsideWork = 'simulations' | 'readings' | 'comparisons';

export interface AtOnce {
  ofOneRole?: true;
  grants?: number;
}

/** In this order. */
export interface Rehearsal {
  grant: WantedGrant[];
  revoke: ActualGrant[];
  restore: ActualGrant[];
}

/** One outcome per item, in the order of the items. */
export interface Rehearsed {
  grant: Tried[];
  revoke: Tried[];
  restore: Tried[];
}

/** Of one person: what goes, and what comes in its place, granted anew or given back as it was. */
export interface SwitchOfPerson {
  revoke: ActualGrant[];
  grant: WantedGrant[];
  restore: ActualGrant[];
}

/** One outcome per item, in the order of the items. */
export interface SwitchOutcome {
  revoke: RevokeOutcome[];
  grant: GrantOutcome[];
  restore: GrantOutcome[];
}

export interface Connector {
  readonly kind: string;
  /** The place that holds the grants, by an identity of its own: systems of one place are one, whatever plans call them. */
  place(): Promise<string>;
  /** How the system is reached, as a digest: two systems of one place and one address are one, without a word in the site file. */
  readonly address?: string;
  /** Whether it is reachable, its version, and whether it lets Rolewave do its work. `retired`: those of the roles whose grants by others are to be retired; absent: all may be. */
  check(roles: string[], retired?: string[]): Promise<{ version: string; lines: CheckLine[] }>;
  /**
   * All grants of the roles to anyone but the connector's own login (for drift), contents of the roles, and which accounts exist. All of them or an error: a
   * list of holders that ended early would be read as access that is missing. Without roles, one person is read alone. Reads only. `roleIds`: grants of
   * these roles too, under whatever names they have now. `grantsOnly`: contents of roles are not needed, and may be left out. `mostOthers`: no connector has to
   * look at it.
   */
  snapshot(
    roles: string[],
    accounts: string[],
    signal?: AbortSignal,
    roleIds?: string[],
    grantsOnly?: boolean,
    mostOthers?: MostOthers,
  ): Promise<SystemSnapshot>;

  // Effects. Each call takes effect as a whole, with one outcome per item, in the order of the items; a refusal of one does not stop the others. Calls
  // on the same role run one after the other, whichever process makes them. Every call may be repeated.

  /**
   * How much one call may hold where the system has no transaction around everything: `ofOneRole`: grants of one role (LDAP: one modify of one group);
   * `grants`: at most so many. Absent: any grants of any roles.
   */
  readonly atOnce?: AtOnce;

  grant(wanted: WantedGrant[], beforeCommit: BeforeCommit<GrantOutcome>): Promise<GrantOutcome[]>;
  /** Revokes exactly these grants, by their ids, or by role, account and grantor where they have none; never another's. */
  revoke(grants: ActualGrant[], beforeCommit: BeforeCommit<RevokeOutcome>): Promise<RevokeOutcome[]>;
  /** Restores exactly these grants (a rollback of a retirement), with grantor and options where the system allows it. */
  restore(grants: ActualGrant[], beforeCommit: BeforeCommit<GrantOutcome>): Promise<GrantOutcome[]>;
  /**
   * Tries all of it as the effects would, one after the other, and changes nothing. What is revoked and restored in one call is missing when it is restored only
   * where the system has a transaction around everything (`atOnce` is absent); elsewhere each is answered by what is held now.
   */
  rehearse(work: Rehearsal, signal?: AbortSignal): Promise<Rehearsed>;
  /**
   * Whether a transaction of an effect took effect. `running`: it may still do so. `aborted`: it never will. `unknown`: the system no longer remembers it, or
   * never does; what is held then decides, and a person where that does not tell. A copy that may lag behind is SystemUnavailable.
   */
  wasCommitted(transaction: string): Promise<'committed' | 'aborted' | 'running' | 'unknown'>;
  /** A statement or command that a person can run to check that the grants are as the receipt says. */
  checkStatement(roles: string[]): string;
  close(): Promise<void>;

  // Optional capabilities. A connector without the method does not offer it, which differs from a login that
  // may not see it; callers distinguish the two.

  /**
   * Takes access from one person and gives other access in one transaction, so that there is no moment with both or with neither. If the system refuses a part,
   * nothing is changed, `beforeCommit` is not called, and the answer says what failed; the others' outcomes then mean nothing. Otherwise as the effects above;
   * `beforeCommit` gets the one outcome. Absent: the caller revokes, grants, reads back, and gives back what it took where the other access does not come.
   */
  switch?(person: SwitchOfPerson, beforeCommit: BeforeCommit<SwitchOutcome>): Promise<SwitchOutcome>;
  /**
   * The same system for work that only reads and may take long: no change waits for what it does there. The same one each time for the same work, and closed with this
   * one. undefined: this one does it, and no change waits for it anyway.
   */
  aside?(work: AsideWork): Connector | undefined;
  /** How many accounts can log in, by the same rule as `snapshot` tells which do: its `accounts` for all names that there are. Reads only. */
  accountCount?(signal?: AbortSignal): Promise<number>;
  /** Jobs that these accounts are running: one line each for people, without the statements that they sent. */
  running?(accounts: string[]): Promise<string[] | NotPermitted>;
  /** Which of these accounts used which of the roles since then (real time), as far as the system itself shows it. */
  lastUse?(roles: string[], accounts: string[], sinceMs: number): Promise<Use[] | NotPermitted>;
  /**
   * The last change of each of these, in their order: who gave or took the access, and when. undefined: nothing is told of it, or nothing that can be relied on.
   * For people who look for the reason of a difference: nothing is decided by it. Reads only.
   */
  lastChange?(pairs: PairAsked[], signal?: AbortSignal): Promise<(AccessChange | undefined)[] | NotPermitted>;
  /** The last use of each (role, account) in the range, by the statement that the site has for the system. Reads only. */
  usage?(query: UsageQuery, signal?: AbortSignal): Promise<Use[]>;
  /**
   * Which of the accounts the query of a plan answers, which is hostile: limited in time, in rows and in bytes. Whole or an error: who is missing in an answer that
   * ended early would be taken for somebody who left. Reads only.
   */
  cohort?(query: CohortQuery, signal?: AbortSignal): Promise<string[]>;
  /** What the server really does, which may differ from what it says and from one server of the kind to another. Absent: every server does the same. */
  readonly probe?: ServerProbe;
}

/** This login may not see it; `notPermitted` says, as a sentence for people, what would allow it. */
export interface NotPermitted {
  notPermitted: string;
}

/** A statement or a filter, whichever the kind of system takes. */
export interface CohortQuery {
  /** Whose query it is, and the entry of the site file that the plan is under. */
  plan: string;
  right?: string;
  statement?: string | undefined;
  filter?: string | undefined;
  /** In which local times of a statement are read; the system's own where it says nothing. */
  timeZone?: string | undefined;
  /** Of the people who may be in the cohort. */
  accounts: string[];
  rolePackage: string;
}

/** Times are real, milliseconds. */
export interface UsageQuery {
  /** Whose statement it is. */
  plan: string;
  statement: string;
  /** In which its local times are read; the system's own where it says nothing. */
  timeZone?: string | undefined;
  roles: string[];
  accounts: string[];
  fromMs: number;
  toMs: number;
}

/** How to open a kind of system. `S`: what the site says about a system of this kind. */
export interface ConnectorKind<S> {
  /** An example of such a system's connection string, such as `ldaps://…`; absent: the kind needs none. */
  connectionString?: string;
  /** Opens no connection yet; throws when the connection string cannot be read. */
  open(system: S, connectionString: string, opening?: Opening): Connector;
}

/** What the process that opens a system knows besides the plan. */
export interface Opening {
  /** Connection string of another login, for the usage statement; absent: that of the system. */
  measure?: string | undefined;
  /** Connection string of Rolewave's store, which is never a system. */
  store?: string | undefined;
  /** Other logins with which Rolewave works at this server: nothing is granted to them or taken from them. */
  logins?: readonly string[];
  /** Known to the processes of this installation and to nobody else: names of locks follow from it. Absent: the process has one of its own. */
  lockSecret?: string;
  /** The connector does nothing but this (see `aside`); absent: everything. */
  aside?: AsideWork | undefined;
}
