/** What a scenario reads of a directory: who is there, who is in which group, and the log of changes, in the order in which both were so. */
import type { Client, Entry } from 'ldapts';
import { setTimeout as sleep } from 'node:timers/promises';
import { groups, people, suffix } from '../../support/slapd.ts';
import type { LogLine, Seen } from './told.ts';
import type { Snapshot } from '../witness.ts';

export const logDn = 'cn=accesslog';
const memberAttributes = ['member', 'uniqueMember', 'memberUid'] as const;

export const texts = (entry: Entry | undefined, attribute: string): string[] => {
  const value = entry?.[attribute] ?? [];
  return (Array.isArray(value) ? value : [value]).map(String);
};
const one = (entry: Entry, attribute: string): string => texts(entry, attribute)[0] ?? '';

export interface State {
  snapshot: Omit<Snapshot, 'claims' | 'ledger'>;
  /** Of each group, by id. */
  values: Map<string, string[]>;
  csns: string[];
}

export class DirectoryWitness {
  readonly #admin: Client;
  readonly #widerDn: string;
  readonly #seen: Seen[] = [];
  readonly #known = new Set<string>();
  readonly #csns = new Set<string>();
  #last = '';

  constructor(admin: Client, widerDn: string) {
    this.#admin = admin;
    this.#widerDn = widerDn;
  }

  get seen(): Seen[] {
    return this.#seen;
  }

  /** Puts it behind what is in the log by now. */
  async put(seen: Seen): Promise<void> {
    await this.#readLog();
    this.#seen.push(seen);
  }

  /** What is held while the log stands still, and has the last change of each group. */
  async state(): Promise<State> {
    for (let attempt = 1; ; attempt++) {
      await this.#readLog();
      const state = await this.#readState();
      const isStill = (await this.#readLog()) === 0;
      if (isStill && (attempt >= 10 || state.csns.every((csn) => this.#csns.has(csn)))) return state;
      await sleep(5);
    }
  }

  async #readLog(): Promise<number> {
    const filter = this.#last === '' ? '(reqResult=0)' : `(&(reqStart>=${this.#last})(reqResult=0))`;
    const { searchEntries } = await this.#admin.search(logDn, {
      scope: 'one',
      filter,
      attributes: ['reqStart', 'entryCSN', 'reqType', 'reqDN', 'reqNewDN', 'reqNewRDN', 'reqEntryUUID', 'reqAuthzID', 'reqMod'],
    });
    const fresh = searchEntries.filter(({ dn }) => !this.#known.has(dn));
    for (const entry of fresh) {
      this.#known.add(entry.dn);
      this.#csns.add(one(entry, 'entryCSN'));
      const start = one(entry, 'reqStart');
      // Changes of one moment may come in any order: ask for a second more.
      const from = start.replace(/\.\d+Z$/, 'Z');
      if (from > this.#last) this.#last = from;
    }
    this.#seen.push(
      ...fresh
        .map(lineOf)
        .toSorted((a, b) => (a.csn < b.csn ? -1 : 1))
        .map((line) => ({ line })),
    );
    return fresh.length;
  }

  async #readState(): Promise<State> {
    const [inPeople, inGroups] = await Promise.all([
      this.#admin.search(people, { scope: 'one', attributes: ['uid', 'entryUUID', 'pwdAccountLockedTime'] }),
      this.#admin.search(groups, { scope: 'one', attributes: ['cn', 'entryUUID', 'entryCSN', ...memberAttributes] }),
    ]);
    const accounts = new Map<string, string>();
    for (const entry of inPeople.searchEntries)
      for (const name of [entry.dn.toLowerCase(), ...texts(entry, 'uid')]) accounts.set(name, one(entry, 'entryUUID'));
    const isWider = ({ dn }: Entry) => dn.toLowerCase() === this.#widerDn.toLowerCase();
    const wider = inGroups.searchEntries.find(isWider);
    const nested = new Set(texts(wider, 'member').map((dn) => dn.toLowerCase()));
    const roles = inGroups.searchEntries.filter((entry) => !isWider(entry));
    const values = new Map(roles.map((entry) => [one(entry, 'entryUUID'), memberAttributes.flatMap((attribute) => texts(entry, attribute))]));
    const rows = [...values].flatMap(([role, members]) =>
      [...new Set(members.flatMap((value) => accounts.get(value.toLowerCase()) ?? []))].map((account) => ({ role, account, grantor: undefined, id: null })),
    );
    return {
      snapshot: {
        rows,
        wide: roles.filter(({ dn }) => nested.has(dn.toLowerCase())).map((entry) => one(entry, 'entryUUID')),
        named: [
          ...inPeople.searchEntries.map((entry) => ({
            id: one(entry, 'entryUUID'),
            name: one(entry, 'uid'),
            login: texts(entry, 'pwdAccountLockedTime').length === 0,
          })),
          ...roles.map((entry) => ({ id: one(entry, 'entryUUID'), name: one(entry, 'cn'), login: false })),
        ],
      },
      values,
      csns: inGroups.searchEntries.map((entry) => one(entry, 'entryCSN')),
    };
  }
}

/** What a modrdn made of a name is the new name below the same parent. */
function lineOf(entry: Entry): LogLine {
  const dn = one(entry, 'reqDN');
  const newRdn = one(entry, 'reqNewRDN');
  const newDn = one(entry, 'reqNewDN') || (newRdn === '' ? '' : [newRdn, ...dn.split(',').slice(1)].join(','));
  return {
    csn: one(entry, 'entryCSN'),
    type: one(entry, 'reqType'),
    dn,
    newDn: newDn === '' ? undefined : newDn,
    entryId: one(entry, 'reqEntryUUID'),
    by: one(entry, 'reqAuthzID'),
    mods: texts(entry, 'reqMod'),
  };
}

/** Removes all people and groups, and the log of what was done to them. */
export async function emptied(admin: Client, more: string[]): Promise<void> {
  const dns: string[] = [...more];
  for (const base of [people, groups, logDn]) {
    const { searchEntries } = await admin.search(base, { scope: 'one', attributes: ['1.1'] });
    dns.push(...searchEntries.map(({ dn }) => dn));
    for (let at = 0; at < dns.length; at += 20) await Promise.all(dns.slice(at, at + 20).map((dn) => admin.del(dn).catch(() => undefined)));
    dns.length = 0;
  }
}

export const writersDn = `cn=writers,${suffix}`;
