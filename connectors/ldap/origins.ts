/**
 * Who made which member of a group, by the log of changes that OpenLDAP's overlay accesslog keeps. A directory gives memberships no ids, so that a member who
 * was removed and added again looks the same; in the log it is another change. Pure: decision 228 says what it can tell and what not.
 */
import { nonceIn } from './marker.ts';
import { dnKey, isUnder, parseDn } from './names.ts';
import type { Form } from './forms.ts';

/** One change of the log. */
export interface LogEntry {
  /** Its order among all changes. */
  csn: string;
  type: string;
  dn: string;
  newDn?: string | undefined;
  /** Of the changed entry. */
  entryId?: string | undefined;
  by: string;
  /** `member:+ uid=ann,…` and so on. */
  mods: string[];
}

export interface Origin {
  /** Rolewave's nonce, or the change's csn. */
  change: string;
  by: string;
}

export interface Observed {
  groupId: string;
  form: Form;
  marker: string;
  /** Its later changes are not in what was read of it. What the overlay `refint` does does not count as one. */
  csn: string;
}

/** By the value in the group, and the account that has that name now; undefined: the log does not tell. */
export type OriginOf = (value: string, accountId: string | undefined) => Origin | undefined;

interface Member {
  origin: Origin;
  /** Whom the name meant, where the log tells: when it was given up, by that entry's rename or deletion. */
  accountId: string | undefined;
}

/** Of what was deleted without an id. */
const nobody = '';

/** undefined: the log does not have the group's last change, and so nothing that it says of the group is relied on. */
export function originsOf(log: LogEntry[], group: Observed): OriginOf | undefined {
  const { form } = group;
  // The overlay refint writes new names of people into groups, and takes deleted ones out, without a line in the log; without it, the old names stay.
  // Both are kept, and whom a name means now tells which of them counts.
  let written = new Map<string, Member>();
  let followed = new Map<string, Member>();
  /** Before a change is in the directory, only the one who makes it knows its nonce: the first change that has it is Rolewave's, and no later one is. */
  const nonces = new Set<string>();
  let last: string | undefined;
  for (const entry of log.toSorted((a, b) => (a.csn < b.csn ? -1 : a.csn > b.csn ? 1 : 0))) {
    if (entry.entryId === group.groupId) {
      if (entry.csn > group.csn) continue;
      last = entry.csn;
      if (entry.type === 'modify' || entry.type === 'add') apply(entry);
    }
    if (entry.type === 'modrdn' && entry.newDn !== undefined) rename(entry.dn, entry.newDn, entry.entryId ?? nobody);
    if (entry.type === 'delete') forget(entry.dn, entry.entryId ?? nobody);
  }
  if (last !== group.csn) return undefined;
  return (value, accountId) => {
    const key = keyOf(value);
    const isMeant = (member: Member) => member.accountId === undefined || accountId === undefined || member.accountId === accountId;
    return [followed.get(key), written.get(key)].find((member) => member && isMeant(member))?.origin;
  };

  function keyOf(value: string): string {
    return form.byDn ? dnKey(value) : value;
  }

  /** As it stands in groups of this form. */
  function nameIn(dn: string): string | undefined {
    return form.byDn ? dnKey(dn) : parseDn(dn)?.[0]?.find(({ attribute }) => attribute === 'uid')?.value;
  }

  function apply({ mods, by, csn }: LogEntry): void {
    const origin = { change: newNonceIn(mods) ?? csn, by };
    const changed = mods.flatMap((mod) => {
      const [, attribute = '', sign, value] = /^([^:]+):([-+=])(?: (.*))?$/s.exec(mod) ?? [];
      return attribute.toLowerCase() === form.attribute.toLowerCase() ? [{ sign, key: value === undefined ? undefined : keyOf(value) }] : [];
    });
    const before = new Map([...written, ...followed]);
    const followedBefore = followed;
    // Taken out by this change: who is put in again by the same one, also under a new name of the same entry, has been a member all the time.
    const taken = new Set<Member>();
    const takeAll = () => {
      for (const member of before.values()) taken.add(member);
      written = new Map();
      followed = new Map();
    };
    const take = (key: string) => {
      const member = before.get(key);
      if (member) taken.add(member);
      written.delete(key);
      // A name that was not written into the group by the overlay stands for the one that the entry has now.
      if (!followed.delete(key)) for (const [name, one] of followed) if (one === member) followed.delete(name);
    };
    // The whole list written anew.
    if (changed.some(({ sign }) => sign === '=')) takeAll();
    else followed = new Map(followed);
    for (const { sign, key } of changed) {
      if (sign === '-' && key === undefined) takeAll();
      else if (sign === '-' && key !== undefined) take(key);
      else if (key !== undefined) {
        const member = [before.get(key), followedBefore.get(key)].find((one) => one && taken.has(one)) ?? { origin, accountId: undefined };
        written.set(key, member);
        followed.set(key, member);
      }
    }
  }

  /** No matter which login made it: Rolewave's login may have had another name, or may have been another one, when it made the change. */
  function newNonceIn(mods: string[]): string | undefined {
    const all = markedIn(mods, group.marker);
    const first = all.find((nonce) => !nonces.has(nonce));
    for (const nonce of all) nonces.add(nonce);
    return first;
  }

  function mean(member: Member | undefined, accountId: string): void {
    if (member) member.accountId ??= accountId;
  }

  function rename(from: string, to: string, accountId: string): void {
    const [old, now] = [nameIn(from), nameIn(to)];
    if (old === undefined || now === undefined) return;
    mean(written.get(old), accountId);
    mean(followed.get(old), accountId);
    const isMoved = (key: string) => (form.byDn ? isUnder(key, old) : key === old);
    const moved = [...followed].filter(([key]) => isMoved(key));
    for (const [key] of moved) followed.delete(key);
    for (const [key, member] of moved) followed.set(`${key.slice(0, key.length - old.length)}${now}`, member);
  }

  function forget(dn: string, accountId: string): void {
    const name = nameIn(dn);
    if (name === undefined) return;
    mean(written.get(name), accountId);
    followed.delete(name);
  }
}

/** Also where a list of values was written anew. */
function markedIn(mods: string[], marker: string): string[] {
  return mods.flatMap((mod) => {
    const [, attribute = '', value = ''] = /^([^:]+):[+=] (.*)$/s.exec(mod) ?? [];
    const nonce = attribute.toLowerCase() === marker.toLowerCase() ? nonceIn(value) : undefined;
    return nonce ?? [];
  });
}
