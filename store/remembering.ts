/**
 * A cache of rows that never change and that a process needs before every effect and evaluation: revisions by number, previews by
 * digest, what other revisions say about a package, and that a plan has a wave or package at all. Of the latest revision only the number is read each time. Everything
 * else always goes to the database.
 */
import { addressOf, addressText } from '../domain/address.ts';
import { LRUCache } from 'lru-cache';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { KnownRows, Revision, RevisionTerms, Store } from './contract.ts';

/**
 * Enough for what a worker is busy with, and no more: most releases wait, for days, and a row that is read again comes with the statement that is asked
 * anyway. The size counts rows of previews and revisions: some tens of megabytes. A larger one is read again each time.
 */
const most = { revisions: 64, previews: 256, terms: 2_000, planned: 10_000, rows: 200_000 } as const;

export function remembering(store: Store): Store {
  const revisions = new LRUCache<string, Revision>({ max: most.revisions, maxSize: most.rows, sizeCalculation: rowsOfRevision });
  const previews = new LRUCache<string, PreviewContent>({ max: most.previews, maxSize: most.rows, sizeCalculation: rowsOfPreview });
  const terms = new LRUCache<string, RevisionTerms[]>({ max: most.terms });

  const planned = new LRUCache<string, true>({ max: most.planned });

  const remembered = <T extends object>(cache: LRUCache<string, T>, key: string, value: T): T => {
    const shared = frozen(value);
    cache.set(key, shared);
    return shared;
  };
  const revision: Store['revision'] = async (plan, number) => {
    const key = keyOfRevision(plan, number);
    const known = revisions.get(key);
    if (known) return known;
    const found = await store.revision(plan, number);
    return found && remembered(revisions, key, found);
  };
  return {
    ...store,
    revision,
    latestRevision: async (plan) => {
      const number = await store.latestRevisionNumber(plan);
      return number === undefined ? undefined : revision(plan, number);
    },
    isPlanned: async (at) => {
      const key = addressText(addressOf(at));
      if (planned.has(key)) return true;
      const found = await store.isPlanned(at);
      if (found) planned.set(key, true);
      return found;
    },
    preview: async (digest) => {
      const known = previews.get(digest);
      if (known) return known;
      const found = await store.preview(digest);
      return found && remembered(previews, digest, found);
    },
    effectBasis: async (of) => {
      const revisionKey = keyOfRevision(of.plan, of.revision);
      const termsKey = JSON.stringify([of.plan, of.wave, of.package, of.revision]);
      const known: KnownRows = { previews: new Map(), terms: terms.get(termsKey) ?? [] };
      const knownRevision = revisions.get(revisionKey);
      if (knownRevision) known.revision = knownRevision;
      for (const digest of of.previews) {
        const content = previews.get(digest);
        if (content) known.previews.set(digest, content);
      }
      const basis = await store.effectBasis(of, known);
      const others = [...basis.earlier, ...basis.later];
      if (others.length > 0) remembered(terms, termsKey, others);
      return {
        ...basis,
        revision: basis.revision && remembered(revisions, revisionKey, basis.revision),
        previews: new Map([...basis.previews].map(([digest, content]) => [digest, remembered(previews, digest, content)])),
      };
    },
  };
}

const keyOfRevision = (plan: string, number: number): string => JSON.stringify([plan, number]);

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
