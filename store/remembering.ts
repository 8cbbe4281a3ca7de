/**
 * A cache of rows that never change and that a process needs before every effect and evaluation: revisions by number, previews by
 * digest. Of the latest revision only the number is read each time. Everything else always goes to the database.
 */
import { LRUCache } from 'lru-cache';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Revision, Store } from './contract.ts';

/** The limit of the cache, in rows of its previews and revisions: some tens of megabytes. A larger one is read again each time. */
const mostRows = 200_000;

export function remembering(store: Store): Store {
  const revisions = new LRUCache<string, Revision>({ maxSize: mostRows, sizeCalculation: rowsOfRevision });
  const previews = new LRUCache<string, PreviewContent>({ maxSize: mostRows, sizeCalculation: rowsOfPreview });

  const revision: Store['revision'] = async (plan, number) => {
    const key = JSON.stringify([plan, number]);
    const known = revisions.get(key);
    if (known) return known;
    const found = frozen(await store.revision(plan, number));
    if (found) revisions.set(key, found);
    return found;
  };
  return {
    ...store,
    revision,
    latestRevision: async (plan) => {
      const number = await store.latestRevisionNumber(plan);
      return number === undefined ? undefined : revision(plan, number);
    },
    preview: async (digest) => {
      const known = previews.get(digest);
      if (known) return known;
      const found = frozen(await store.preview(digest));
      if (found) previews.set(digest, found);
      return found;
    },
  };
}

const rowsOfPreview = ({ people, before, others, roles }: PreviewContent) => 1 + people.length + before.length + others.length + roles.length;
const rowsOfRevision = ({ document }: Revision) =>
  1 +
  document.people.length +
  document.packages.reduce((sum, { cohort, entitlements, legacy }) => sum + cohort.length + entitlements.length + legacy.length + 10, 0);

/** A caller that changed a shared value would change it for all others. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
