/** People's entries: by the name that a plan has, by the id that the directory gave them, or as members of a group. */
import { EqualityFilter, OrFilter, PresenceFilter, type Entry, type Filter } from 'ldapts';
import { formOf } from './forms.ts';
import { dnKey, isUnder, parseDn } from './names.ts';
import { bytesOf, valuesOf, type LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

export interface Account {
  id: string;
  dn: string;
  /** As a plan would name it. */
  name: string;
  /** Names in posixGroups. */
  uids: string[];
  locked: boolean;
  /** A group: as a member, it gives the access to everyone in it, whom nobody sees in a preview. */
  isGroup: boolean;
}

/** Names in one request, so that its answer is shorter than what a server sends without pages. With more of them OpenLDAP takes longer for each. */
const perRequest = 50;
const requestsAtOnce = 4;
const lockAttributes = ['pwdAccountLockedTime', 'userAccountControl', 'shadowExpire', 'nsAccountLock', 'loginDisabled'];
export const idAttributes = ['entryUUID', 'objectGUID'];
export const binaryAttributes = ['objectGUID'];

export class Accounts {
  readonly #session: LdapSession;
  readonly #base: string;
  readonly #name: string;

  constructor(session: LdapSession, { accounts: { base, name } }: Pick<LdapSettings, 'accounts'>) {
    this.#session = session;
    this.#base = base;
    this.#name = name;
  }

  /**
   * By the names that were asked for; those of them that are people at or below the base, which is all that the site lets plans name. Rejects where a name is
   * two people's.
   */
  async named(names: string[]): Promise<Map<string, Account>> {
    const found = await this.#named(names);
    return new Map([...found].filter(([, { isGroup }]) => !isGroup));
  }

  async #named(names: string[]): Promise<Map<string, Account>> {
    if (this.#name === 'dn') {
      const found = await this.#withDns(names.filter((name) => isUnder(dnKey(name), dnKey(this.#base))));
      return new Map(
        names.flatMap((name) =>
          paired(
            name,
            [found.get(dnKey(name))].find((account) => account?.dn === name),
          ),
        ),
      );
    }
    const byName = Map.groupBy(await this.#matching(this.#base, this.#name, names), (entry) => ownName(entry, this.#name));
    return new Map(
      names.flatMap((name) => {
        const [entry, another] = byName.get(name) ?? [];
        if (entry && another) throw new Error(`two accounts are called '${name}': ${entry.dn} and ${another.dn}. Name accounts by an attribute that is unique`);
        return paired(name, entry && this.#account(entry));
      }),
    );
  }

  /** Everybody at and below the base who has the attribute by which plans name accounts, without machines. */
  async all(): Promise<Account[]> {
    const filter = new PresenceFilter({ attribute: this.#name });
    const attributes = [...this.#attributes, 'objectClass'];
    const entries = await this.#session.search({ base: this.#base, scope: 'sub', filter, attributes, binary: binaryAttributes, paged: true });
    // Not by the filter: a server that does not know the class would answer nobody at all.
    const isMachine = (entry: Entry) => valuesOf(entry, 'objectClass').some((name) => name.toLowerCase() === 'computer');
    return entries.flatMap((entry) => (isMachine(entry) ? [] : (this.#account(entry) ?? [])));
  }

  /** By id; under whatever names they have now. */
  async ofIds(ids: string[]): Promise<Map<string, Account>> {
    const entries = await searchInParts(ids.filter(isId), (some) =>
      this.#session.search({
        base: this.#base,
        scope: 'sub',
        filter: new OrFilter({ filters: some.map(idFilter) }),
        attributes: this.#attributes,
        binary: binaryAttributes,
      }),
    );
    return new Map(entries.flatMap((entry) => paired(idOf(entry), this.#account(entry))));
  }

  /** Those that can log in. Undefined where a plan names them by their DN: then any entry could be one. */
  get countable(): ((signal?: AbortSignal) => Promise<number>) | undefined {
    return this.#name === 'dn' ? undefined : (signal) => this.#count(signal);
  }

  async #count(signal: AbortSignal | undefined): Promise<number> {
    const entries = await this.#session.search({
      base: this.#base,
      scope: 'sub',
      filter: new PresenceFilter({ attribute: this.#name }),
      attributes: this.#attributes,
      binary: binaryAttributes,
      paged: true,
      signal,
    });
    return entries.filter((entry) => ownName(entry, this.#name) !== undefined && this.#account(entry)?.locked === false).length;
  }

  /** By the key of their DN; those that exist. */
  withDns(dns: string[]): Promise<Map<string, Account>> {
    return this.#withDns(dns);
  }

  /** By the key of their uid. */
  async withUids(uids: string[]): Promise<Map<string, Account>> {
    const entries = await this.#matching(this.#base, 'uid', uids);
    return new Map(entries.flatMap((entry) => valuesOf(entry, 'uid').flatMap((uid) => paired(uid, this.#account(entry)))));
  }

  async #withDns(dns: string[]): Promise<Map<string, Account>> {
    const found = new Map<string, Account>();
    const add = (entry: Entry | undefined) => {
      const account = entry && this.#account(entry);
      if (entry && account) found.set(dnKey(entry.dn), account);
    };
    const base = dnKey(this.#base);
    // Many at once by what their own name has, and one by one what is elsewhere.
    const ownNames = new Map<string, string[]>();
    for (const dn of dns) {
      const [first] = parseDn(dn)?.[0] ?? [];
      if (!first || !isUnder(dnKey(dn), base)) continue;
      const values = ownNames.get(first.attribute);
      // In place: a copy for each of ten thousand members takes a second.
      if (values) values.push(first.value);
      else ownNames.set(first.attribute, [first.value]);
    }
    for (const [attribute, values] of ownNames) for (const entry of await this.#matching(this.#base, attribute, values)) add(entry);
    const left = dns.filter((dn) => !found.has(dnKey(dn)) && parseDn(dn) !== undefined && !isUnder(dnKey(dn), base));
    for (let at = 0; at < left.length; at += perRequest)
      for (const entry of await Promise.all(left.slice(at, at + perRequest).map((dn) => this.#session.entry(dn, this.#attributes, binaryAttributes))))
        add(entry);
    return found;
  }

  #matching(base: string, attribute: string, values: string[]): Promise<Entry[]> {
    return searchInParts([...new Set(values)], (some) =>
      this.#session.search({
        base,
        scope: 'sub',
        filter: new OrFilter({ filters: some.map((value) => new EqualityFilter({ attribute, value })) }),
        attributes: this.#attributes,
        binary: binaryAttributes,
      }),
    );
  }

  get #attributes(): string[] {
    return [...new Set([...(this.#name === 'dn' ? [] : [this.#name]), 'uid', 'objectClass', ...idAttributes, ...lockAttributes])];
  }

  /** undefined: the directory does not show who it is. */
  #account(entry: Entry): Account | undefined {
    const id = idOf(entry);
    if (id === undefined) return undefined;
    return {
      id,
      dn: entry.dn,
      name: ownName(entry, this.#name) ?? entry.dn,
      uids: valuesOf(entry, 'uid'),
      locked: isLocked(entry),
      isGroup: formOf(entry) !== undefined,
    };
  }
}

async function searchInParts<T>(values: T[], search: (some: T[]) => Promise<Entry[]>): Promise<Entry[]> {
  const parts: T[][] = [];
  for (let at = 0; at < values.length; at += perRequest) parts.push(values.slice(at, at + perRequest));
  const found: Entry[][] = [];
  const next = parts.entries();
  const work = async () => {
    for (const [at, part] of next) found[at] = await search(part);
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  return found.flat();
}

const paired = <T>(key: string | undefined, value: T | undefined): [string, T][] => (key === undefined || value === undefined ? [] : [[key, value]]);

/**
 * What plans call an entry, written as the directory writes it: of several values, the one in its DN. An entry has one such name, so that what a site forbids
 * by name cannot be asked for by another spelling of it.
 */
export function ownName(entry: Entry, attribute: string): string | undefined {
  if (attribute === 'dn') return entry.dn;
  const values = valuesOf(entry, attribute);
  if (values.length === 1) return values[0];
  const inDn = parseDn(entry.dn)?.[0]?.find((part) => part.attribute === attribute.toLowerCase())?.value;
  return values.find((value) => value === inDn);
}

/** entryUUID, or objectGUID in the same form: of this entry alone, for ever. */
export function idOf(entry: Entry): string | undefined {
  const [uuid] = valuesOf(entry, 'entryUUID');
  const [guid] = bytesOf(entry, 'objectGUID');
  return uuid?.toLowerCase() ?? (guid === undefined ? undefined : guidText(guid));
}

/** Windows writes the first three groups with their bytes reversed. */
export function guidText(bytes: Buffer): string {
  const hex = Buffer.concat([
    bytes.subarray(0, 4).toReversed(),
    bytes.subarray(4, 6).toReversed(),
    bytes.subarray(6, 8).toReversed(),
    bytes.subarray(8),
  ]).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

export function guidBytes(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Buffer.concat([bytes.subarray(0, 4).toReversed(), bytes.subarray(4, 6).toReversed(), bytes.subarray(6, 8).toReversed(), bytes.subarray(8)]);
}

/** What is recorded as an id, and cannot be a directory's, is nobody's. */
export const isId = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** A server that does not know one of the two takes it as 'does not match'. */
export const idFilter = (id: string): Filter =>
  new OrFilter({ filters: [new EqualityFilter({ attribute: 'entryUUID', value: id }), new EqualityFilter({ attribute: 'objectGUID', value: guidBytes(id) })] });

const dayMs = 86_400_000;
const accountDisabled = 2;

/** As far as the directory shows it: OpenLDAP's ppolicy, Active Directory, shadow passwords, 389 Directory Server, eDirectory. */
export function isLocked(entry: Entry, nowMs = Date.now()): boolean {
  const first = (attribute: string) => valuesOf(entry, attribute)[0];
  const [control, expires] = [first('userAccountControl'), first('shadowExpire')];
  if (first('pwdAccountLockedTime') !== undefined) return true;
  if (control !== undefined && (Number(control) & accountDisabled) !== 0) return true;
  // Days since 1970; -1: never.
  if (expires !== undefined && Number(expires) >= 0 && Number(expires) * dayMs <= nowMs) return true;
  return [first('nsAccountLock'), first('loginDisabled')].some((value) => value?.toLowerCase() === 'true');
}
