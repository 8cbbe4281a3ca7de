/**
 * The witness of a SCIM server, which has no log: after each change that passed the gate it reads all users and groups from the server itself, and what is
 * there now and was not before (or the other way round) is what this change did. Nothing of a request is believed but who sent it.
 */
import type { ScimAdmin } from '../../support/scim-server.ts';
import type { Author } from '../http/gate.ts';
import type { HttpAnswer, HttpRequest } from '../http/messages.ts';
import { oneAtATime } from '../http/one-at-a-time.ts';
import { tellSeen, type Seen } from '../http/seen.ts';
import { pair, type Effect, type Row, type Snapshot, type Witness } from '../witness.ts';

/** By id. `members`: how often each is listed, as careless servers list one twice. */
export interface State {
  users: Map<string, { name: string; active: boolean }>;
  groups: Map<string, { name: string; members: Map<string, number> }>;
}

interface Listed {
  Resources?: { id: string; userName?: string; displayName?: string; active?: boolean; members?: { value: string }[] }[];
}

const nothing: State = { users: new Map(), groups: new Map() };
const isWrite = ({ method }: HttpRequest) => method !== 'GET';

export class ScimWitness {
  readonly seen: Seen[] = [];
  readonly #server: ScimAdmin;
  readonly #alone = oneAtATime();
  /** When each attempt began to read what its next effect is decided by, and what it read last of groups. */
  readonly #began = new Map<string, State>();
  readonly #read = new Map<string, State>();
  #last: State = nothing;

  constructor(server: ScimAdmin) {
    this.#server = server;
  }

  get last(): State {
    return this.#last;
  }

  note(text: string): void {
    this.seen.push({ note: text });
  }

  reads(application: string): void {
    this.#began.set(application, this.#last);
  }

  /** `isAttempt`: of Rolewave's. */
  async pass(author: Author & { isAttempt: boolean }, request: HttpRequest, forward: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    if (!isWrite(request)) {
      if (/\/Groups\//.test(request.path)) this.#read.set(author.name, this.#last);
      return forward();
    }
    return this.#alone(async () => {
      try {
        return await forward();
      } finally {
        await this.#look(author.isAttempt ? author.name : undefined);
      }
    });
  }

  /** What is held while no change is under way. */
  snapshot(of: Pick<Snapshot, 'claims' | 'ledger'>): Promise<Snapshot> {
    return this.#alone(async () => {
      await this.#look(undefined);
      const { users, groups } = this.#last;
      const snapshot: Snapshot = {
        ...of,
        rows: [...rowsOf(this.#last)].map(([, { row }]) => row),
        named: [
          ...[...users].map(([id, { name, active }]) => ({ id, name, login: active })),
          ...[...groups].map(([id, { name }]) => ({ id, name, login: false })),
        ],
        wide: [],
      };
      this.seen.push({ snapshot });
      return snapshot;
    });
  }

  tell(witness: Witness): void {
    tellSeen(this.seen, witness);
  }

  async #look(application: string | undefined): Promise<void> {
    const [before, now] = [this.#last, await this.#state()];
    this.#last = now;
    const effects = this.#between(before, now, application);
    if (effects.length > 0) this.seen.push({ effects });
  }

  async #state(): Promise<State> {
    const [users, groups] = await Promise.all(
      ['Users', 'Groups'].map(async (of) => ((await this.#server.ask('GET', `${of}?count=1000`)) as Listed).Resources ?? []),
    );
    const counted = (members: { value: string }[]) => {
      const times = new Map<string, number>();
      for (const { value } of members) times.set(value, (times.get(value) ?? 0) + 1);
      return times;
    };
    return {
      users: new Map(users?.map(({ id, userName = '', active = true }) => [id, { name: userName, active }])),
      groups: new Map(groups?.map(({ id, displayName = '', members = [] }) => [id, { name: displayName, members: counted(members) }])),
    };
  }

  #between(before: State, now: State, application: string | undefined): Effect[] {
    const [had, has] = [rowsOf(before), rowsOf(now)];
    const began = this.#began.get(application ?? '') ?? now;
    const read = rowsOf(this.#read.get(application ?? '') ?? before);
    const effect = (did: Effect['did'], row: Row): Effect => ({
      ...row,
      did,
      application,
      wide: false,
      // A server changes one resource at a time: what becomes of others after they were read is seen when it is read back.
      locked: [now, began].every(({ users }) => users.get(row.account)?.active === false),
      ...(read.has(pair(row)) ? {} : { unseen: true }),
    });
    return [
      ...[...had].flatMap(([key, { row }]) => (has.has(key) ? [] : [effect('revoke', row)])),
      // Once more for each time that it is listed more often.
      ...[...has].flatMap(([key, { row, times }]) => Array.from({ length: Math.max(0, times - (had.get(key)?.times ?? 0)) }, () => effect('grant', row))),
    ];
  }
}

/** Who is in a group: also those who were removed, where the server leaves them in it. */
function rowsOf({ groups }: State): Map<string, { row: Row; times: number }> {
  return new Map(
    [...groups].flatMap(([role, { members }]) =>
      [...members].map(([account, times]) => {
        const row: Row = { role, account, grantor: undefined, id: null };
        return [pair(row), { row, times }] as const;
      }),
    ),
  );
}
