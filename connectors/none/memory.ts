/** What a system in memory holds: roles, logins and grants, each with an identity, as PostgreSQL 16 keeps them. */
import type { ActualGrant } from '../connector.ts';

/** A grant by identities. The names are those of the moment at which it is read. */
export interface Row {
  id: string;
  roleId: string;
  accountId: string;
  grantorId: string;
  options: Record<string, boolean>;
}

/** Names of roles and logins, which are one namespace. A name that is mentioned for the first time exists. */
export class Names {
  readonly #ids = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #generations = new Map<string, number>();
  readonly #absent: Set<string>;

  constructor(absent: string[]) {
    this.#absent = new Set(absent);
  }

  /** undefined: there is none of this name. */
  idOf(name: string): string | undefined {
    if (this.#absent.has(name)) return undefined;
    return this.#ids.get(name) ?? this.#create(name);
  }

  /** The name that it has now; undefined: it was dropped, or never was. */
  nameOf(id: string): string | undefined {
    return this.#names.get(id);
  }

  rename(from: string, to: string): void {
    const id = this.idOf(from);
    if (id === undefined) return;
    this.#forget(from);
    this.#absent.delete(to);
    this.#ids.set(to, id);
    this.#names.set(id, to);
  }

  /** Answers the id that is gone. */
  drop(name: string): string | undefined {
    const id = this.idOf(name);
    this.#forget(name);
    if (id !== undefined) this.#names.delete(id);
    return id;
  }

  create(name: string): void {
    this.#absent.delete(name);
  }

  #forget(name: string): void {
    this.#ids.delete(name);
    this.#absent.add(name);
  }

  /** The same in every process, so that a worker which starts anew knows what an earlier one has recorded. */
  #create(name: string): string {
    const generation = (this.#generations.get(name) ?? 0) + 1;
    this.#generations.set(name, generation);
    const id = `${name}#${generation}`;
    this.#ids.set(name, id);
    this.#names.set(id, name);
    return id;
  }
}

/** Rows, of which a pair can have one per grantor. A draft is a copy whose changes reach the original when they are committed. */
export class Rows {
  readonly #rows = new Map<string, Row>();
  readonly #ofPair = new Map<string, Map<string, Row>>();
  /** Of a draft alone: what is committed already is kept by nobody. */
  readonly #changes: ((rows: Rows) => void)[] | undefined;

  private constructor(isDraft: boolean) {
    this.#changes = isDraft ? [] : undefined;
  }

  static empty(): Rows {
    return new Rows(false);
  }

  draft(): Rows {
    const draft = new Rows(true);
    for (const row of this.#rows.values()) draft.#put(row);
    return draft;
  }

  /** Whatever someone else has changed in the meantime stays. */
  commitTo(original: Rows): void {
    for (const change of this.#changes ?? []) change(original);
  }

  all(): Row[] {
    return [...this.#rows.values()];
  }

  ofId(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  ofPair(roleId: string, accountId: string): Row[] {
    return [...(this.#ofPair.get(JSON.stringify([roleId, accountId]))?.values() ?? [])];
  }

  add(row: Row): void {
    this.#put(row);
    this.#changes?.push((rows) => rows.add(row));
  }

  remove(id: string): void {
    this.#delete(id);
    this.#changes?.push((rows) => rows.remove(id));
  }

  #put(row: Row): void {
    const key = JSON.stringify([row.roleId, row.accountId]);
    const pair = this.#ofPair.get(key) ?? new Map<string, Row>();
    this.#rows.set(row.id, row);
    this.#ofPair.set(key, pair.set(row.id, row));
  }

  #delete(id: string): void {
    const row = this.#rows.get(id);
    if (!row) return;
    this.#rows.delete(id);
    const key = JSON.stringify([row.roleId, row.accountId]);
    const pair = this.#ofPair.get(key);
    pair?.delete(id);
    if (pair?.size === 0) this.#ofPair.delete(key);
  }
}

export const asGrant = (row: Row, names: Names): ActualGrant => {
  const grantor = names.nameOf(row.grantorId);
  return {
    role: names.nameOf(row.roleId) ?? row.roleId,
    account: names.nameOf(row.accountId) ?? row.accountId,
    ...(grantor === undefined ? {} : { grantor }),
    options: { ...row.options },
    id: row.id,
    roleId: row.roleId,
    accountId: row.accountId,
    grantorId: row.grantorId,
  };
};

const sortKey = ({ role, account, grantor = '' }: ActualGrant) => JSON.stringify([role, account, grantor]);
export const byName = (a: ActualGrant, b: ActualGrant): number => (sortKey(a) < sortKey(b) ? -1 : 1);
