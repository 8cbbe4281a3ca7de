/**
 * Who wrote the parts of a plan that belong to no package: accounts of people, metrics, limits, rules, exceptions and the terms of waves. A package that names
 * one of them later brings it to what is signed, also when somebody else applies that revision. Each part has a name, such as `account ann erp`.
 */
import { entryOf } from '../entry-of.ts';
import { bareMetric, signedTerms } from '../plan/digest.ts';
import type { IncompatibleRule, Plan } from '../plan/schema.ts';
import type { RevisionRecord } from '../views/revision.ts';

type Parts = NonNullable<RevisionRecord['parts']>;
export interface Change {
  by: string;
  revision: number;
}

/** Names of roles may have spaces, and come last. */
export const partName = {
  /** With the accounts that they came into the plan with. */
  person: (id: string) => `person ${id}`,
  account: (id: string, system: string) => `account ${id} ${system}`,
  metric: (id: string) => `metric ${id}`,
  limit: (system: string) => `limit ${system}`,
  /** All that name it, so that a rule that was removed has somebody who removed it. */
  rules: ({ system, role }: { system: string; role: string }) => `rules ${system} ${role}`,
  exception: (rule: string, person: string) => `exception ${rule} ${person}`,
  wave: (id: string) => `wave ${id}`,
  /** One that is no longer in the plan. */
  package: (id: string) => `package ${id}`,
} as const;

/** How many characters of names a record has: about 40,000 accounts. */
const mostCharacters = 1_000_000;
/** In the place of names that are too many. */
const any = '*';

/** Of each part, everyone who changed it, with the last such revision. */
export class Writers {
  private readonly first: Change[];
  private readonly listed = new Map<string, Map<string, number>>();
  /** They may have changed any part: their names were too many. */
  private readonly ofAny = new Map<string, number>();

  /** `first`: who wrote what no change names. */
  constructor({ first, changes }: Parts) {
    this.first = first;
    for (const { by, revision, of } of changes) for (const name of of) this.add(name, { by, revision });
  }

  /** Where the part is written as a whole, so that what was there before does not matter. */
  add(name: string, { by, revision }: Change): void {
    const writers = name === any ? this.ofAny : (this.listed.get(name) ?? new Map<string, number>());
    writers.set(by, Math.max(revision, writers.get(by) ?? 0));
    if (name !== any) this.listed.set(name, writers);
  }

  /** Where a part of it may be as somebody else wrote it. */
  change(name: string, change: Change): void {
    this.keep(name);
    this.add(name, change);
  }

  /** A part that leaves the plan, and may come back. */
  keep(name: string): void {
    if (!this.listed.has(name)) for (const change of this.first) this.add(name, change);
  }

  take(name: string): Change[] {
    const found = changesIn(this.listed.get(name));
    this.listed.delete(name);
    return [...found, ...changesIn(this.ofAny)];
  }

  of(name: string): string[] {
    return this.written(this.listed.get(name));
  }

  /** Of a limit or rule that the plan did not have before: who removed it once, or writes it now. */
  ofNew(name: string): string[] {
    return this.written(this.listed.get(name) ?? []);
  }

  ofAccount(id: string, system: string): string[] {
    const [came, account] = [this.listed.get(partName.person(id)), this.listed.get(partName.account(id, system))];
    return this.written(came || account ? [...(came?.keys() ?? []), ...(account?.keys() ?? [])] : undefined);
  }

  private written(listed: Pick<Map<string, number>, 'keys'> | string[] | undefined): string[] {
    const own = listed === undefined ? this.first.map(({ by }) => by) : [...(Array.isArray(listed) ? listed : listed.keys())];
    return [...own, ...this.ofAny.keys()];
  }

  /** What is too much is the oldest: those who changed it count for every part from then on, which asks for more people and never for fewer. */
  record(most = mostCharacters): Parts {
    const groups = new Map<string, { by: string; revision: number; of: string[] }>();
    let characters = 0;
    for (const [name, writers] of this.listed)
      for (const change of changesIn(writers)) {
        const key = `${change.revision} ${change.by}`;
        const group = groups.get(key) ?? { ...change, of: [] };
        group.of.push(name);
        characters += name.length;
        groups.set(key, group);
      }
    const kept = [...groups.values()].toSorted((a, b) => a.revision - b.revision);
    for (let oldest = kept[0]; oldest && characters > most; oldest = kept[0]) {
      characters -= oldest.of.reduce((sum, name) => sum + name.length, 0);
      this.add(any, oldest);
      kept.shift();
    }
    return { first: this.first, changes: [...changesIn(this.ofAny).map((change) => ({ ...change, of: [any] })), ...kept] };
  }
}

const changesIn = (writers: ReadonlyMap<string, number> | undefined): Change[] => [...(writers ?? [])].map(([by, revision]) => ({ by, revision }));

/** Everything but packages. In time in proportion to both. */
export function addChanges(writers: Writers, before: Plan, after: Plan, change: Change): void {
  addPeople(writers, before, after, change);
  addExceptions(writers, before, after, change);
  const [had, has] = [namedParts(before), namedParts(after)];
  for (const [name, text] of has) {
    if (!had.has(name)) writers.add(name, change);
    else if (had.get(name) !== text) writers.change(name, change);
  }
  for (const name of had.keys()) {
    if (has.has(name)) continue;
    writers.keep(name);
    if (allowsMoreWhenGone(name)) writers.add(name, change);
  }
}

function addPeople(writers: Writers, before: Plan, after: Plan, change: Change): void {
  const gone = new Map(before.people.map(({ id, accounts }) => [id, accounts]));
  for (const { id, accounts } of after.people) {
    const had = gone.get(id);
    gone.delete(id);
    if (!had) {
      writers.add(partName.person(id), change);
      continue;
    }
    for (const system of new Set([...Object.keys(had), ...Object.keys(accounts)]))
      if ((entryOf(had, system) ?? id) !== (entryOf(accounts, system) ?? id)) writers.add(partName.account(id, system), change);
  }
  for (const id of gone.keys()) writers.keep(partName.person(id));
}

function addExceptions(writers: Writers, before: Plan, after: Plan, change: Change): void {
  const rules = new Map(before.incompatible?.map((rule) => [rule.id, rule]));
  const named = new Set(after.incompatible?.map(({ id }) => id));
  // They may come back with their rule.
  for (const { id, exceptions = [] } of rules.values()) if (!named.has(id)) for (const { person } of exceptions) writers.keep(partName.exception(id, person));
  for (const rule of after.incompatible ?? []) {
    const had = rules.get(rule.id)?.exceptions ?? [];
    const has = rule.exceptions ?? [];
    // Mostly the same, and there may be thousands.
    if (JSON.stringify(had) === JSON.stringify(has)) continue;
    const [old, now] = [had, has].map((all) => new Map([...Map.groupBy(all, ({ person }) => person)].map(([person, each]) => [person, JSON.stringify(each)])));
    for (const person of new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])) {
      if (old?.get(person) === now?.get(person)) continue;
      if (old?.has(person)) writers.change(partName.exception(rule.id, person), change);
      else writers.add(partName.exception(rule.id, person), change);
    }
  }
}

/** What each of them says of what is signed. */
export function namedParts({ metrics, blastRadius = [], incompatible = [], waves }: Plan): Map<string, string> {
  const limits = Map.groupBy(blastRadius, ({ system }) => partName.limit(system));
  const rules = Map.groupBy(
    incompatible.flatMap((rule) => [...new Set(rule.entitlements.map(partName.rules))].map((name) => ({ name, rule: termsOf(rule) }))),
    ({ name }) => name,
  );
  return new Map<string, string>([
    ...metrics.map((metric) => [partName.metric(metric.id), JSON.stringify(bareMetric(metric))] as const),
    ...[...limits].map(([name, all]) => [name, JSON.stringify(all)] as const),
    ...[...rules].map(([name, all]) => [name, JSON.stringify(all)] as const),
    ...waves.map((wave) => [partName.wave(wave.id), JSON.stringify(signedTerms(wave))] as const),
  ]);
}

export const allowsMoreWhenGone = (name: string): boolean => name.startsWith(partName.limit('')) || name.startsWith('rules ');

const termsOf = ({ id, entitlements, switchWithin }: IncompatibleRule) => ({ id, entitlements, switchWithin });
