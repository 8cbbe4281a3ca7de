/**
 * What a kind of system brings to the suite: a server of its own, administrators, and a witness that reads what the server itself tells. The story, what is
 * promised and who is to blame are the same for all.
 */
import type * as fc from 'fast-check';
import type { Way } from '../support/line.ts';
import type { Act, Held } from './scenario.ts';
import type { Snapshot, Witness } from './witness.ts';

/** `Setup`: what differs between scenarios, such as how Rolewave's login may grant. Plain JSON. */
export interface HostilePeer<Setup = unknown> {
  /** In ROLEWAVE_HOSTILE_PEERS. */
  kind: string;
  /** 'PostgreSQL 18'. */
  name: string;
  /** What comes first shrinks first. */
  setups: fc.Arbitrary<Setup>;
  acts: ReadonlySet<Act['do']>;
  /** Two administrators' grants of one role to one account stand side by side. */
  keepsGrantorsApart: boolean;
  /** Its log tells what others do, too; otherwise that is seen by comparing. */
  tellsAll: boolean;
  /** What may come twice, besides answers that are cut off and late. */
  duplicates: 'answers' | 'requests' | 'nothing';
  /** So many scenarios of it where nobody says how many; absent: 30 of all peers of its kind. */
  usual?: number;
  /** So many scenarios of it are a long run, whose result is written down; absent: 200 of all peers of its kind. */
  long?: number;
  /** How long is waited at first for an earlier attempt, where the system cannot be asked what became of it; each time as much longer. */
  settlesMs?: number;
  /** What a system of this kind gives nobody the means to promise. What is found of it is counted and told, and every other violation is one. */
  notHeld?: NotHeld[];
  start(): Promise<HostileServer<Setup>>;
}

export interface NotHeld {
  /** Violations that begin so; without the name of the package. */
  says: RegExp;
  /** Whole sentences, for docs/reliability.md. */
  guarantee: string;
  why: string;
}

export interface HostileServer<Setup = unknown> {
  /** `mark`: makes names unique. */
  found(setup: Setup, held: Held[], mark: string): Promise<Company>;
  stop(): Promise<void>;
}

/** How a process of Rolewave reaches the system. The rest of it is plain JSON, for another process. */
export interface Connection {
  kind: string;
  settings: unknown;
}

/** One connection's data, in whole messages where the protocol has them: a line that is watched, or disturbed. */
export type WatchedWay = {
  fromClient(message: Buffer): Promise<void | { again: true }>;
  fromServer(message: Buffer): Promise<{ pieces: Buffer[]; thenCut?: boolean }>;
};

/** The company of one scenario: its roles and people in the server, and those who change them. */
export interface Company {
  /** How a role or an account is called in the server. */
  of(name: string): string;
  /** By their indexes; as they were called in the beginning. */
  role(index: number): string;
  account(index: number): string;
  /** Connects one attempt: the witness knows it by this name. */
  connect(application: string, watch?: () => WatchedWay): Promise<{ connection: Connection; end(): Promise<void> }>;
  /** This attempt begins to read what its next effect is decided by. Absent: what it reads cannot change until it takes effect. */
  reads?(application: string): Promise<void>;
  /** What the server refuses has not happened. */
  play(act: Act): Promise<void>;
  /** Rolewave may not grant or revoke any more. */
  takeRights(): Promise<void>;
  /** It may again, as far as the roles are still there. */
  returnRights(): Promise<void>;
  /** Waits until nothing is held up any more. */
  letGo(): Promise<void>;
  /** Waits until the server does nothing any more for this attempt, whose process was killed. */
  quiet(application: string): Promise<void>;
  /** What the server holds now, kept at this place in its log. */
  snapshot(of: { claims: Snapshot['claims']; ledger: Snapshot['ledger'] }): Promise<Snapshot>;
  /** A line of the story, at this place in the log. */
  note(text: string): Promise<void>;
  /** Everything since it was founded, in the order in which it took effect. */
  tell(witness: Witness): Promise<void>;
  /** Removes everything. */
  close(): Promise<void>;
  /** Why something may be left when Rolewave has its rights back, in the words of a receipt. */
  readonly mayStay: RegExp;
}

export const asWay = ({ fromClient, fromServer }: WatchedWay): Way => ({
  fromClient: async (data) => {
    await fromClient(data);
    return data;
  },
  fromServer,
});
