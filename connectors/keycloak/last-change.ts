/** Who changed what a person holds last, and when, by the realm's admin events. */
import type { AccessChange, NotPermitted, PairAsked } from '../connector.ts';
import type { Entitlement } from './entitlements.ts';
import type { Realm } from './realm.ts';

const notKept: NotPermitted = {
  notPermitted: 'turn on Save events and Include representation under Admin events of the realm, and it tells who changed what from then on',
};

export async function lastChanges(
  { entitlements, accounts, events, administrators }: Realm,
  pairs: PairAsked[],
  signal?: AbortSignal,
): Promise<(AccessChange | undefined)[] | NotPermitted> {
  if (!(await events.config()).isKept) return notKept;
  const people = await accounts.named([...new Set(pairs.map(({ account }) => account))], signal);
  const named = new Map<string, Entitlement | undefined>();
  for (const role of new Set(pairs.map((pair) => pair.role))) named.set(role, await entitlements.named(role, signal));
  const found: (AccessChange | undefined)[] = [];
  for (const { role, roleId, account, accountId } of pairs) {
    const [entitlement, person] = [named.get(role), people.get(account)];
    const isSame = entitlement && person && (roleId === undefined || roleId === entitlement.id) && (accountId === undefined || accountId === person.id);
    const last = isSame ? (await events.of(entitlement, person.id, signal))?.(person.id).events.at(-1) : undefined;
    found.push(
      last && {
        did: last.did === 'added' ? 'granted' : 'revoked',
        atMs: last.atMs,
        ...(last.by === '' ? {} : { by: await administrators.nameOf(last.by, signal) }),
      },
    );
  }
  return found;
}
