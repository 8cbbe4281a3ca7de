/** What a call would answer, of many people at once: who holds a role, and who gave it, is read once for all of them. */
import type { ActualGrant, WantedGrant } from '../connector.ts';
import type { Content } from './content.ts';
import type { Entitlement } from './entitlements.ts';
import { subjectOf, type Subject } from './judging.ts';
import { heldOf, type Held, type Realm } from './realm.ts';

const itemsAtOnce = 8;

/** `answer`: of one item. What the same call asks for twice is there the second time. */
export async function rehearsed<Item extends ActualGrant | WantedGrant, Outcome extends { outcome: string }>(
  realm: Realm,
  items: Item[],
  answer: (item: Item, subject: Subject) => Promise<Outcome>,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const read = once((of: Entitlement) => heldOf(realm, of, signal));
  const contents = once((of: Entitlement) => realm.contents.of(of));
  const outcomes: Outcome[] = [];
  const next = items.entries();
  const work = async () => {
    for (const [at, item] of next) {
      signal?.throwIfAborted();
      outcomes[at] = await answer(item, shared(await subjectOf(realm, item), read, contents));
    }
  };
  await Promise.all(Array.from({ length: itemsAtOnce }, work));
  return outcomes;
}

const shared = (subject: Subject, read: (of: Entitlement) => Promise<Held>, content: (of: Entitlement) => Promise<Content>): Subject => ({
  ...subject,
  content,
  holding: async (of, { id }) => {
    const { accounts, histories } = await read(of);
    return { isHeld: accounts.has(id), history: histories?.(id) };
  },
});

function once<T>(read: (of: Entitlement) => Promise<T>): (of: Entitlement) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (of) => {
    const found = known.get(of.id) ?? read(of);
    known.set(of.id, found);
    return found;
  };
}
