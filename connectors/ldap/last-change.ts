/** Who changed a membership last, and when, where the site names the directory's log of changes. */
import type { AccessChange, PairAsked } from '../connector.ts';
import { memberKey } from './groups.ts';
import { readLastChanges } from './log.ts';
import type { Directory } from './members.ts';
import type { Account } from './accounts.ts';

export async function lastChanges(
  { session, settings, groups, accounts }: Directory,
  pairs: PairAsked[],
  signal?: AbortSignal,
): Promise<(AccessChange | undefined)[]> {
  if (pairs.length === 0) return [];
  const { named: groupsByName } = await groups.found([...new Set(pairs.map(({ role }) => role))], []);
  const people = await accounts.named([...new Set(pairs.map(({ account }) => account))]);
  const known = new Map<string, ReadonlyMap<string, AccessChange>>();
  for (const [role, some] of Map.groupBy(pairs, (pair) => pair.role)) {
    signal?.throwIfAborted();
    const group = groupsByName.get(role);
    if (!group) continue;
    const keys = some.flatMap(({ account }) => keysOf(group.form, people.get(account)));
    known.set(role, await readLastChanges(session, settings, group, new Set(keys)));
  }
  return pairs.map(({ role, roleId, account, accountId }) => {
    const [group, person] = [groupsByName.get(role), people.get(account)];
    // Another has the name by now.
    if (!group || !person || (roleId !== undefined && roleId !== group.id) || (accountId !== undefined && accountId !== person.id)) return undefined;
    const own = keysOf(group.form, person).flatMap((key) => known.get(role)?.get(key) ?? []);
    return own.toSorted((one, other) => other.atMs - one.atMs)[0];
  });
}

const keysOf = (form: Parameters<typeof memberKey>[0], person: Account | undefined): string[] =>
  person ? (form.byDn ? [person.dn] : person.uids).map((value) => memberKey(form, value)) : [];
