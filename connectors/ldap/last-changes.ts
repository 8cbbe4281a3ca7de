/** The last change of members of one group, as the log of changes has it, under the names that they have now. Pure. */
import { dnKey } from './names.ts';
import type { LogEntry, Observed } from './origins.ts';

export interface MemberChange {
  did: 'granted' | 'revoked';
  by: string;
  csn: string;
}

/** `keys`: of members (memberKey). undefined: the log does not have the group's last change, and so nothing that it says of the group is relied on. */
export function lastChangesIn(
  log: LogEntry[],
  { groupId, form, csn }: Pick<Observed, 'groupId' | 'form' | 'csn'>,
  keys: ReadonlySet<string>,
): Map<string, MemberChange> | undefined {
  const last = new Map<string, MemberChange>();
  const there = new Set<string>();
  // Of a list that is written anew, the log tells who is on it, and not who was, except of members whom it knew before.
  const known = new Set<string>();
  let isComplete = false;
  let latest: string | undefined;
  const own = log
    .filter((entry) => entry.entryId === groupId && entry.csn <= csn)
    .toSorted((one, other) => (one.csn < other.csn ? -1 : one.csn > other.csn ? 1 : 0));
  for (const entry of own) {
    latest = entry.csn;
    if (entry.type !== 'modify' && entry.type !== 'add') continue;
    if (entry.type === 'add') isComplete = true;
    const before = new Set(there);
    const changed = entry.mods.flatMap((mod) => {
      const [, attribute = '', sign = '', value] = /^([^:]+):([-+=])(?: (.*))?$/s.exec(mod) ?? [];
      if (attribute.toLowerCase() !== form.attribute.toLowerCase()) return [];
      return [{ sign, key: value === undefined ? undefined : form.byDn ? dnKey(value) : value }];
    });
    // The whole list is written anew, or taken.
    const isAnew = changed.some(({ sign, key }) => sign === '=' || (sign === '-' && key === undefined));
    if (isAnew) there.clear();
    for (const { sign, key } of changed) {
      if (key === undefined) continue;
      if (sign === '-') there.delete(key);
      else there.add(key);
    }
    // Who was there before the log began is taken out of it by name.
    const taken = new Set(changed.flatMap(({ sign, key }) => (sign === '-' && key !== undefined ? [key] : [])));
    for (const key of keys) {
      if (isAnew && !isComplete && !known.has(key) && !taken.has(key)) continue;
      const [was, is] = [before.has(key) || taken.has(key), there.has(key)];
      if (was !== is) last.set(key, { did: is ? 'granted' : 'revoked', by: entry.by, csn: entry.csn });
    }
    for (const { key } of changed) if (key !== undefined) known.add(key);
    isComplete ||= isAnew;
  }
  return latest === csn ? last : undefined;
}
