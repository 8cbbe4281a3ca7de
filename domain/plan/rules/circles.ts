/** Cycles in 'this comes after that'. */

/**
 * Cycles of things that wait for each other, each as ids in order. No recursion, because a chain may be long; one after the other, because a file can
 * have a hundred thousand, and nobody reads more than a few.
 */
export function* circles(after: ReadonlyMap<string, readonly string[]>): Generator<string[]> {
  const done = new Set<string>();
  for (const start of after.keys()) {
    if (done.has(start)) continue;
    const path: { id: string; next: number }[] = [{ id: start, next: 0 }];
    const onPath = new Map([[start, 0]]);
    while (path.length > 0) {
      const top = path.at(-1) as { id: string; next: number };
      const id = after.get(top.id)?.[top.next];
      top.next += 1;
      if (id === undefined) {
        done.add(top.id);
        onPath.delete(top.id);
        path.pop();
      } else if (onPath.has(id)) {
        yield path.slice(onPath.get(id)).map((step) => step.id);
      } else if (!done.has(id) && after.has(id)) {
        onPath.set(id, path.length);
        path.push({ id, next: 0 });
      }
    }
  }
}
