/**
 * Who made which member of a group, by the log of changes that OpenLDAP's overlay accesslog keeps. A directory gives memberships no ids, so that a member who
 * was removed and added again looks the same; in the log it is another change. Pure: decision 228 says what it can tell and what not.
 */
import { nonceIn } from './marker.ts';
import { dnKey, isUnder, parseDn } from './names.ts';
import type { Form } from './groups.ts';

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

/** undefined: the log does not have the group's last change, and so nothing that it says of the group is relied on. */
export function originsOf(log: LogEntry[], group: Observed): ((value: string) => Origin | undefined) | undefined {
  const { form } = group;
  const known = new Map<string, Origin>();
  /** Names of before: what was called so is called so now. */
  const renamed = new Map<string, string>();
  /** Before a change is in the directory, only the one who makes it knows its nonce: the first change that has it is Rolewave's, and no later one is. */
  const nonces = new Set<string>();
  let last: string | undefined;
  for (const entry of log.toSorted((a, b) => (a.csn < b.csn ? -1 : a.csn > b.csn ? 1 : 0))) {
    if (entry.entryId === group.groupId) {
      if (entry.csn > group.csn) continue;
      last = entry.csn;
      if (entry.type === 'modify' || entry.type === 'add') apply(entry);
    }
    if (entry.type === 'modrdn' && entry.newDn !== undefined) rename(entry.dn, entry.newDn);
    // Where an overlay takes the member out of the group, it does so without a line in the log.
    if (entry.type === 'delete' && form.byDn) known.delete(dnKey(entry.dn));
  }
  return last === group.csn ? (value) => known.get(keyOf(value)) : undefined;

  function keyOf(value: string): string {
    return form.byDn ? dnKey(value) : value;
  }

  function apply({ mods, by, csn }: LogEntry): void {
    const own = newNonceIn(mods);
    const origin = { change: own ?? csn, by };
    const changed = mods.flatMap((mod) => {
      const [, attribute = '', sign, value] = /^([^:]+):([-+=])(?: (.*))?$/s.exec(mod) ?? [];
      return attribute.toLowerCase() === form.attribute.toLowerCase() ? [{ sign, key: value === undefined ? undefined : keyOf(value) }] : [];
    });
    // Taken out by this change: who is put in again by the same one, also under a new name of the same entry, has been a member all the time.
    const taken = new Map<string, Origin>();
    const take = (key: string) => {
      const was = known.get(key);
      if (was) taken.set(key, was).set(renamed.get(key) ?? key, was);
      known.delete(key);
    };
    // The whole list written anew.
    if (changed.some(({ sign }) => sign === '=')) for (const key of known.keys()) take(key);
    for (const { sign, key } of changed) {
      if (sign === '-') for (const each of key === undefined ? [...known.keys()] : [key]) take(each);
      else if (key !== undefined) {
        known.set(key, taken.get(key) ?? origin);
        renamed.delete(key);
      }
    }
  }

  /** Whoever signed in: Rolewave's login may have had another name, or may have been another one, when it made the change. */
  function newNonceIn(mods: string[]): string | undefined {
    const [first] = markedIn(mods, group.marker).filter((nonce) => !nonces.has(nonce));
    for (const nonce of markedIn(mods, group.marker)) nonces.add(nonce);
    return first;
  }

  /** An overlay may write the new name into the group, without a line in the log; both are known until one is written there. */
  function rename(from: string, to: string): void {
    const [old, now] = [dnKey(from), dnKey(to)];
    if (!form.byDn) {
      const [before, after] = [from, to].map((dn) => parseDn(dn)?.[0]?.find(({ attribute }) => attribute === 'uid')?.value);
      if (before !== undefined && after !== undefined) renamed.set(before, after);
      return;
    }
    for (const [key, origin] of known)
      if (isUnder(key, old)) {
        const moved = `${key.slice(0, key.length - old.length)}${now}`;
        renamed.set(key, moved);
        if (!known.has(moved)) known.set(moved, origin);
      }
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
