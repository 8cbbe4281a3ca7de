/** Groups of every form: what they are called, what makes someone a member of them, and who is one. */
import { AndFilter, EqualityFilter, OrFilter, type Entry, type Filter } from 'ldapts';
import { binaryAttributes, idAttributes, idFilter, idOf, isId, ownName, type Account, type Accounts } from './accounts.ts';
import { formOf, forms, type Form } from './forms.ts';
import { dnKey, isUnder } from './names.ts';
import { allValues } from './ranges.ts';
import { valuesOf, type LdapSession } from './session.ts';
import type { LdapSettings } from './settings.ts';

/** A member as it is written in the group, and who that is. */
export interface Holder {
  value: string;
  /** undefined: nobody, as far as the directory shows it. */
  account: Account | undefined;
}

export interface Group {
  id: string;
  dn: string;
  name: string;
  form: Form;
  /** Changes with every change of the entry; undefined where the server has no such thing. */
  csn: string | undefined;
  modifiedBy: string | undefined;
  markers: string[];
  gidNumber: string | undefined;
  /** Without the placeholder and Rolewave's own login. */
  values: string[];
  /** With them. */
  count: number;
}

const isGroup: Filter = new OrFilter({ filters: forms.map(({ objectClass }) => new EqualityFilter({ attribute: 'objectClass', value: objectClass })) });
const perRequest = 50;

export class Groups {
  readonly #session: LdapSession;
  readonly #settings: LdapSettings;
  readonly #hidden: Set<string>;

  constructor(session: LdapSession, settings: LdapSettings) {
    this.#session = session;
    this.#settings = settings;
    const { placeholder } = settings.groups;
    this.#hidden = new Set([settings.bindDn, ...(placeholder === undefined ? [] : [placeholder])].map(dnKey));
  }

  /** By the names that were asked for; those of them that are at or below the base. Rejects where a name is two groups'. */
  async named(names: string[]): Promise<Map<string, Group>> {
    const { base, name: attribute } = this.#settings.groups;
    const found = new Map<string, Group>();
    const asked = [...new Set(names)];
    if (attribute === 'dn') {
      for (const dn of asked.filter((each) => isUnder(dnKey(each), dnKey(base)))) {
        const group = await this.#group(await this.#session.entry(dn, this.#attributes, binaryAttributes));
        if (group?.dn === dn) found.set(dn, group);
      }
      return found;
    }
    const entries = await this.#search(base, asked, (name) => new EqualityFilter({ attribute, value: name }));
    const byName = Map.groupBy(entries, (entry) => ownName(entry, attribute));
    for (const name of asked) {
      const [entry, another] = byName.get(name) ?? [];
      if (entry && another)
        throw new Error(`two groups are called '${name}': ${entry.dn} and ${another.dn}. Let the site file name groups by dn, or give it a narrower base`);
      const group = await this.#group(entry);
      if (group) found.set(name, group);
    }
    return found;
  }

  /** By id; under whatever names they have now. */
  async ofIds(ids: string[]): Promise<Map<string, Group>> {
    const entries = await this.#search(this.#settings.groups.base, [...new Set(ids)].filter(isId), idFilter);
    const found = new Map<string, Group>();
    for (const entry of entries) {
      const group = await this.#group(entry);
      if (group) found.set(group.id, group);
    }
    return found;
  }

  /** By name, and by id where no name has found it: a group with thousands of members is read once. */
  async found(names: string[], ids: string[]): Promise<{ named: Map<string, Group>; byId: Map<string, Group> }> {
    const named = await this.named(names);
    const byId = new Map([...named.values()].map((group) => [group.id, group]));
    for (const [id, group] of await this.ofIds(ids.filter((each) => !byId.has(each)))) byId.set(id, group);
    return { named, byId };
  }

  /** Every group at and below the base. */
  async all(): Promise<Group[]> {
    const found: Group[] = [];
    const { base } = this.#settings.groups;
    const entries = await this.#session.search({ base, scope: 'sub', filter: isGroup, attributes: this.#attributes, binary: binaryAttributes, paged: true });
    for (const entry of entries) {
      const group = await this.#group(entry);
      if (group) found.push(group);
    }
    return found;
  }

  /** As it is now; undefined where it is gone. */
  async again({ id }: Group): Promise<Group | undefined> {
    return (await this.ofIds([id])).get(id);
  }

  async holders(group: Group, accounts: Accounts): Promise<Holder[]> {
    return holdersAmong(await membersOf([group], accounts), group);
  }

  async #search(base: string, all: string[], filterOf: (each: string) => Filter): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let at = 0; at < all.length; at += perRequest) {
      const filters = [isGroup, new OrFilter({ filters: all.slice(at, at + perRequest).map(filterOf) })];
      entries.push(
        ...(await this.#session.search({ base, scope: 'sub', filter: new AndFilter({ filters }), attributes: this.#attributes, binary: binaryAttributes })),
      );
    }
    return entries;
  }

  get #attributes(): string[] {
    const { name, marker } = this.#settings.groups;
    const members = [...new Set(forms.map(({ attribute }) => attribute))];
    return [
      ...new Set([
        'objectClass',
        ...(name === 'dn' ? [] : [name]),
        marker,
        ...members,
        'gidNumber',
        'entryCSN',
        'uSNChanged',
        'modifiersName',
        ...idAttributes,
      ]),
    ];
  }

  /** undefined: no entry, or none of a group. */
  async #group(entry: Entry | undefined): Promise<Group | undefined> {
    const id = entry && idOf(entry);
    if (!entry || id === undefined) return undefined;
    const form = formOf(entry);
    if (!form) return undefined;
    const { name, marker } = this.#settings.groups;
    const all = await allValues(entry, form.attribute, (attributes) => this.#session.entry(entry.dn, attributes));
    const values = form.byDn ? all.filter((value) => !this.#hidden.has(dnKey(value))) : all;
    return {
      id,
      dn: entry.dn,
      name: ownName(entry, name) ?? entry.dn,
      form,
      csn: valuesOf(entry, 'entryCSN')[0],
      modifiedBy: valuesOf(entry, 'modifiersName')[0],
      markers: valuesOf(entry, marker),
      gidNumber: valuesOf(entry, 'gidNumber')[0],
      values,
      count: all.length,
    };
  }
}

/** By `memberKey`: members of groups by DN, and of those by uid. */
interface Members {
  byDn: Map<string, Account>;
  byUid: Map<string, Account>;
}

/** Of all of these groups; who is in several of them is looked up once. `known`: people who have just been looked up. */
export async function membersOf(all: Group[], accounts: Pick<Accounts, 'withDns' | 'withUids'>, known: Iterable<Account> = []): Promise<Members> {
  const [dns, uids] = [new Set<string>(), new Set<string>()];
  for (const { form, values } of all) for (const value of values) (form.byDn ? dns : uids).add(value);
  const [byDn, byUid] = [new Map<string, Account>(), new Map<string, Account>()];
  if (dns.size > 0) for (const account of known) byDn.set(dnKey(account.dn), account);
  for (const [key, account] of await accounts.withDns([...dns].filter((dn) => !byDn.has(dnKey(dn))))) byDn.set(key, account);
  for (const [uid, account] of await accounts.withUids([...uids])) byUid.set(uid, account);
  return { byDn, byUid };
}

export function holdersAmong({ byDn, byUid }: Members, { form, values }: Group): Holder[] {
  const members = form.byDn ? byDn : byUid;
  return values.map((value) => ({ value, account: members.get(memberKey(form, value)) }));
}

/** Two values of one group that mean the same member have the same. */
export const memberKey = ({ byDn }: Form, value: string): string => (byDn ? dnKey(value) : value);

/** As this account is written in such a group; undefined where it cannot be. */
export const memberValue = ({ byDn }: Form, { dn, uids }: Account): string | undefined => (byDn ? dn : uids[0]);
