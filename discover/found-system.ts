/** What `init` and `observe` find in a system, whatever its kind: the roles, the accounts, and who holds what. One file beside this one reads each kind. */
import type { ActualGrant } from '../connectors/connector.ts';
import type { SystemDetails } from '../domain/site/system-entry.ts';

/** Some two million grants. */
export const mostReadMiB = 256;

export interface FoundSystem extends WhatIsThere {
  words: SystemWords;
}

/** As it is read, plain data. */
export interface WhatIsThere {
  /** `books`, `dc=example,dc=com` */
  name: string;
  /** `PostgreSQL 18.1` */
  product: string;
  /** The account that was signed in with; no person's. */
  login: string;
  /** Roles and accounts, sorted by name. Where the kind has both in lists of their own, as a directory has, a role and an account may have one name. */
  roles: FoundRole[];
  /** Who holds which role. */
  grants: Pick<ActualGrant, 'role' | 'account' | 'options'>[];
  /** What the site file says about the system, besides where its connection string is. */
  site: SystemDetails;
}

export interface FoundRole {
  name: string;
  /** May log in: an account, of a person or of a program. */
  login: boolean;
  /** It gives rights over the system itself, and is never granted. */
  superuser: boolean;
  /** It is one privilege that accounts hold themselves: old access to observe or to retire, and not what a first package grants unless it is named. */
  isPrivilege?: true;
  /** What the system says that it is for. */
  comment?: string;
}

/** Parts of sentences in which the kinds of systems differ. */
export interface SystemWords {
  /** `database` */
  noun: string;
  /** What people sign in with: `login`. */
  login: string;
  /** What passes a role on to people and is none: `group role`; and several of these. */
  group: string;
  groups: string;
  /** Why a role is never granted, after its name: `is a superuser`. */
  tooMuch: string;
  /** What to choose instead of an account, as a sentence. */
  chooseRole: string;
  /** Why nothing looks like access, and how to make a role. `name`: of the system, as a message may repeat it. */
  noRoles(name: string): string;
  /** Who has a role and is no person, as a sentence; `names` is a list for people. */
  alsoHeldBy(names: string): string;
  /** Begins the list of what a role may do. */
  mayDo(role: string): string;
  mayDoNothing(role: string): string;
  /** Whether metrics can query it. */
  takesSql: boolean;
}

/** Reads one system, and changes nothing. Both reject with CannotRead. */
export interface SystemReader {
  read(): Promise<FoundSystem>;
  /** What one role may do, a line each. */
  privileges(role: string): Promise<string[]>;
}

/** The same, in the process that reads the answers of the system. */
export interface ReaderHere extends Pick<SystemReader, 'privileges'> {
  read(): Promise<WhatIsThere>;
}

/**
 * Why nothing could be read. `unreachable`: a retry may work; `refused`: the system does not let this login in; `mistaken`: the connection string or another
 * option is wrong. The message never repeats the connection string.
 */
export class CannotRead extends Error {
  override readonly name = 'CannotRead';
  readonly kind: 'unreachable' | 'refused' | 'mistaken';

  constructor(kind: CannotRead['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
