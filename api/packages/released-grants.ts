/**
 * What releases did to each grant, as rows for people, and what is made of it. Thousands of facts are read and folded for each of them, and a list is read page by
 * page: so the rows are kept for as long as the ledger has nothing more of that release, and all who ask at the same time have the same. A release may have
 * hundreds of thousands: they are read and put in order in slices, with other requests in between.
 */
import { setImmediate as pause } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { doneOf, type Done } from '../../domain/release/done.ts';
import type { LedgerEntry } from '../../domain/release/ledger.ts';
import type { ReleaseKey } from '../../domain/release/releases.ts';
import { sizing } from '../../domain/sliced-content.ts';
import { sortedBy, withPauses } from '../../domain/slices.ts';
import type { GrantRow } from '../../domain/views/grants.ts';
import type { LedgerCounts } from '../../domain/views/package-in-full.ts';
import type { StoreReader } from '../../store/contract.ts';
import { forEverybody } from '../../store/shares.ts';

export interface ReleasedGrants {
  /** Person by person. Shared: not to be changed. */
  of(release: ReleaseKey): Promise<readonly GrantRow[]>;
  /** kind → outcome → how many. */
  counts(release: ReleaseKey): Promise<LedgerCounts>;
  /**
   * What `make` makes of what the release did, whatever became of it since: once for each state of the ledger, and for all who ask at the same time. `about.of`:
   * what else it depends on; a later one of the same `what` takes its place.
   */
  madeOf<T extends object>(release: ReleaseKey, about: About, make: (done: readonly Done[]) => Promise<Made<T>>): Promise<T>;
}

interface About {
  what: string;
  of?: string | undefined;
}

/** `size`: how many accounts or lines it has. `isBrief`: it is not kept, because it changes with the time. */
export interface Made<T> {
  value: T;
  size: number;
  isBrief?: boolean;
}

interface Folded {
  rows: readonly GrantRow[];
  done: readonly Done[];
  counts: LedgerCounts;
}

interface Kept {
  mark: string;
  of: string | undefined;
  value: object;
}

/** Of all releases together. One row and what it did take some two hundred bytes, because names are kept once. A larger release is read each time. */
const mostRows = 300_000;
/** Lines and accounts, of what was made. */
const madeKept = 500_000;

export function openReleasedGrants(store: Pick<StoreReader, 'eachOfLedger' | 'ledgerMark'>, rowsKept = mostRows): ReleasedGrants {
  const kept = new LRUCache<string, { mark: string; folded: Folded; size: number }>({ maxSize: rowsKept, sizeCalculation: ({ size }) => size });
  const results = new LRUCache<string, Kept & { size: number }>({ maxSize: madeKept, sizeCalculation: ({ size }) => size });
  const running = new Map<string, Promise<unknown>>();

  /** The same answer for all who want it while it is made. */
  const once = <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const before = running.get(key);
    if (before) return before as Promise<T>;
    const now = forEverybody(work).finally(() => running.delete(key));
    running.set(key, now);
    return now;
  };
  /** `mark`: read before the ledger, so that what is recorded in between is folded again the next time. */
  const foldedAt = ({ plan, wave, package: id }: ReleaseKey, mark: string): Promise<Folded> => {
    const release = { plan, wave, package: id };
    const key = JSON.stringify([plan, wave, id]);
    const known = kept.get(key);
    if (known?.mark === mark) return Promise.resolve(known.folded);
    return once(`${key} ${mark}`, async () => {
      const { size, ...folded } = await fold(store, release);
      kept.set(key, { mark, folded, size });
      return folded;
    });
  };
  const made = async <T extends object>(release: ReleaseKey, { what, of }: About, make: (folded: Folded) => Promise<Made<T>>): Promise<T> => {
    const mark = await store.ledgerMark(release);
    const key = JSON.stringify([what, release.plan, release.wave, release.package]);
    const known = results.get(key);
    if (known?.mark === mark && known.of === of) return known.value as T;
    return once(`${key} ${mark} ${of ?? ''}`, async () => {
      const { value, size, isBrief } = await make(await foldedAt(release, mark));
      if (!isBrief) results.set(key, { mark, of, value, size: size + 1 });
      return value;
    });
  };
  return {
    of: async (release) => (await foldedAt(release, await store.ledgerMark(release))).rows,
    counts: (release) => made(release, { what: 'counts' }, async ({ counts }) => ({ value: counts, size: 1 })),
    madeOf: (release, about, make) => made(release, about, ({ done }) => make(done)),
  };
}

async function fold(store: Pick<StoreReader, 'eachOfLedger'>, release: ReleaseKey): Promise<Folded & { size: number }> {
  const once = sharedTexts();
  const read: GrantRow[] = [];
  const done: Done[] = [];
  const counts: LedgerCounts = {};
  await store.eachOfLedger(release, async (entries) => {
    for (const entry of entries) {
      read.push(once(rowOf(entry)));
      done.push(once(doneOf(entry)));
      const ofKind = (counts[entry.kind] ??= {});
      ofKind[entry.outcome] = (ofKind[entry.outcome] ?? 0) + 1;
    }
    await pause();
  });
  // No name has a NUL, which comes before every other character: the same order as by one part after the other.
  const rows = await withPauses(
    sortedBy(read, (row) => grantKey(row, 'person').join('\0')),
    pause,
  );
  const bytes = await withPauses(sizing({ rows }), pause);
  return { rows, done, counts, size: Math.ceil(Math.max(1 + rows.length, bytes / 500)) };
}

/** Names, ids and reasons are the same in thousands of rows: one text for all. Changes the row. */
function sharedTexts(): <T extends object>(row: T) => T {
  const known = new Map<string, string>();
  return (row) => {
    for (const [key, value] of Object.entries(row) as [string, unknown][]) {
      if (typeof value !== 'string') continue;
      const same = known.get(value);
      if (same === undefined) known.set(value, value);
      else (row as Record<string, unknown>)[key] = same;
    }
    return row;
  };
}

export type GrantOrder = 'person' | 'system';

export const grantKey = ({ person, account, system, role, kind }: GrantRow, by: GrantOrder): string[] =>
  by === 'system' ? [system, role, person, account, kind] : [person, account, system, role, kind];

const rowOf = ({ system, kind, person, account, role, outcome, made, found, taken, why, updatedAtMs }: LedgerEntry): GrantRow => ({
  system,
  kind,
  person,
  account,
  role,
  outcome,
  ...grantorOf([...made, ...found, ...taken]),
  ...(why === undefined ? {} : { why }),
  updatedAtMs,
});

/** Whose grant it is or was: what the release made, found or retired. */
const grantorOf = ([first]: { grantor?: string }[]) => (first?.grantor === undefined ? {} : { grantor: first.grantor });
