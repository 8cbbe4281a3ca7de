/** What the contract suite needs of a real system: its administrators, whom no connector stands for. */
import type { Connector } from '../../connectors/connector.ts';

export type What = 'role' | 'account';

/** Of `refused`. */
export const wrongPassword = 'n0t-taken';

/** One running system. Every name that it gives is new, so that tests need not clean up after each other. */
export interface Peer {
  /** Signed in as Rolewave. */
  connector: Connector;
  /** Another process of Rolewave at the same system. The suite closes it. */
  another(): Connector;
  /** At an address of the same kind where nobody answers. The suite closes it. Absent: the system is always there. */
  unreachable?(): Connector;
  /** Signed in with a password or token that the system does not take. For tests beside the suite. Absent: the system asks for none, or the peer has none. */
  refused?(): Connector;
  /** Where the system listens, and how to open it at another address, so that the suite can cut the line. Absent: it has no line. */
  network?: { host: string; port: number; at(host: string, port: number): Connector };
  /** A new entitlement that Rolewave and the other administrator may grant, and nobody holds. */
  role(): Promise<string>;
  /** New accounts that can sign in. */
  accounts(many: number): Promise<string[]>;
  /** Another administrator grants, beside grants that are there. */
  grant(role: string, account: string): Promise<void>;
  /** An administrator takes every grant of the role from the account. */
  revokeAll(role: string, account: string): Promise<void>;
  /** The same role or account under another, new name, which it answers. */
  rename(what: What, name: string): Promise<string>;
  /** With every grant of it. */
  drop(what: What, name: string): Promise<void>;
  /** Dropped, and another one made of the same name. */
  recreate(what: What, name: string): Promise<void>;
  /** The account can no longer sign in. Absent: the system has no such thing. */
  lock?(account: string): Promise<void>;
  /** The role may do more from now on. Absent: the system does not show what a role may do. */
  widen?(role: string): Promise<void>;
  close(): Promise<void>;
}

/** How systems differ where the contract lets them; the suite asks each for what it has. */
export interface Traits {
  /** Two administrators' grants of one (role, account) stand side by side, each with an id of its own. */
  keepsGrantorsApart: boolean;
  /** A grant that was taken away and given again by another is not taken for ours: it has another id, or another grantor. True unless it says otherwise. */
  tellsRegrants?: boolean;
  /** `wasCommitted` answers for each effect, at least for as long as the tests take. Otherwise it says `unknown`. True unless it says otherwise. */
  remembersEffects?: boolean;
  /** `lastChange` tells who gave each access. Otherwise it has nothing to tell of these entitlements. True unless it says otherwise. */
  tellsLastChanges?: boolean;
}
