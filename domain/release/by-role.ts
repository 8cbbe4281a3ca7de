/**
 * The ledger of a release and what is held now, role by role: what was done with one role depends on what is held of that role, and on nothing of another. Of
 * hundreds of thousands of grants, only those of one role are compared in one piece. A role is the same under all of its names and ids.
 */
import { eachOf, type Sliced } from '../slices.ts';
import type { Actual, Held, LedgerEntry } from './ledger.ts';
import type { PreviewContent } from './signed-preview.ts';

/** `now`: without the grants of other roles. */
export interface OfRole {
  ledger: LedgerEntry[];
  now: Actual;
}

type Named = { role: string; roleId?: string | undefined; id?: string | undefined };

export class RoleParts {
  readonly #same = new SameRoles();
  readonly #now: Actual;
  readonly #parts = new Map<string, OfRole>();

  private constructor(now: Actual) {
    this.#now = now;
  }

  /** In slices. `signed`: roles and grants as they were called when they were signed. */
  static *of(ledger: readonly LedgerEntry[], now: Actual, signed?: Pick<PreviewContent, 'roles' | 'before' | 'others'>): Sliced<RoleParts> {
    const parts = new RoleParts(now);
    for (const { role, id } of [...(signed?.roles ?? []), ...now.roles]) parts.#same.note({ role, roleId: id });
    for (const grants of [signed?.before ?? [], signed?.others ?? []]) yield* eachOf<Named>(grants, (grant) => parts.#same.note(grant));
    yield* eachOf(now.grants, (grant) => parts.#same.note(grant));
    yield* eachOf(ledger, (entry) => {
      for (const grant of grantsOf(entry)) parts.#same.join(entry, grant);
    });
    yield* eachOf(now.grants, (grant) => void parts.of(grant).now.grants.push(grant));
    yield* eachOf(ledger, (entry) => void parts.of(entry).ledger.push(entry));
    return parts;
  }

  /** That of a role; an empty one of a role that has nothing. */
  of(role: { role: string }): OfRole {
    const key = this.#same.keyOf(role);
    let part = this.#parts.get(key);
    if (!part) this.#parts.set(key, (part = { ledger: [], now: { ...this.#now, grants: [] } }));
    return part;
  }

  all(): OfRole[] {
    return [...this.#parts.values()];
  }

  /** Other things that are about roles, by the same parts. */
  *split<T extends { role: string }>(list: Iterable<T>): Sliced<(part: OfRole) => T[]> {
    const found = new Map<OfRole, T[]>();
    yield* eachOf(list, (item) => {
      const part = this.of(item);
      const items = found.get(part);
      if (items) items.push(item);
      else found.set(part, [item]);
    });
    return (part) => found.get(part) ?? [];
  }
}

const grantsOf = ({ made, found, taken, pending }: LedgerEntry): Held[] =>
  pending.length === 0 ? [...made, ...found, ...taken] : [...made, ...found, ...taken, ...pending.flatMap(({ grants }) => grants)];

/** Names and ids that belong together, by one of them. */
class SameRoles {
  readonly #first = new Map<string, string>();
  /** The last id of each name: mostly the only one. */
  readonly #known = new Map<string, string>();
  /** By the id of a grant, which is the same one under whatever names: systems that tell no ids of roles may still tell those of grants. */
  readonly #ofGrants = new Map<string, string>();

  note({ role, roleId, id }: Named): void {
    if (roleId !== undefined && this.#known.get(role) !== roleId) {
      this.#unite(`name ${role}`, `id ${roleId}`);
      this.#known.set(role, roleId);
    }
    if (id === undefined) return;
    const other = this.#ofGrants.get(id);
    if (other === undefined) this.#ofGrants.set(id, role);
    else if (other !== role) this.#unite(`name ${role}`, `name ${other}`);
  }

  /** A grant of an entry may have another name than its entry. */
  join(entry: { role: string }, grant: Named): void {
    this.note(grant);
    if (entry.role !== grant.role) this.#unite(`name ${entry.role}`, `name ${grant.role}`);
  }

  keyOf({ role }: { role: string }): string {
    return this.#root(`name ${role}`);
  }

  #unite(one: string, other: string): void {
    const [a, b] = [this.#root(one), this.#root(other)];
    if (a !== b) this.#first.set(a, b);
  }

  #root(key: string): string {
    let at = key;
    for (let next = this.#first.get(at); next !== undefined; next = this.#first.get(at)) at = next;
    return at;
  }
}
