/**
 * A cache of rows that never change and that a process needs before every effect and evaluation: revisions by number, previews by
 * digest, who decides on a wave and what stops it by other revisions, and that a plan has a wave or package at all. Of the latest revision only the number is read each time. Everything
 * else always goes to the database.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { addressOf, addressText } from '../domain/address.ts';
import { LRUCache } from 'lru-cache';
import type { PreviewContent } from '../domain/release/signed-preview.ts';
import type { Plan } from '../domain/plan/schema.ts';
import { rowsIn } from '../domain/plan/rows.ts';
import { sizeOf } from '../domain/size-of.ts';
import { sizing } from '../domain/sliced-content.ts';
import { eachOf, withPauses, type Sliced } from '../domain/slices.ts';
import { togetherBy } from '../domain/together.ts';
import { inTurn } from '../domain/in-turn.ts';
import { turns, type TurnLimits } from '../domain/turns.ts';
import type { KnownRows, Revision, RevisionTerms, Store, WaveDeciders } from './contract.ts';
import { fairCache } from './fair-cache.ts';
import { forEverybody } from './shares.ts';

/**
 * Enough for what a worker is busy with: most releases wait, for days, and a row that is read again comes with the statement that is asked anyway. Rows of
 * revisions take some twenty bytes each and more where accounts have names of their own: some tens of megabytes in all. The largest plan that a site may allow
 * (domain/limits.ts) fits into the share of a plan.
 */
const most = {
  revisions: { inAll: 800_000, perRight: 400_000, perPlan: 250_000 },
  previews: { inAll: 300_000, perRight: 200_000, perPlan: 150_000 },
  drafts: { inAll: 300_000, perRight: 200_000, perPlan: 200_000 },
  /** Bytes. */
  deciders: { inAll: 64_000_000, perRight: 32_000_000, perPlan: 16_000_000 },
  planned: 10_000,
} as const;

/** Of one process: reading a large revision takes its only thread for a tenth of a second. */
const loading: TurnLimits = { perPlan: 1, perRight: 2, inAll: 4 };

/** `rightOf`: the right of the site that a plan is under. */
export function remembering(store: Store, rightOf: (plan: string) => string = (plan) => plan): Store {
  const revisions = fairCache<Revision>(most.revisions, rowsOfRevision, rightOf);
  const previews = fairCache<PreviewContent>(most.previews, rowsOfLists, rightOf);
  const drafts = fairCache<Plan>(most.drafts, (draft) => 50 + rowsIn(draft), rightOf);
  const deciders = fairCache<WaveDeciders | RevisionTerms>(most.deciders, sizeOf, rightOf);
  const draftPlans = new LRUCache<string, string>({ max: most.planned });
  const planned = new LRUCache<string, true>({ max: most.planned });
  const line = turns(loading);

  const loadPreview = async (digest: string): Promise<PreviewContent | undefined> => {
    const found = await store.preview(digest);
    if (!found) return undefined;
    const rows = await withPauses(sharing(found), pause);
    previews.set(digest, found.plan, found, rows);
    return found;
  };
  const previewOnce = togetherBy(
    (digest: string) => digest,
    (digest) => forEverybody(() => loadPreview(digest)),
  );
  const preview: Store['preview'] = async (digest) => previews.get(digest) ?? previewOnce(digest);
  const load = ({ plan, number }: { plan: string; number: number }): Promise<Revision | undefined> =>
    inTurn(line.take({ plan, right: rightOf(plan) }), async () => {
      const found = await store.revision(plan, number);
      if (found) revisions.set(keyOfRevision(plan, number), plan, frozen(found));
      return found;
    });
  const loadOnce = togetherBy(
    (of: { plan: string; number: number }) => of,
    (of) => forEverybody(() => load(of)),
  );
  /** By its key, once for all who ask at the same time. */
  const decidersOnce = <Of extends { plan: string; number: number }, T extends WaveDeciders | RevisionTerms>(read: (of: Of) => Promise<T | undefined>) => {
    const load = (of: Of): Promise<T | undefined> =>
      inTurn(line.take({ plan: of.plan, right: rightOf(of.plan) }), async () => {
        const found = await read(of);
        if (found) deciders.set(JSON.stringify(of), of.plan, frozen(found));
        return found;
      });
    const once = togetherBy(
      (of: Of) => of,
      (of) => forEverybody(() => load(of)),
    );
    return async (of: Of): Promise<T | undefined> => (deciders.get(JSON.stringify(of)) as T | undefined) ?? once(of);
  };
  const waveDeciders = decidersOnce(store.waveDeciders);
  const revisionTerms = decidersOnce(store.revisionTerms);
  const revision: Store['revision'] = async (plan, number) => revisions.get(keyOfRevision(plan, number)) ?? loadOnce({ plan, number });
  /** Which plan it is of is known once it is read. */
  const loadDraft = (digest: string): Promise<Plan | undefined> =>
    inTurn(line.take({ plan: `draft ${digest}`, right: 'drafts' }), async () => {
      const found = await store.draft(digest);
      if (found) drafts.set(digest, found.plan, frozen(found));
      return found;
    });
  const draftOnce = togetherBy(
    (digest: string) => digest,
    (digest) => forEverybody(() => loadDraft(digest)),
  );
  return {
    ...store,
    planOfDraft: async (digest) => {
      const known = drafts.get(digest)?.plan ?? draftPlans.get(digest);
      if (known !== undefined) return known;
      const found = await store.planOfDraft(digest);
      if (found !== undefined) draftPlans.set(digest, found);
      return found;
    },
    draft: async (digest) => drafts.get(digest) ?? draftOnce(digest),
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
    preview,
    waveDeciders: ({ plan, number, wave }) => waveDeciders({ plan, number, wave }),
    revisionTerms: ({ plan, number }) => revisionTerms({ plan, number }),
    effectBasis: async (of) => {
      const known: KnownRows = { previews: new Map() };
      // Not with the rest: many effects of one plan begin at the same moment.
      const knownRevision = await revision(of.plan, of.revision);
      if (knownRevision) known.revision = knownRevision;
      for (const digest of of.previews) {
        const content = await preview(digest);
        if (content) known.previews.set(digest, content);
      }
      const basis = await store.effectBasis(of, known);
      return { ...basis, revision: basis.revision && frozen(basis.revision) };
    },
  };
}

const keyOfRevision = (plan: string, number: number): string => JSON.stringify([plan, number]);

/** Everyone else is two names: half of what somebody's grant takes. */
const rowsOfLists = ({ people, before, others: besides, roles }: PreviewContent) =>
  10 + people.length + before.length + Math.ceil(besides.length / 2) + roles.length;

/** Freezes it and answers its rows, in slices. Of a system with long names, bytes count: a row is some 300 of them elsewhere. */
function* sharing(preview: PreviewContent): Sliced<number> {
  for (const list of Object.values(preview) as unknown[]) if (Array.isArray(list)) yield* eachOf(list as unknown[], frozen);
  frozen(preview);
  return Math.max(rowsOfLists(preview), Math.ceil((yield* sizing(preview)) / 500));
}

/** Of the smallest plans, what surrounds their rows counts. */
const rowsOfRevision = ({ document }: Revision) => 50 + rowsIn(document);

/** A caller that changed a shared value would change it for all others. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
