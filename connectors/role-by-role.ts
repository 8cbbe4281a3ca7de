/** For systems that look at one role at a time: the outcomes of all items, in their order. */
export async function roleByRole<Item extends { role: string; roleId?: string }, Outcome>(
  items: Item[],
  work: (some: Item[]) => Promise<Outcome[]>,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const outcomes = new Map<Item, Outcome>();
  for (const some of Map.groupBy(items, ({ role, roleId = '' }) => `${role}\0${roleId}`).values()) {
    signal?.throwIfAborted();
    for (const [at, outcome] of (await work(some)).entries()) {
      const item = some[at];
      if (item) outcomes.set(item, outcome);
    }
  }
  return items.flatMap((item) => outcomes.get(item) ?? []);
}
