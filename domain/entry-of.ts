/**
 * The entry of a record whose keys come from outside. `constructor` and `__proto__` are ids like any other: reading them from an object must not find what
 * every object inherits. Lists and Maps need no such care; `workflows/ids-like-any-other.test.ts` finds the place that was forgotten.
 */
export const entryOf = <T>(record: Readonly<Partial<Record<string, T>>>, key: string): T | undefined => (Object.hasOwn(record, key) ? record[key] : undefined);
